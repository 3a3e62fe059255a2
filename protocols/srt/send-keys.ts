import type { Crypto, PacketCipher } from "@bilbycast/foundation/crypto";
import type { Memory } from "@bilbycast/foundation/packets";
import { keyRequest, withNewKey, type KeySet } from "./key-exchange.ts";
import { NONCE_SIZE, writeNonce } from "./nonce.ts";
import { CLEAR, EVEN, HEADER_SIZE, ODD, packetSequence } from "./packet.ts";

const TAG_SIZE = 16;

/**
 * The key by which we send, and the one that follows it: announced `preAnnounce` packets before the active one has encrypted
 * `refreshRate` packets, and active from then on, whether or not the peer has answered.
 */
export class SendKeys {
  /** What the peer is to be told, until it has said it back. */
  announcement: Uint8Array | undefined;
  /** Times that a new key became the active one. */
  refreshes = 0;
  readonly #memory: Memory;
  readonly #crypto: Crypto;
  readonly #nonce: number;
  readonly #refreshRate: number;
  readonly #preAnnounce: number;
  #set: KeySet | undefined;
  #active = CLEAR;
  #cipher: PacketCipher | undefined;
  #next: PacketCipher | undefined;
  #count = 0;

  constructor(memory: Memory, crypto: Crypto, refreshRate: number, preAnnounce: number) {
    this.#memory = memory;
    this.#crypto = crypto;
    this.#refreshRate = refreshRate;
    this.#preAnnounce = preAnnounce;
    this.#nonce = memory.reserve(NONCE_SIZE);
  }

  /** Parity of the active key; CLEAR without one. It goes into a packet's header before `seal`. */
  get active(): number {
    return this.#active;
  }

  /** Begins with the first key of the set. */
  install(set: KeySet): void {
    this.clear();
    this.#active = set.keys.has(EVEN) ? EVEN : ODD;
    this.#cipher = this.#crypto.openCipher(set.mode, set.keys.get(this.#active) ?? new Uint8Array(0));
    this.#set = set;
  }

  clear(): void {
    this.#cipher?.close();
    this.#next?.close();
    this.#cipher = undefined;
    this.#next = undefined;
    this.#set = undefined;
    this.#active = CLEAR;
    this.#count = 0;
    this.announcement = undefined;
  }

  /** Encrypts the packet at `slot` in place; returns how long its payload is now. */
  seal(slot: number, length: number): number {
    const set = this.#set;
    const cipher = this.#cipher;
    if (set === undefined || cipher === undefined) {
      return length;
    }
    const { bytes } = this.#memory;
    writeNonce(bytes, this.#nonce, set.mode, set.salt, packetSequence(bytes, slot));
    cipher.encrypt(this.#nonce, slot + HEADER_SIZE, length, slot, HEADER_SIZE);
    this.#grow(set);
    return set.mode === "gcm" ? length + TAG_SIZE : length;
  }

  close(): void {
    this.clear();
    this.#memory.release(this.#nonce);
  }

  #grow(set: KeySet): void {
    this.#count++;
    if (this.#next === undefined && this.#count > this.#refreshRate - this.#preAnnounce) {
      const parity = this.#active === EVEN ? ODD : EVEN;
      const grown = withNewKey(this.#crypto, set, parity);
      this.#set = grown;
      this.#next = this.#crypto.openCipher(grown.mode, grown.keys.get(parity) ?? new Uint8Array(0));
      this.announcement = keyRequest(this.#crypto, grown);
    }
    if (this.#next !== undefined && this.#count > this.#refreshRate) {
      this.#cipher?.close();
      this.#cipher = this.#next;
      this.#next = undefined;
      this.#active = this.#active === EVEN ? ODD : EVEN;
      this.#count = 0;
      this.refreshes++;
    }
  }
}
