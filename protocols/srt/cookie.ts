import type { Crypto } from "@bilbycast/foundation/crypto";
import { setU32, u32 } from "@bilbycast/foundation/bytes";
import { seconds, type Instant } from "@bilbycast/foundation/time";
import { peerBytes } from "./peer-address.ts";
import type { SharedPort } from "./shared-port.ts";

const PERIOD = seconds(60);
const SECRET_SIZE = 32;

/** Proves that a caller gets what is sent to its address before anything is kept of it: a keyed hash of address and minute. */
export class CookieMaker {
  readonly #crypto: Crypto;
  readonly #secret: Uint8Array;
  readonly #port: SharedPort | undefined;

  /** `port`: where other listeners of it know the cookies too, and callers are sent to them. */
  constructor(crypto: Crypto, port?: SharedPort) {
    this.#crypto = crypto;
    this.#port = port;
    this.#secret = port?.secret(crypto) ?? crypto.random(new Uint8Array(SECRET_SIZE));
  }

  /** 32 bits, never 0, for the socket address at `peer`. */
  cookie(bytes: Uint8Array, peer: number, now: Instant): number {
    const cookie = this.#of(bytes, peer, Math.floor(now / PERIOD));
    return this.#port?.send(cookie, now) ?? cookie;
  }

  /** Whether it is the cookie of this minute or of the last. */
  isRight(cookie: number, bytes: Uint8Array, peer: number, now: Instant): boolean {
    const minute = Math.floor(now / PERIOD);
    return this.#isSame(cookie, this.#of(bytes, peer, minute)) || this.#isSame(cookie, this.#of(bytes, peer, minute - 1));
  }

  #isSame(cookie: number, right: number): boolean {
    return this.#port?.isSame(cookie, right) ?? cookie === right;
  }

  #of(bytes: Uint8Array, peer: number, minute: number): number {
    const address = peerBytes(bytes, peer);
    const message = new Uint8Array(address.length + 4);
    message.set(address);
    setU32(message, address.length, minute);
    return u32(this.#crypto.authenticate(this.#secret, message), 0) || 1;
  }
}
