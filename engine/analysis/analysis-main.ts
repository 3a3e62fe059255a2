import { workerData } from "node:worker_threads";
import { runAnalysis } from "./analysis-thread.ts";
import type { AnalysisBirth } from "./orders.ts";

runAnalysis(workerData as AnalysisBirth);
