import { check } from "@bilbycast/foundation/check";
import { setU32 } from "@bilbycast/foundation/bytes";
import type { Crypto } from "@bilbycast/foundation/crypto";
import { seededCrypto } from "@bilbycast/testkit/crypto";
import { Mutator } from "@bilbycast/testkit/fuzz";
import { HeapMemory } from "@bilbycast/testkit/memory";
import { chance, integer, seeded, type Random } from "@bilbycast/testkit/random";
import { tsUnit } from "@bilbycast/testkit/streams";
import { MUTATION_STATES, type MutationGroup, type MutationState } from "./mutation-states.ts";
import { Pair, type PairOptions } from "./pair.ts";

const MS = 1_000;
const SECOND = 1_000_000;
const delay = 10 * MS;
/** Mutations until the connection is made anew, if it does not leave its state before. */
const LIFETIME = 5_000;
/** What two sides say is recorded for so many seeds, which decide roles, numbers and keys; then they come again. */
const SEEDS = 16;
const LONGEST = 1_500;
/** How often a datagram that is as it was said, and so may end the state, is said all the same. */
const UNCHANGED = 0.02;
/** Bytes that may be said for one that came, before a peer has shown that its address is right. */
const MOST_AMPLIFICATION = 3;
/** Reservations of one side: buffers, keys, a filter, and what the test itself has. */
const MOST_RESERVED = 64;

/** Where a socket waits for a handshake, and takes anything else for noise or for the end of its state. */
const HANDSHAKES = new Set(["inducting", "concluding", "listening", "waving", "attention", "fine", "initiated"]);
const OFTEN = 0.3;
/** Nearly everything ends those that bears the right socket ID: most of what is said there bears another. */
const STRAYS = 0.85;
const MOST_DERIVED = 10_000;
/** Bytes of either side. */
const MEMORY = 2 * 2 ** 20;

type Templates = { all: Uint8Array[]; handshakes: Uint8Array[] };
type Memories = readonly [HeapMemory, HeapMemory];
type Means = { said: Templates; mutator: Mutator; random: Random; memories: Memories };

export const mutationStates = (group?: MutationGroup): readonly string[] =>
  MUTATION_STATES.filter((each) => group === undefined || each.group === group).map(({ name }) => name);

/**
 * Writes `count` mutated datagrams to a socket in that state; as soon as it leaves it, it is brought there anew. Throws, naming the seed,
 * when the machine throws, does not move on, puts a row into its batch that no packet can be, says too much to somebody unproved, or keeps
 * memory when it is closed. Returns how often it was brought there.
 */
export const mutate = (name: string, seed: number, count: number): number => {
  const state = MUTATION_STATES.find((each) => each.name === name);
  check(state !== undefined, `there is a state ${name}`);
  const random = seeded(seed);
  const mutator = new Mutator(random, LONGEST);
  const templates = new Map<number, Templates>();
  const memories: Memories = [new HeapMemory(MEMORY), new HeapMemory(MEMORY)];
  let lives = 0;
  for (let done = 0; done < count; lives++) {
    const life = seed + (lives % SEEDS);
    try {
      const said = templates.get(life) ?? recorded({ ...state.options, seed: life, there: { delay } });
      templates.set(life, said);
      done += live(state, life, { said, mutator, random, memories }, Math.min(LIFETIME, count - done));
    } catch (cause) {
      throw new Error(`${name} failed with seed ${seed} in life ${lives}, after ${done} mutations`, { cause });
    }
  }
  return lives;
};

const ROUND = 1_000_000;

/** Mutations for every state, a million at a time, each round with the next seed; prints the seed of each. */
export const soakMutations = (seed: number, mutations: number, print: (line: string) => void): void => {
  for (let done = 0, round = 0; done < mutations; done += ROUND, round++) {
    const heap = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
    print(`srt: seed ${seed + round}, ${done} of ${mutations} mutations, ${heap} MiB of heap`);
    for (const name of mutationStates()) {
      mutate(name, seed + round, Math.ceil(Math.min(ROUND, mutations - done) / MUTATION_STATES.length));
    }
  }
};

/** The derivation of keys from a passphrase, each once: lives come again with the same salts. */
class Derivations {
  readonly #known = new Map<string, Uint8Array>();
  readonly #crypto = seededCrypto(new HeapMemory(MEMORY), seeded(0));

  readonly derive: Crypto["deriveKey"] = (secret, salt, iterations, length) => {
    const name = `${secret.join()} ${salt.join()} ${iterations} ${length}`;
    const key = this.#known.get(name) ?? this.#crypto.deriveKey(secret, salt, iterations, length);
    if (this.#known.size < MOST_DERIVED) {
      this.#known.set(name, key.slice());
    }
    return key.slice();
  };
}

const slow = new Derivations();

/** Returns how many mutations it took. */
const live = (state: MutationState, seed: number, { said: templates, mutator, random, memories }: Means, count: number): number => {
  const { sender, receiver } = state.options;
  const { derive } = slow;
  const pair = new Pair({
    ...state.options,
    sender: { ...sender, memory: memories[0], isSmall: true, derive },
    receiver: { ...receiver, memory: memories[1], isSmall: true, derive },
    seed,
  });
  state.reach(pair);
  pair.deliveries.length = 0;
  const to = standing(pair, state);
  const { endpoint, wire, memory } = pair[to];
  wire.take();
  const { socketId } = endpoint.connections[0] ?? { socketId: 0 };
  let done = 0;
  while (done < count && endpoint.step === state.step) {
    const datagrams: Uint8Array[] = [];
    for (let rows = 1 + integer(random, 8); rows > 0; rows--) {
      const isHandshake = HANDSHAKES.has(state.step) && chance(random, OFTEN);
      datagrams.push(
        changed(
          isHandshake ? templates.handshakes : templates.all,
          mutator,
          socketId,
          random,
          state.isProved && HANDSHAKES.has(state.step) ? STRAYS : 0,
        ),
      );
    }
    done += datagrams.length;
    const came = datagrams.reduce((sum, { length }) => sum + length, 0);
    const said = pair.inject(to, datagrams, integer(random, 3_000));
    // Among the mutations is the peer's own conclusion, cookie and all: who has brought that has shown its address.
    const isProved = state.isProved || endpoint.step !== state.step;
    check(isProved || said <= MOST_AMPLIFICATION * came, `${said} bytes were said for ${came}`);
    check(memory.outstanding <= MOST_RESERVED, "what strangers send reserves no memory");
  }
  check(
    pair.deliveries.every(({ unit }) => unit.length > 0 && unit.length <= 1_456),
    "what is delivered is as long as a payload can be",
  );
  check(pair.close() === 0, "a closed machine keeps no memory");
  return done;
};

/** The side that stands where it should; who asks and who answers in a rendezvous is decided by the seed. */
const standing = (pair: Pair, { name, step, to }: MutationState): "sender" | "receiver" => {
  const other = to === "sender" ? "receiver" : "sender";
  const who = pair[to].endpoint.step === step ? to : other;
  check(pair[who].endpoint.step === step, `${name} was reached, not ${pair.sender.endpoint.step} and ${pair.receiver.endpoint.step}`);
  return who;
};

const changed = (templates: readonly Uint8Array[], mutator: Mutator, socketId: number, random: Random, strays: number): Uint8Array => {
  for (;;) {
    const template = templates[integer(random, templates.length)] ?? new Uint8Array(0);
    const datagram = addressed(mutator.mutate(template), socketId, random, strays);
    if (chance(random, UNCHANGED) || !isSame(datagram, template)) {
      return datagram;
    }
  }
};

const isSame = (left: Uint8Array, right: Uint8Array): boolean => left.length === right.length && left.every((byte, i) => byte === right[i]);

/** A copy that as a rule bears the right socket ID: or nothing would come past the door. */
const addressed = (datagram: Uint8Array, socketId: number, random: Random, strays: number): Uint8Array => {
  const copy = datagram.slice();
  if (copy.length >= 16 && chance(random, 0.7)) {
    const isStray = chance(random, strays);
    setU32(copy, 12, isStray ? integer(random, 2 ** 32) : chance(random, 0.3) ? 0 : socketId);
  }
  return copy;
};

/** Everything that both sides say to each other, with loss, in a short life: the socket IDs and numbers are those of the same seed. */
const recorded = (options: PairOptions): Templates => {
  const pair = new Pair(options);
  const heard: Uint8Array[] = [];
  pair.tap = (datagram) => void heard.push(datagram.slice());
  pair.run(SECOND);
  pair.there.properties.loss = 0.1;
  pair.stream(60, MS, tsUnit);
  pair.run(pair.now + 2 * SECOND);
  pair.close();
  return { all: heard, handshakes: heard.filter((datagram) => datagram[0] === 0x80 && datagram[1] === 0) };
};
