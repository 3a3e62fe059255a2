import { workerData } from "node:worker_threads";
import { runMedia } from "./media-thread.ts";
import type { MediaBirth } from "./orders.ts";

runMedia(workerData as MediaBirth);
