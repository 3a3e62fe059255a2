import { randomInt } from "node:crypto";
import { faultBodyOf, messageOf } from "@bilbycast/foundation/fault";
import { after } from "@bilbycast/foundation/time";
import { Arena, Collections, createDriver, DescriptorLedger, Lane } from "@bilbycast/engine/io";
import type { Registry } from "@bilbycast/engine/transport";
import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { LaneHost } from "./lane-host.ts";
import { LANE_STATS } from "./part-stats.ts";
import type { LaneBirth, LaneMessage, Order, OrderResult } from "./orders.ts";

export type Numbered = { number: number; order: Order };

/** Busy time and memory are told to the meters this often. */
const ACCOUNTS_EVERY = 500_000;

/** The body of a lane's thread: builds the lane and runs it until it is told to stop. */
export const runLane = (birth: LaneBirth, registry: Registry): void => {
  const { port } = birth;
  const tell = (message: LaneMessage): void => port.postMessage(message);
  const meters = new Float64Array(birth.meters);
  const arena = new Arena(birth.arenaBytes);
  const driver = createDriver(birth.backend, arena, birth.capabilities, new DescriptorLedger(birth.descriptors));
  const lane: Lane = new Lane(arena, driver, birth.tick, () => {
    host.woken();
    for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
      obey(host, message.message as Numbered, port);
    }
  });
  const host = new LaneHost({
    lane,
    registry,
    meters,
    random32: () => randomInt(2 ** 32),
    onFlowDied: ({ id, serial }, cause) => {
      meters[FAULTS] = (meters[FAULTS] ?? 0) + 1;
      tell({ report: "flowDied", flowId: id, serial, message: messageOf(cause), stack: stackOf(cause) });
    },
    onBandwidth: ({ id, serial }, { state, bitrate }) => tell({ report: "bandwidth", flowId: id, serial, state, bitrate }),
    onSwitched: ({ id, serial }, outcome) => tell({ report: "switch", flowId: id, serial, outcome }),
    onEvent: ({ id, serial }, partId, event) => tell({ report: "event", flowId: id, serial, partId, event }),
    onMishap: (cause) => {
      meters[FAULTS] = (meters[FAULTS] ?? 0) + 1;
      tell({ report: "mishap", message: messageOf(cause), stack: stackOf(cause) });
    },
  });
  const collections = new Collections();
  const accounts = lane.timer({
    run: () => {
      collections.update(lane.now);
      meters[COLLECTIONS] = collections.count;
      meters[LONGEST_COLLECTION] = collections.longest;
      meters[PASSES] = lane.passes;
      meters[BUSY] = lane.busy;
      meters[ARENA_USED] = arena.used;
      meters[ARENA_SIZE] = arena.size;
      meters[TICK] = lane.tick();
      accounts.set(after(lane.now, ACCOUNTS_EVERY));
    },
    failed: (cause) => {
      throw cause;
    },
  });
  accounts.set(lane.now);
  tell({ report: "ready", backend: driver.name, capabilities: driver.capabilities, wakeFd: driver.wake?.fd, memory: arena.memory });
  if (driver.wake === undefined) {
    port.on("message", (message: Numbered) => {
      lane.begin(driver.now());
      obey(host, message, port);
      lane.pass();
      driver.nudge?.();
      if (message.order.do === "stop") {
        port.close();
      }
    });
  }
  if (driver.wake === undefined) {
    lane.run();
    return;
  }
  try {
    lane.run();
  } finally {
    driver.close();
    port.close();
  }
};

/** Places of the lane's own meters, which lead its table. */
const [PASSES, BUSY, FAULTS, COLLECTIONS, LONGEST_COLLECTION, ARENA_USED, TICK, ARENA_SIZE] = (
  ["passes", "busyUs", "faults", "collections", "longestCollectionUs", "arenaUsed", "tickUs", "arenaSize"] as const
).map((name) => Object.keys(LANE_STATS).indexOf(name)) as [number, number, number, number, number, number, number, number];

const obey = (host: LaneHost, { number, order }: Numbered, port: MessagePort): void => {
  const answer = (result: OrderResult): void => port.postMessage({ answer: number, result });
  const refuse = (error: unknown): void => port.postMessage({ answer: number, fault: faultBodyOf(error) });
  try {
    const result = host.execute(order);
    if (result instanceof Promise) {
      result.then(answer, refuse);
    } else {
      answer(result);
    }
  } catch (error) {
    refuse(error);
  }
};

const stackOf = (cause: unknown): string => (cause instanceof Error ? (cause.stack ?? "") : "");
