import type { Arena } from "./arena.ts";
import type { DescriptorLedger } from "./descriptor-ledger.ts";
import { DgramDriver } from "./dgram-driver.ts";
import type { Capabilities, Driver } from "./driver.ts";
import { loadLibc } from "./libc.ts";
import { NativeDriver } from "./native-driver.ts";

/** The backend that was chosen for this process, with what the probe found that it can do. */
export const createDriver = (
  name: Driver["name"],
  arena: Arena,
  found: Readonly<Record<string, boolean>>,
  ledger?: DescriptorLedger,
): Driver => {
  if (name === "dgram") {
    return new DgramDriver(arena);
  }
  const libc = loadLibc();
  const capabilities: Capabilities = {
    batches: true,
    trainsOut: found["trainsOut"] ?? false,
    trainsIn: found["trainsIn"] ?? false,
    microsecondTimers: true,
  };
  return new NativeDriver(arena, libc, libc.address(arena.bytes), capabilities, ledger);
};
