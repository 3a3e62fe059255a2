import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { StreamAnalysis, tr101290Form } from "@bilbycast/engine/analysis";
import { check } from "@bilbycast/foundation/check";
import { instant } from "@bilbycast/foundation/time";
import { integer, seeded, type Random } from "@bilbycast/testkit/random";
import { hostileMakers } from "./hostile-packets.ts";

const PACKET_SIZE = 188;
/** Packets of one stream, then another kind of chance decides. */
const LIFETIME = 50_000;
const ROUND = 1_000_000;
/** What one analysis may hold at worst: maps and buffers of 512 programs, 8192 PIDs. */
const MOST_HELD = 8 * 1_024 * 1_024;

/**
 * Feeds hostile packets to an analysis: streams with wrong bits, shuffled and cut packets, tables as many and as long as they can be, silences
 * and gaps. Throws, naming the seed, when it throws, tells a figure that is none, or holds more memory than its bound.
 */
export const fuzzAnalysis = (seed: number, packets: number): void => {
  const random = seeded(seed);
  for (let done = 0; done < packets; done += LIFETIME) {
    const some = Math.min(LIFETIME, packets - done);
    try {
      const before = heldBytes();
      const analysis = live(random, some);
      const held = heldBytes() - before;
      check(held < MOST_HELD, `an analysis holds ${held} bytes`);
      look(analysis);
    } catch (cause) {
      throw new Error(`StreamAnalysis failed with seed ${seed} between packets ${done} and ${done + some}`, { cause });
    }
  }
};

/** Fuzzes the analysis for `packets` in all, a million at a time, each round with the next seed; prints the seed of each. */
export const soakAnalysis = (seed: number, packets: number, print: (line: string) => void): void => {
  for (let done = 0, round = 0; done < packets; done += ROUND, round++) {
    print(`analysis: seed ${seed + round}, ${done} of ${packets} packets`);
    fuzzAnalysis(seed + round, Math.min(ROUND, packets - done));
  }
};

/** One analysis of so many packets. */
const live = (random: Random, packets: number): StreamAnalysis => {
  const analysis = new StreamAnalysis();
  const makers = Object.values(hostileMakers(random));
  // Some streams are of one kind alone, some of all.
  const favourite = makers[integer(random, makers.length)] ?? makers[0];
  const share = random();
  let now = 1_000_000;
  let expired = now;
  let closed = now;
  for (let done = 0; done < packets;) {
    const maker = random() < share ? favourite : makers[integer(random, makers.length)];
    const bytes = maker?.() ?? new Uint8Array(0);
    const cut = random() < 0.05 ? integer(random, PACKET_SIZE) : 0;
    const shift = random() < 0.02 ? Math.min(bytes.length, integer(random, PACKET_SIZE)) : 0;
    now += random() < 0.001 ? integer(random, 3_000_000) : integer(random, 600);
    analysis.take(bytes, shift, Math.max(0, bytes.length - shift - cut), instant(now));
    done += Math.ceil(bytes.length / PACKET_SIZE);
    if (now - expired >= 100_000) {
      expired = now;
      analysis.expire(instant(now));
    }
    if (now - closed >= 1_000_000) {
      closed = now;
      analysis.closeWindow(instant(now));
      look(analysis);
      disturb(analysis, random);
    }
  }
  return analysis;
};

const disturb = (analysis: StreamAnalysis, random: Random): void => {
  const choice = random();
  if (choice < 0.1) {
    analysis.lost();
  } else if (choice < 0.12) {
    analysis.begin();
  }
};

/** Every figure is one. */
const look = (analysis: StreamAnalysis): void => {
  const { stream, arrivals } = analysis.snapshot();
  const form = tr101290Form(stream, arrivals, 0);
  check(!/null|NaN|Infinity/.test(JSON.stringify(form)), "every figure is a number");
  const packets = Object.values(form.evidence).flatMap(({ packet_hex: packet }) => packet ?? []);
  check(
    packets.every((packet) => packet.length === 2 * PACKET_SIZE),
    "every evidence is a whole packet",
  );
  check(form.ts_packets_analyzed >= form.packets_lost / 16, "no more is lost than could be");
};

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** What is in use, on the heap and beside it, after a collection. */
export const heldBytes = (): number => {
  // The second one waits until the buffers that the first one found are given back.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
