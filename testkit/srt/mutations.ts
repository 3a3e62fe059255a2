import { check } from "@bilbycast/foundation/check";
import { encodeUtf8, setU32 } from "@bilbycast/foundation/bytes";
import { Mutator } from "@bilbycast/testkit/fuzz";
import { chance, integer, seeded, type Random } from "@bilbycast/testkit/random";
import { tsUnit } from "@bilbycast/testkit/streams";
import { Pair, type PairOptions } from "./pair.ts";

const MS = 1_000;
const SECOND = 1_000_000;
/** Mutations until the connection is made anew: a forged goodbye ends it. */
const LIFETIME = 5_000;
const LONGEST = 1_500;
/** Bytes that may be said for one that came, before a peer has shown that its address is right. */
const MOST_AMPLIFICATION = 3;

/** Where a connection stands when strangers begin to write. */
type State = {
  name: string;
  /** Who is written to. */
  to: "sender" | "receiver";
  options: PairOptions;
  /** Brings the pair there. */
  reach(pair: Pair): void;
  isProved: boolean;
};

const small = (settings: PairOptions["sender"]): NonNullable<PairOptions["sender"]> => ({
  settings: { receiveBuffer: 256, sendBuffer: 256, ...settings?.settings },
});
const secret = small({ settings: { passphrase: encodeUtf8("a passphrase of some length"), refreshRate: 64, preAnnounce: 20 } });
const delay = 10 * MS;
const plain: PairOptions = { sender: small({}), receiver: small({}), there: { delay } };
const secure: PairOptions = { sender: secret, receiver: secret, there: { delay } };

const connected = (pair: Pair): void => {
  pair.run(SECOND);
  pair.stream(40, MS, tsUnit);
};

/** Every state in which a socket hears what strangers send. */
const STATES: readonly State[] = [
  { name: "a listener that nobody has called", to: "receiver", options: plain, reach: () => {}, isProved: false },
  {
    name: "a caller that waits for a cookie",
    to: "sender",
    options: { ...plain, there: { delay, loss: 1 } },
    reach: (pair) => pair.run(MS),
    isProved: true,
  },
  { name: "a caller that waits for the conclusion", to: "sender", options: secure, reach: (pair) => pair.run(25 * MS), isProved: true },
  { name: "a connected receiver", to: "receiver", options: plain, reach: connected, isProved: true },
  { name: "a connected sender", to: "sender", options: plain, reach: connected, isProved: true },
  { name: "a connected receiver with encryption", to: "receiver", options: secure, reach: connected, isProved: true },
  { name: "a connected sender with encryption", to: "sender", options: secure, reach: connected, isProved: true },
  {
    name: "a receiver whose peer has gone",
    to: "receiver",
    options: plain,
    reach: (pair) => {
      connected(pair);
      pair.farewell("sender");
      pair.run(pair.now + 15 * MS);
    },
    isProved: true,
  },
];

export const mutationStates = (): readonly string[] => STATES.map(({ name }) => name);

/**
 * Writes `count` mutated datagrams to a socket in that state. Throws, naming the seed, when the machine throws, does not move on, puts
 * a row into its batch that no packet can be, says too much to somebody unproved, or keeps memory when it is closed.
 */
export const mutate = (name: string, seed: number, count: number): void => {
  const state = STATES.find((each) => each.name === name);
  check(state !== undefined, `there is a state ${name}`);
  const random = seeded(seed);
  const mutator = new Mutator(random, LONGEST);
  for (let done = 0; done < count; done += LIFETIME) {
    try {
      live(state, seed + done, mutator, random, Math.min(LIFETIME, count - done));
    } catch (cause) {
      throw new Error(`${name} failed with seed ${seed} between mutations ${done} and ${done + LIFETIME}`, { cause });
    }
  }
};

const ROUND = 1_000_000;

/** Mutations for every state, a million at a time, each round with the next seed; prints the seed of each. */
export const soakMutations = (seed: number, mutations: number, print: (line: string) => void): void => {
  for (let done = 0, round = 0; done < mutations; done += ROUND, round++) {
    print(`srt: seed ${seed + round}, ${done} of ${mutations} mutations`);
    for (const { name } of STATES) {
      mutate(name, seed + round, Math.ceil(Math.min(ROUND, mutations - done) / STATES.length));
    }
  }
};

const live = (state: State, seed: number, mutator: Mutator, random: Random, count: number): void => {
  const templates = recorded({ ...state.options, seed, there: { delay } });
  const pair = new Pair({ ...state.options, seed });
  state.reach(pair);
  pair.deliveries.length = 0;
  pair[state.to].wire.take();
  const { socketId } = pair[state.to].endpoint.connections[0] ?? { socketId: 0 };
  for (let done = 0; done < count;) {
    const datagrams: Uint8Array[] = [];
    for (let rows = 1 + integer(random, 8); rows > 0; rows--) {
      datagrams.push(addressed(mutator.mutate(templates[integer(random, templates.length)] ?? new Uint8Array(0)), socketId, random));
    }
    done += datagrams.length;
    const came = datagrams.reduce((sum, { length }) => sum + length, 0);
    const said = pair.inject(state.to, datagrams, integer(random, 3_000));
    // Among the mutations is the peer's own conclusion, cookie and all: who has brought that has shown its address.
    const isProved = state.isProved || pair[state.to].meters.connections.value > 0;
    check(isProved || said <= MOST_AMPLIFICATION * came, `${said} bytes were said for ${came}`);
  }
  check(
    pair.deliveries.every(({ unit }) => unit.length > 0 && unit.length <= 1_456),
    "what is delivered is as long as a payload can be",
  );
  check(pair.close() === 0, "a closed machine keeps no memory");
};

/** A copy that as a rule bears the right socket ID: or nothing would come past the door. */
const addressed = (datagram: Uint8Array, socketId: number, random: Random): Uint8Array => {
  const copy = datagram.slice();
  if (copy.length >= 16 && chance(random, 0.7)) {
    setU32(copy, 12, chance(random, 0.3) ? 0 : socketId);
  }
  return copy;
};

/** Everything that both sides say to each other, with loss, in a short life: the socket IDs and numbers are those of the same seed. */
const recorded = (options: PairOptions): Uint8Array[] => {
  const pair = new Pair(options);
  const heard: Uint8Array[] = [];
  pair.tap = (datagram) => void heard.push(datagram.slice());
  pair.run(SECOND);
  pair.there.properties.loss = 0.1;
  pair.stream(60, MS, tsUnit);
  pair.run(pair.now + 2 * SECOND);
  pair.close();
  return heard;
};
