import { createHash } from "node:crypto";
import { workerData } from "node:worker_threads";
import { SharedReader } from "@bilbycast/engine/io";
import { STAMP, type ReaderBirth } from "./reader-birth.ts";

const { buffer, layout, limit, count, naps, port } = workerData as ReaderBirth;
const reader = new SharedReader(buffer, layout, limit);
const target = new Uint8Array(400_000);
const sleep = new Int32Array(new SharedArrayBuffer(4));
const result = { seen: 0, torn: 0, disorder: 0, lost: 0, waits: 0 };
let last = -1;

// Waiting for shared memory keeps no thread alive by itself; a session has sockets and files that do.
port.on("message", () => {});
port.postMessage("ready");
while (result.seen + reader.lost < count) {
  const got = reader.read(target, (start, length) => {
    const packet = Buffer.from(target.buffer, start, length);
    const n = packet.readUInt32BE(0);
    const digest = createHash("sha1").update(packet.subarray(STAMP)).update(packet.subarray(0, 4)).digest();
    result.torn += digest.equals(packet.subarray(4, STAMP)) ? 0 : 1;
    result.disorder += n > last ? 0 : 1;
    last = n;
    result.seen++;
  });
  if (got === 0) {
    result.waits++;
    await reader.wait(60_000);
  } else if (naps && result.seen % 50 === 0) {
    Atomics.wait(sleep, 0, 0, 20);
  }
}
result.lost = reader.lost;
port.postMessage(result);
port.close();
