import { workerData, type MessagePort } from "node:worker_threads";
import { SharedReader, type RingLayout } from "@bilbycast/engine/io";
import { DatagramForm } from "@bilbycast/testkit/load";

/** A session that reads a flow's bus, checks every byte, and falls asleep now and then. */
type Birth = { port: MessagePort; memory: { buffer: SharedArrayBuffer }; layout: RingLayout; seed: number };

const { port, memory, layout, seed } = workerData as Birth;
const reader = new SharedReader(memory.buffer, layout, layout.packets);
const form = new DatagramForm(seed);
const target = new Uint8Array(2 ** 20);
const seen = { whole: 0, foreign: 0, backwards: 0 };
let last = -1;
let ending = false;

const sleeper = new Int32Array(new SharedArrayBuffer(4));
port.on("message", (order: "sleep" | "end") => {
  if (order === "sleep") {
    Atomics.wait(sleeper, 0, 0, 1_000);
  } else {
    ending = true;
  }
});

port.postMessage("ready");
while (!ending) {
  await reader.wait(20);
  reader.read(target, (start, length) => {
    const number = form.read(target, start, length, 0);
    if (number < 0) {
      seen.foreign++;
    } else {
      seen.whole++;
      seen.backwards += number <= last ? 1 : 0;
      last = number;
    }
  });
}
port.postMessage({ ...seen, lost: reader.lost });
port.close();
