import { workerData } from "node:worker_threads";
import { runLane, type LaneBirth } from "@bilbycast/engine/flow";
import { registry } from "@bilbycast/transports/registry";

runLane(workerData as LaneBirth, registry);
