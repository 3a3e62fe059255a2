import type { Crypto } from "@bilbycast/foundation/crypto";
import type { Wire } from "@bilbycast/foundation/packets";
import { after, instant, NEVER, seconds, type Instant } from "@bilbycast/foundation/time";
import { openKeyRequest } from "./key-exchange.ts";
import type { SrtMeters } from "./meters.ts";
import type { Outbox } from "./outbox.ts";
import { EXTENSION } from "./packet.ts";
import type { ReceiveKeys } from "./receive-keys.ts";
import type { RoundTrip } from "./round-trip.ts";
import type { SendKeys } from "./send-keys.ts";
import type { SrtSettings } from "./settings.ts";

/** Subtypes of extension packets that an established connection still knows. */
const KMREQ = 3;
const KMRSP = 4;
/** Times that an announcement is repeated. */
const MOST_TRIES = 10;
/** Derivations of keys cost time: one peer gets no more than one in so long. */
const DERIVATION_INTERVAL = seconds(1);
/** Bytes of the longest key material message: two keys of 256 bits. */
const LONGEST_MESSAGE = 104;

/** Keys that change while a connection lasts: announces ours until the peer says them back, and takes the peer's. */
export class KeyRefresh {
  readonly #crypto: Crypto;
  readonly #settings: SrtSettings;
  readonly #outbox: Outbox;
  readonly #rtt: RoundTrip;
  readonly #receiveKeys: ReceiveKeys;
  readonly #sendKeys: SendKeys;
  readonly #meters: SrtMeters;
  #announced: Uint8Array | undefined;
  #tries = 0;
  #announceAt: Instant = NEVER;
  #derivedAt: Instant = instant(-DERIVATION_INTERVAL);
  #refreshes = 0;

  constructor(
    crypto: Crypto,
    settings: SrtSettings,
    outbox: Outbox,
    rtt: RoundTrip,
    receiveKeys: ReceiveKeys,
    sendKeys: SendKeys,
    meters: SrtMeters,
  ) {
    this.#crypto = crypto;
    this.#settings = settings;
    this.#outbox = outbox;
    this.#rtt = rtt;
    this.#receiveKeys = receiveKeys;
    this.#sendKeys = sendKeys;
    this.#meters = meters;
  }

  reset(): void {
    this.#announced = undefined;
    this.#tries = 0;
    this.#announceAt = NEVER;
    this.#refreshes = this.#sendKeys.refreshes;
  }

  get deadline(): Instant {
    return this.#announceAt;
  }

  /** Tells the peer of a new key, and again while it does not answer. */
  announce(now: Instant, wire: Wire): void {
    const { announcement, refreshes } = this.#sendKeys;
    if (refreshes > this.#refreshes) {
      this.#meters.keysRefreshed.add(refreshes - this.#refreshes);
      this.#refreshes = refreshes;
    }
    if (announcement !== undefined && announcement !== this.#announced) {
      this.#announced = announcement;
      this.#tries = 0;
      this.#announceAt = now;
    }
    if (announcement === undefined || now < this.#announceAt) {
      return;
    }
    this.#outbox.whole(wire, EXTENSION, KMREQ, announcement, now);
    this.#tries++;
    this.#announceAt = this.#tries < MOST_TRIES ? after(now, Math.round(1.5 * this.#rtt.value)) : NEVER;
  }

  /**
   * A key message on an established connection. It never takes away what was agreed on: a request that cannot be opened changes nothing,
   * a response only ends our asking. Handshake extensions of version 4 are not for here. False when it is no key message.
   */
  receive(subtype: number, at: number, length: number, now: Instant, wire: Wire): boolean {
    if (subtype !== KMREQ && subtype !== KMRSP) {
      return true;
    }
    if (length < 4 || length > LONGEST_MESSAGE || length % 4 !== 0) {
      return false;
    }
    const message = this.#outbox.read(at, length);
    if (subtype === KMREQ) {
      return this.#request(message, now, wire);
    }
    if (this.#announced !== undefined && isEqual(message, this.#announced)) {
      this.#sendKeys.announcement = undefined;
      this.#announceAt = NEVER;
    }
    return true;
  }

  #request(message: Uint8Array, now: Instant, wire: Wire): boolean {
    const { passphrase } = this.#settings;
    const { set } = this.#receiveKeys;
    // Where no keys were agreed on none are taken: whoever asks is not told anything.
    if (passphrase === undefined || set === undefined || now < after(this.#derivedAt, DERIVATION_INTERVAL)) {
      return passphrase !== undefined;
    }
    const opened = openKeyRequest(this.#crypto, passphrase, message, set.mode, set);
    if (typeof opened !== "object" || opened.keyLength !== set.keyLength) {
      this.#derivedAt = now;
      return false;
    }
    this.#receiveKeys.install(opened);
    this.#outbox.whole(wire, EXTENSION, KMRSP, message, now);
    return true;
  }
}

const isEqual = (left: Uint8Array, right: Uint8Array): boolean => {
  let difference = left.length ^ right.length;
  for (let i = 0; i < left.length; i++) {
    difference |= (left[i] ?? 0) ^ (right[i] ?? 0);
  }
  return difference === 0;
};
