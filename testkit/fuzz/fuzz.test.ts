import assert from "node:assert/strict";
import { test } from "node:test";
import { NEVER } from "@bilbycast/foundation/time";
import { milliseconds } from "@bilbycast/foundation/time";
import { fuzz } from "./fuzz.ts";
import { fuzzHeaders } from "./headers.ts";
import { rtpSubject } from "./rtp-subject.ts";
import { soakFuzz, subjects } from "./soak.ts";
import type { Subject } from "./subject.ts";

const SEED = 20_177;
/** Eight machines and the header readers: a million in all. */
const COUNT = 112_000;

for (const subject of subjects()) {
  test(`${COUNT} datagrams through ${subject.name}: no throw, no leak, all counted (seed ${SEED})`, () => {
    fuzz(subject, SEED, COUNT);
  });
}

test(`${COUNT} datagrams through the header readers: nothing read past its bytes (seed ${SEED})`, () => {
  fuzzHeaders(SEED, COUNT);
});

/** A subject whose machine is spoiled in one way. */
const spoiled = (change: (trial: ReturnType<Subject["open"]>) => ReturnType<Subject["open"]>): Subject => {
  const subject = rtpSubject(milliseconds(10));
  return { ...subject, open: (memory) => change(subject.open(memory)) };
};

test("a machine that throws, drops in silence, keeps memory or gives rubbish is found out, and the seed is named", () => {
  const passing = (machine: ReturnType<Subject["open"]>["machine"]) => ({
    receive: machine.receive.bind(machine),
    expire: machine.expire.bind(machine),
    close: machine.close.bind(machine),
    get deadline() {
      return machine.deadline;
    },
  });
  const failures: Subject[] = [
    spoiled((trial) => ({
      ...trial,
      machine: {
        ...passing(trial.machine),
        receive: () => {
          throw new RangeError("out of bounds");
        },
      },
    })),
    spoiled((trial) => ({
      ...trial,
      machine: {
        ...passing(trial.machine),
        deadline: NEVER,
        receive: (batch, now, out, reply) => {
          trial.machine.receive(batch, now, out, reply);
          out.count = Math.max(0, out.count - 1);
        },
      },
    })),
    spoiled((trial) => ({ ...trial, machine: { ...passing(trial.machine), deadline: NEVER, close: () => undefined } })),
    spoiled((trial) => ({
      ...trial,
      machine: {
        ...passing(trial.machine),
        receive: (batch, now, out, reply) => {
          trial.machine.receive(batch, now, out, reply);
          out.push(4, 188, 0);
        },
      },
    })),
  ];
  for (const failure of failures) {
    assert.throws(() => fuzz(failure, 5, 2_000), /RtpReceiver, 10000 us failed with seed 5 between datagrams 0 and 2000/);
  }
});

test("the soak goes on with the next seed and prints each", () => {
  const lines: string[] = [];
  soakFuzz(7, 6_000, (line) => lines.push(line));
  assert.deepEqual(lines, ["fuzz: seed 7, 0 of 6000 datagrams"]);
});
