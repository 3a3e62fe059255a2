import { workerData, type MessagePort } from "node:worker_threads";
import { runSessions } from "@bilbycast/engine/flow";
import { registry } from "@bilbycast/transports/registry";

runSessions((workerData as { port: MessagePort }).port, registry);
