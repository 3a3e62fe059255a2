import { parentPort } from "node:worker_threads";
import { Child } from "../child.ts";

// A thread that starts a program and ends before it does.
const child = new Child(new URL("busy-child.ts", import.meta.url), [], 19, { onData: () => {}, onEnd: () => {} });
parentPort?.postMessage(child.pid);
