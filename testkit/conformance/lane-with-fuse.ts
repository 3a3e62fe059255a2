import { workerData } from "node:worker_threads";
import { runLane, type LaneBirth } from "@bilbycast/engine/flow";
import { withFuse } from "./fuse.ts";

runLane(workerData as LaneBirth, withFuse);
