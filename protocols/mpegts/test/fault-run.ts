import { instant, type Instant } from "@bilbycast/foundation/time";
import { Multiplex, type MultiplexOptions, type Part, type Script } from "@bilbycast/testkit/streams";
import { CHECK_NAMES, Tr101290, type Check } from "../index.ts";

/** What an event of a run may touch. */
export type Stage = { multiplex: Multiplex; analyser: Tr101290; now: Instant };

/** A stream with one fault, and what must be reported of it: these errors and no other. */
export type Fault = {
  title: string;
  errors: Partial<Record<Check, number>>;
  /** Of virtual time; 8 unless said. */
  seconds?: number;
  options?: MultiplexOptions;
  script?: Script;
  /** When a packet arrives that goes out then; microseconds, never back. */
  arrival?: (at: number) => number;
  /** What happens at a time in milliseconds, or from then on every so often. */
  events?: readonly { at: number; every?: number; until?: number; run: (stage: Stage) => void }[];
};

const EXPIRE_EVERY = 50_000;
const WINDOW = 1_000_000;

/** Plays a stream into an analyser. */
export const play = (fault: Omit<Fault, "title" | "errors">, analyser = new Tr101290()): Tr101290 => {
  const multiplex = new Multiplex(fault.options, fault.script);
  const end = (fault.seconds ?? 8) * 1_000_000;
  const due = (fault.events ?? []).map((event) => ({ ...event, next: event.at * 1_000 }));
  let ticked = 0;
  const tick = (now: number): void => {
    for (; ticked + EXPIRE_EVERY <= now;) {
      ticked += EXPIRE_EVERY;
      analyser.expire(instant(ticked));
      if (ticked % WINDOW === 0) {
        analyser.closeWindow();
      }
    }
  };
  while (multiplex.at < end) {
    const { at } = multiplex;
    const now = Math.round(fault.arrival?.(at) ?? at);
    tick(now);
    for (const event of due) {
      if (event.next <= at) {
        event.next =
          event.every === undefined || event.next / 1_000 + event.every > (event.until ?? 0) ? Infinity : event.next + event.every * 1_000;
        event.run({ multiplex, analyser, now: instant(now) });
      }
    }
    for (const packet of multiplex.next()) {
      analyser.push(packet, 0, instant(now));
    }
  }
  tick(Math.max(end, ticked));
  return analyser;
};

/** The checks that failed, with their counts. */
export const errorsOf = (analyser: Tr101290): Partial<Record<Check, number>> =>
  Object.fromEntries(CHECK_NAMES.map((name) => [name, analyser.count(name)] as const).filter(([, count]) => count > 0));

/** True from one time to another, in milliseconds. */
export const during =
  (from: number, to: number) =>
  (at: number): boolean =>
    at >= from * 1_000 && at < to * 1_000;

/** Omits a part for a while. */
export const without = (part: Part, from: number, to: number): Script => ({
  omit: (one, at) => one === part && during(from, to)(at),
});

/** Changes the next packets of a part after a time: each is given to `change` once, which makes of it what goes out. */
export const altered = (
  part: Part,
  from: number,
  count: number,
  change: (packet: Uint8Array, i: number) => readonly Uint8Array[],
): Script => {
  let done = 0;
  return {
    packet: (packet, one, at) => (one === part && at >= from * 1_000 && done < count ? change(packet, done++) : [packet]),
  };
};

/** Changes bytes of the next packets of a part after a time. */
export const spoiled = (part: Part, from: number, count: number, spoil: (packet: Uint8Array) => void): Script =>
  altered(part, from, count, (packet) => {
    spoil(packet);
    return [packet];
  });

/** Sends other sections in the place of those of a part, between two times. */
export const replaced = (part: Part, from: number, to: number, make: (section: Uint8Array) => Uint8Array): Script => ({
  section: (one, section, at) => (one === part && during(from, to)(at) ? make(section) : section),
});
