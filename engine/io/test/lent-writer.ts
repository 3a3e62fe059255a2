import { workerData, type MessagePort } from "node:worker_threads";
import { instant } from "@bilbycast/foundation/time";
import { LentRingWriter } from "../lent-ring.ts";
import type { RingLayout } from "../shared-ring.ts";

export type WriterBirth = { buffer: SharedArrayBuffer; layout: RingLayout; count: number; port: MessagePort };

/** Bytes of unit n: its number, and then a pattern of its own. */
export const unitOf = (n: number): Uint8Array => {
  const bytes = new Uint8Array(4 + ((n * 37) % 1_313));
  bytes.fill(n % 251, 4);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
};

/** A session that writes as fast as there is room, and says so when the ring asks it to wake the lane. */
export const writeAll = ({ buffer, layout, count, port }: WriterBirth): void => {
  const writer = new LentRingWriter(buffer, layout, () => port.postMessage("wake"));
  let next = 0;
  const work = (): void => {
    let written = 0;
    while (next < count && written < 300 && writer.write(unitOf(next), instant(next))) {
      next++;
      written++;
      if (written % 7 === 0) {
        writer.flush();
      }
    }
    writer.flush();
    if (next < count) {
      setImmediate(work);
    } else {
      port.close();
    }
  };
  work();
};

if (workerData !== null && typeof workerData === "object" && "layout" in workerData) {
  writeAll(workerData as WriterBirth);
}
