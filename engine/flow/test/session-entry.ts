import { workerData, type MessagePort } from "node:worker_threads";
import { runSessions } from "../session-thread.ts";
import { registry } from "./transports.ts";

runSessions((workerData as { port: MessagePort }).port, registry);
