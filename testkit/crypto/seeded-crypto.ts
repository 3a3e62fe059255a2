import type { Crypto } from "@bilbycast/foundation/crypto";
import type { Memory } from "@bilbycast/foundation/packets";
import { packetCrypto } from "@bilbycast/engine/io";
import { fillRandom, type Random } from "@bilbycast/testkit/random";

/** The cryptography of the runtime, whose chance a test decides. */
export const seededCrypto = (memory: Memory, random: Random): Crypto => ({
  ...packetCrypto("dgram", memory),
  random: (target) => fillRandom(random, target),
});
