import { workerData } from "node:worker_threads";
import { runLane } from "../lane-thread.ts";
import type { LaneBirth } from "../orders.ts";
import { registry } from "./transports.ts";

runLane(workerData as LaneBirth, registry);
