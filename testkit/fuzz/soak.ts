import { milliseconds } from "@bilbycast/foundation/time";
import { fuzz } from "./fuzz.ts";
import { fuzzHeaders } from "./headers.ts";
import { rtpSubject } from "./rtp-subject.ts";
import { seamlessSubject } from "./seamless-subject.ts";
import type { Subject } from "./subject.ts";
import { tsSubject } from "./ts-subject.ts";

/** Every machine that takes datagrams from strangers. */
export const subjects = (): Subject[] => [
  rtpSubject(0),
  rtpSubject(milliseconds(10)),
  rtpSubject(milliseconds(200)),
  rtpSubject(milliseconds(50), true),
  seamlessSubject({ differential: 0, window: 0, delay: 0 }),
  seamlessSubject({ differential: 0, window: milliseconds(10), delay: 0 }),
  seamlessSubject({ differential: milliseconds(50), window: 0, delay: milliseconds(5) }),
  tsSubject(),
];

const ROUND = 1_000_000;

/** Fuzzes everything for `datagrams` in all, a million at a time, each round with the next seed; prints the seed of each. */
export const soakFuzz = (seed: number, datagrams: number, print: (line: string) => void): void => {
  for (let done = 0, round = 0; done < datagrams; done += ROUND, round++) {
    print(`fuzz: seed ${seed + round}, ${done} of ${datagrams} datagrams`);
    fuzzAll(seed + round, Math.min(ROUND, datagrams - done));
  }
};

/** One round: `count` datagrams, shared out evenly over the machines and the header readers. */
export const fuzzAll = (seed: number, count: number): void => {
  const machines = subjects();
  const share = Math.ceil(count / (machines.length + 1));
  for (const subject of machines) {
    fuzz(subject, seed, share);
  }
  fuzzHeaders(seed, share);
};
