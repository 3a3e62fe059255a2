import { createInterface } from "node:readline";
import { Load } from "./load.ts";
import type { LoadPlan } from "./load-orders.ts";

export type FarOrder = { open: Omit<LoadPlan, "streams"> } | { aim: string[] } | { send: number } | { report: true };

/** A load in a process of its own, for another network namespace or where this process is to be stopped: takes orders as lines of JSON and answers each with one. */
let load: Load | undefined;

const obey = async (order: FarOrder): Promise<unknown> => {
  if ("open" in order) {
    load = await Load.open(order.open);
    return load.ports;
  }
  if (load === undefined) {
    throw new Error("a load is opened first");
  }
  if ("aim" in order) {
    return load.aim(order.aim);
  }
  return "send" in order ? load.send(order.send) : load.settle();
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify((await obey(JSON.parse(line) as FarOrder)) ?? null)}\n`);
}
await load?.close();
