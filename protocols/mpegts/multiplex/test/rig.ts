import { instant } from "@bilbycast/foundation/time";
import { Multiplexer, PACKET_SIZE, Tr101290, type Check, type MultiplexerOptions, type MultiplexService } from "../../index.ts";
import { errorsOf } from "../../test/fault-run.ts";
import { ModelDecoder } from "./model-decoder.ts";
import type { ReadyUnit } from "./made-units.ts";

export const VIDEO = 0x101;
export const SOUND = 0x102;

export const SERVICE: MultiplexService = {
  transportStreamId: 1,
  originalNetworkId: 0xff01,
  programNumber: 1,
  programMapPid: 0x100,
  serviceType: 0x19,
  name: "Test 1",
  providerName: "bilbycast",
};

export const H264 = { pid: VIDEO, streamType: 0x1b, streamId: 0xe0 };
export const AAC = { pid: SOUND, streamType: 0x0f, streamId: 0xc0 };

export type Run = {
  multiplexer: Multiplexer;
  decoder: ModelDecoder;
  errors: Partial<Record<Check, number>>;
  /** When each unit was due, microseconds. */
  due: number[];
  pushed: ReadyUnit[][];
};

const EXPIRE_EVERY = 50_000;

/** Runs a multiplexer in virtual time: access units come when their encoders have them ready, all judges see each unit when it is due. */
export const run = (
  options: Partial<MultiplexerOptions> & { rate: number },
  sources: Iterable<ReadyUnit>[],
  seconds: number,
  watch: (unit: Uint8Array) => void,
): Run => {
  const clock = options.clock ?? 0;
  const streams = options.streams ?? [H264, AAC];
  const multiplexer = new Multiplexer({ service: SERVICE, streams, clock, ...options });
  multiplexer.anchor(instant(0));
  const pcrPid = streams.find(({ streamId }) => streamId >= 0xe0)?.pid ?? streams[0]?.pid ?? 0;
  const decoder = new ModelDecoder(
    options.rate,
    clock,
    pcrPid,
    streams.map(({ pid }) => pid),
  );
  const analyser = new Tr101290();
  const waiting = sources.map((source) => source[Symbol.iterator]());
  const next = waiting.map((source) => source.next().value as ReadyUnit | undefined);
  const pushed: ReadyUnit[][] = sources.map(() => []);
  const due: number[] = [];
  let ticked = 0;
  while (multiplexer.due < seconds * 1e6) {
    next.forEach((unit, i) => {
      let ready = unit;
      while (ready !== undefined && ready.ready <= multiplexer.clock) {
        multiplexer.push(i, ready);
        pushed[i]?.push(ready);
        ready = waiting[i]?.next().value as ReadyUnit | undefined;
      }
      next[i] = ready;
    });
    const unit = multiplexer.peek();
    const now = multiplexer.due;
    due.push(now);
    for (; ticked + EXPIRE_EVERY <= now;) {
      ticked += EXPIRE_EVERY;
      analyser.expire(instant(ticked));
    }
    decoder.take(unit);
    watch(unit);
    for (let at = 0; at < unit.length; at += PACKET_SIZE) {
      const packetTime = (at * 8 * 1e6) / options.rate;
      analyser.push(unit, at, instant(Math.round(now + packetTime)));
    }
    multiplexer.advance();
  }
  return { multiplexer, decoder, errors: errorsOf(analyser), due, pushed };
};
