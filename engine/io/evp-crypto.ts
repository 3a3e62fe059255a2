import { check } from "@bilbycast/foundation/check";
import type { CipherMode, Crypto, PacketCipher } from "@bilbycast/foundation/crypto";
import type { Memory } from "@bilbycast/foundation/packets";
import type { Evp, EvpCipher } from "./evp.ts";
import { nodeCrypto } from "./node-crypto.ts";

/** Ciphers that work in place on a lane's memory, each with one context for all its packets: nothing is allocated. The rest is Node's. */
export const evpCrypto = (memory: Memory, evp: Evp): Crypto => {
  const base = evp.address(memory.bytes);
  return { ...nodeCrypto(memory), openCipher: (mode, key) => new EvpPacketCipher(memory, base, evp, mode, key) };
};

/** EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG. */
const GET_TAG = 0x10;
const SET_TAG = 0x11;
const TAG_SIZE = 16;
const KEY_AT = 16;
const SCRATCH_SIZE = 64;

class EvpPacketCipher implements PacketCipher {
  readonly #memory: Memory;
  readonly #base: number;
  readonly #evp: Evp;
  readonly #isGcm: boolean;
  readonly #context: number;
  /** Where EVP says how many bytes it wrote; the key lies behind it while the context takes it. */
  readonly #scratch: number;
  readonly #written: number;
  #open = true;

  constructor(memory: Memory, base: number, evp: Evp, mode: CipherMode, key: Uint8Array) {
    this.#memory = memory;
    this.#base = base;
    this.#evp = evp;
    this.#isGcm = mode === "gcm";
    this.#scratch = memory.reserve(SCRATCH_SIZE);
    this.#written = base + this.#scratch;
    this.#context = evp.newContext();
    const at = this.#scratch + KEY_AT;
    memory.bytes.set(key, at);
    const done = evp.init(this.#context, evp.cipher(`aes_${key.length * 8}_${mode}` as EvpCipher), base + at, 0, 1);
    memory.bytes.fill(0, at, at + key.length);
    check(done === 1, "OpenSSL takes the key");
  }

  encrypt(iv: number, text: number, length: number, aad: number, aadLength: number): void {
    check(this.#open, "a cipher that was closed is not used");
    const evp = this.#evp;
    const context = this.#context;
    const at = this.#base + text;
    let done = evp.init(context, 0, 0, this.#base + iv, 1);
    if (this.#isGcm) {
      done &= evp.update(context, 0, this.#written, this.#base + aad, aadLength);
    }
    done &= evp.update(context, at, this.#written, at, length);
    if (this.#isGcm) {
      done &= evp.final(context, at + length, this.#written);
      done &= evp.control(context, GET_TAG, TAG_SIZE, at + length);
    }
    check(done === 1, "OpenSSL encrypts");
  }

  decrypt(iv: number, text: number, length: number, aad: number, aadLength: number): boolean {
    check(this.#open, "a cipher that was closed is not used");
    const evp = this.#evp;
    const context = this.#context;
    const at = this.#base + text;
    let done = evp.init(context, 0, 0, this.#base + iv, 0);
    if (this.#isGcm) {
      done &= evp.update(context, 0, this.#written, this.#base + aad, aadLength);
    }
    done &= evp.update(context, at, this.#written, at, length);
    if (!this.#isGcm) {
      return done === 1;
    }
    done &= evp.control(context, SET_TAG, TAG_SIZE, at + length);
    return done === 1 && evp.final(context, at + length, this.#written) === 1;
  }

  /** Freeing a context wipes its key. */
  close(): void {
    if (this.#open) {
      this.#open = false;
      this.#evp.freeContext(this.#context);
      this.#memory.release(this.#scratch);
    }
  }
}
