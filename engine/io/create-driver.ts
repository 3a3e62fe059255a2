import type { Arena } from "./arena.ts";
import { capabilitiesOf, type BackendName } from "./backends.ts";
import type { DescriptorLedger } from "./descriptor-ledger.ts";
import { DgramDriver } from "./dgram-driver.ts";
import type { Driver } from "./driver.ts";
import { loadFfiLibc } from "./ffi-libc.ts";
import { loadLibc } from "./libc.ts";
import { NativeDriver } from "./native-driver.ts";

/** The backend that was chosen for this process, with what the probe found that it can do. */
export const createDriver = (
  name: BackendName,
  arena: Arena,
  found: Readonly<Record<string, boolean>>,
  ledger?: DescriptorLedger,
): Driver => {
  if (name === "dgram") {
    return new DgramDriver(arena);
  }
  const libc = name === "koffi" ? loadLibc() : loadFfiLibc();
  return new NativeDriver(name, arena, libc, capabilitiesOf(name, found), ledger);
};
