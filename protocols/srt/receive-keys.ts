import type { Crypto, PacketCipher } from "@bilbycast/foundation/crypto";
import type { Memory } from "@bilbycast/foundation/packets";
import type { KeySet } from "./key-exchange.ts";
import { NONCE_SIZE, writeNonce } from "./nonce.ts";
import { CLEAR, EVEN, HEADER_SIZE, keyFlags, ODD, packetSequence, setRetransmitted } from "./packet.ts";

/** What became of a payload; from 0 on it is the length of what may be delivered. */
export const NO_KEY = -1;
/** It was proved to be not what the peer sent, so its place stays open for the real one. */
export const FORGED = -2;

const TAG_SIZE = 16;

/** The keys by which the peer's packets are read, one for each parity. */
export class ReceiveKeys {
  readonly #memory: Memory;
  readonly #crypto: Crypto;
  readonly #nonce: number;
  #set: KeySet | undefined;
  #even: PacketCipher | undefined;
  #odd: PacketCipher | undefined;

  constructor(memory: Memory, crypto: Crypto) {
    this.#memory = memory;
    this.#crypto = crypto;
    this.#nonce = memory.reserve(NONCE_SIZE);
  }

  /** What was installed last. */
  get set(): KeySet | undefined {
    return this.#set;
  }

  /** Takes the keys of the set over; those of a parity that it has not stay. */
  install(set: KeySet): void {
    const even = set.keys.get(EVEN);
    const odd = set.keys.get(ODD);
    if (even !== undefined) {
      this.#even?.close();
      this.#even = this.#crypto.openCipher(set.mode, even);
    }
    if (odd !== undefined) {
      this.#odd?.close();
      this.#odd = this.#crypto.openCipher(set.mode, odd);
    }
    this.#set = set;
  }

  clear(): void {
    this.#even?.close();
    this.#odd?.close();
    this.#even = undefined;
    this.#odd = undefined;
    this.#set = undefined;
  }

  /** Decrypts the packet at `slot` in place. A clear packet is right only where no keys are. */
  open(slot: number, length: number): number {
    const { bytes } = this.#memory;
    const flags = keyFlags(bytes, slot);
    const set = this.#set;
    if (set === undefined) {
      return flags === CLEAR ? length : NO_KEY;
    }
    const cipher = flags === EVEN ? this.#even : flags === ODD ? this.#odd : undefined;
    const text = set.mode === "gcm" ? length - TAG_SIZE : length;
    if (cipher === undefined || text <= 0) {
      return NO_KEY;
    }
    writeNonce(bytes, this.#nonce, set.mode, set.salt, packetSequence(bytes, slot));
    setRetransmitted(bytes, slot, false);
    return cipher.decrypt(this.#nonce, slot + HEADER_SIZE, text, slot, HEADER_SIZE) ? text : FORGED;
  }

  close(): void {
    this.clear();
    this.#memory.release(this.#nonce);
  }
}
