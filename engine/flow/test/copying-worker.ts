import { createHash } from "node:crypto";
import { workerData } from "node:worker_threads";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { Arena, RingCopier } from "@bilbycast/engine/io";
import { STAMP, type ReaderBirth } from "./reader-birth.ts";

/** Reads as a lane does that sleeps in the system: copies into memory of its own, and blocks until there is more. */
const { memory, layout, count, naps, port } = workerData as ReaderBirth;
const arena = new Arena(4 * 2 ** 20);
const copier = new RingCopier(arena, memory as WebAssembly.Memory, layout);
const rows = new PacketBatch(100);
const words = new Int32Array((memory as WebAssembly.Memory).buffer, layout.header, 16);
const sleep = new Int32Array(new SharedArrayBuffer(4));
const result = { seen: 0, torn: 0, disorder: 0, lost: 0, waits: 0 };
let last = -1;

port.postMessage("ready");
while (result.seen + copier.lost < count) {
  rows.clear();
  const more = copier.read(rows);
  for (let i = 0; i < rows.count; i++) {
    const packet = Buffer.from(arena.memory.buffer, rows.offset[i], rows.length[i]);
    const n = packet.readUInt32BE(0);
    const digest = createHash("sha1").update(packet.subarray(STAMP)).update(packet.subarray(0, 4)).digest();
    result.torn += digest.equals(packet.subarray(4, STAMP)) ? 0 : 1;
    result.disorder += n > last ? 0 : 1;
    last = n;
    result.seen++;
  }
  if (!more && result.seen + copier.lost < count && copier.sleeps()) {
    result.waits++;
    Atomics.wait(words, 2, 1);
  } else if (naps && result.seen % 5 === 0) {
    Atomics.wait(sleep, 0, 0, 20);
  }
}
result.lost = copier.lost;
copier.close();
port.postMessage(result);
port.close();
