import { setU16 } from "@bilbycast/foundation/bytes";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant } from "@bilbycast/foundation/time";
import { Arena } from "@bilbycast/engine/io";
import { Meter } from "@bilbycast/engine/telemetry";
import { RtpPath, RtpReceiver } from "@bilbycast/protocols/rtp";
import { SeamlessMerge, type SeamlessTimes } from "@bilbycast/protocols/seamless";
import { rtpPacket, tsUnit } from "@bilbycast/testkit/streams";
import { pathCounters, seamlessCounters } from "@bilbycast/testkit/tally";
import { RecordingWire } from "@bilbycast/testkit/wire";
import type { BenchOptions } from "../main.ts";
import { median, type Report } from "../report.ts";

// npm run bench -- seamless: what one core does to merge two legs (ST 2022-7) of 200 Mbit/s each, from memory to memory.

const BITRATE = 200e6;
const UNIT_BITS = 1_316 * 8;
/** A lane that sleeps a millisecond between passes finds so many packets on each leg. */
const TICK = 1_000;
const PER_TICK = Math.round((BITRATE / UNIT_BITS / 1e6) * TICK);
/** Milliseconds by which the second leg lags. */
const SKEW = 20;
const SECONDS = 20;
const WARM_SECONDS = 5;

type Feed = {
  receive(path: 0 | 1, batch: PacketBatch, now: number, out: PacketBatch): void;
  expire(now: number, out: PacketBatch): void;
  close(): void;
};
type Case = { name: string; key: string; legs: number; loss: number; open: (arena: Arena) => Feed };

const wireless = (arena: Arena): RecordingWire => new RecordingWire(arena as never);

/** Counters as a lane has them. */
const metered = <Names extends Record<string, unknown>>(names: Names): Record<keyof Names, Meter> => {
  const values = new Float64Array(new SharedArrayBuffer(64 * Float64Array.BYTES_PER_ELEMENT));
  return Object.fromEntries(Object.keys(names).map((name, i) => [name, new Meter(values, i)])) as Record<keyof Names, Meter>;
};

const merged =
  (times: SeamlessTimes) =>
  (arena: Arena): Feed => {
    const counters = metered(seamlessCounters());
    const merge = new SeamlessMerge(arena, times, counters, [metered(pathCounters()), metered(pathCounters())]);
    const paths = [new RtpPath(arena, 0, merge, counters), new RtpPath(arena, 1, merge, counters)] as const;
    const wire = wireless(arena);
    return {
      receive: (path, batch, now, out) => paths[path].receive(batch, instant(now), out, wire),
      expire: (now, out) => paths[0].expire(instant(now), out, wire),
      close: () => paths.forEach((path) => path.close()),
    };
  };

const single = (arena: Arena): Feed => {
  const receiver = new RtpReceiver(arena, 10_000, metered(seamlessCounters()));
  const wire = wireless(arena);
  return {
    receive: (_path, batch, now, out) => receiver.receive(batch, instant(now), out, wire),
    expire: (now, out) => receiver.expire(instant(now), out, wire),
    close: () => receiver.close(),
  };
};

const AT_ONCE = { differential: 0, window: 10_000, delay: 0 };
const HELD = { differential: 50_000, window: 0, delay: 0 };

const CASES: readonly Case[] = [
  { name: "one leg, for comparison", key: "single", legs: 1, loss: 0, open: single },
  { name: "two legs, at once", key: "atOnce", legs: 2, loss: 0, open: merged(AT_ONCE) },
  { name: "two legs, path differential 50 ms", key: "held", legs: 2, loss: 0, open: merged(HELD) },
  { name: "the same, one packet in twenty lost on each", key: "lossy", legs: 2, loss: 20, open: merged(HELD) },
];

type Measured = { nanoseconds: number; bytes: number; units: number };

/** Measures each case alone, alternating. */
export const run = async (options: BenchOptions): Promise<Report> => {
  const rounds = options.quick ? 1 : (options.rounds ?? 5);
  const seconds = options.quick ? 1 : (options.seconds ?? SECONDS);
  const found = new Map<string, Measured[]>(CASES.map(({ key }) => [key, []]));
  for (let round = 0; round < rounds; round++) {
    for (const each of CASES) {
      found.get(each.key)?.push(measure(each, seconds));
    }
  }
  const rows = CASES.map(({ name, key, legs }) => {
    const all = found.get(key) ?? [];
    const nanoseconds = median(all.map((one) => one.nanoseconds));
    const perSecond = ((BITRATE / UNIT_BITS) * legs * nanoseconds) / 1e9;
    return { name, key, nanoseconds, share: perSecond * 100, bytes: median(all.map((one) => one.bytes)) };
  });
  return {
    tables: [
      {
        title: `RTP of 200 Mbit/s on each leg, the second ${SKEW} ms later; one core`,
        head: ["what", "ns a packet received", "% of a core", "heap bytes a packet"],
        rows: rows.map(({ name, nanoseconds, share, bytes }) => [name, nanoseconds.toFixed(0), share.toFixed(2), bytes.toFixed(2)]),
      },
    ],
    figures: Object.fromEntries(rows.map(({ key, nanoseconds }) => [`${key}Ns`, Math.round(nanoseconds)])),
    notes: [`Medians of ${rounds} runs of ${seconds} s of stream, in batches of ${PER_TICK} packets.`],
  };
};

const measure = ({ legs, loss, open }: Case, seconds: number): Measured => {
  const arena = new Arena(64 * 2 ** 20);
  const feed = open(arena);
  const packet = rtpPacket(0, { payload: tsUnit(1) });
  const slots = Array.from({ length: PER_TICK }, () => arena.reserve(2_048));
  for (const slot of slots) {
    arena.bytes.set(packet, slot);
  }
  const batch = new PacketBatch(64);
  const out = new PacketBatch(4_096);
  let units = 0;
  let packets = 0;
  const pass = (path: 0 | 1, tick: number, now: number): void => {
    batch.clear();
    for (let i = 0; i < PER_TICK; i++) {
      const number = tick * PER_TICK + i;
      if (loss === 0 || (number + path * 7) % loss !== 0) {
        const slot = slots[i] ?? 0;
        setU16(arena.bytes, slot + 2, number);
        batch.push(slot, packet.length, 0);
      }
    }
    packets += batch.count;
    out.clear();
    feed.receive(path, batch, now, out);
    units += out.count;
  };
  const play = (from: number, end: number): void => {
    for (let tick = from; tick < end; tick++) {
      pass(0, tick, tick * TICK);
      if (legs === 2 && tick >= SKEW) {
        pass(1, tick - SKEW, tick * TICK);
      }
      out.clear();
      feed.expire(tick * TICK, out);
      units += out.count;
    }
  };
  play(0, WARM_SECONDS * 1_000);
  packets = 0;
  const heap = process.memoryUsage().heapUsed;
  const begun = performance.now();
  play(WARM_SECONDS * 1_000, (WARM_SECONDS + seconds) * 1_000);
  const elapsed = performance.now() - begun;
  const bytes = (process.memoryUsage().heapUsed - heap) / packets;
  feed.close();
  return { nanoseconds: (elapsed * 1e6) / packets, bytes, units };
};
