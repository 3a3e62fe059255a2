import { randomInt } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Config } from "@bilbycast/contracts/config";
import { Fault } from "@bilbycast/foundation/fault";
import { isSameSecret } from "@bilbycast/service/secrets";
import { AddressBuckets } from "./token-bucket.ts";

/** Without the letters and figures that are taken for each other. */
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS = 5;
const GROUP_LENGTH = 4;

/** Setup tokens that one address may try in a minute: the configured one may be short. */
const ATTEMPTS_PER_MINUTE = 30;

/** Whether an address is this machine's own, in any spelling. */
export const isLoopback = (address: string): boolean => address === "::1" || /^(::ffff:)?127\./.test(address);

/** Lets people set the edge up who sit at the machine, or who have seen what it printed when it started. */
export class SetupGuard {
  readonly #config: () => Config;
  readonly #made: string;
  readonly #attempts = new AddressBuckets();

  constructor(config: () => Config) {
    this.#config = config;
    this.#made = makeToken();
  }

  get isEnabled(): boolean {
    return this.#config().setup_enabled !== false;
  }

  /** The token that was made for this run; `undefined` where the configuration brings one, which its owner knows. */
  get madeToken(): string | undefined {
    return this.#configured() === undefined ? this.#made : undefined;
  }

  /** Throws `setup_disabled`. */
  assertEnabled(): void {
    if (!this.isEnabled) {
      throw new Fault("setup_disabled", "The setup is switched off: setup_enabled is false in the configuration");
    }
  }

  /** Throws `setup_disabled`, `setup_token_wrong`, `auth_rate_limited`. Who comes through a proxy of this machine is not at this machine. */
  assertAllowed(address: string, headers: IncomingHttpHeaders): void {
    this.assertEnabled();
    const isHere = isLoopback(address) && headers["x-forwarded-for"] === undefined && headers.forwarded === undefined;
    const given = headers["x-setup-token"];
    if (!isHere && given !== undefined && this.#attempts.take(address, ATTEMPTS_PER_MINUTE, performance.now()) > 0) {
      throw new Fault("auth_rate_limited", "Too many setup tokens came from this address; try again in a minute");
    }
    if (!isHere && !isSameSecret(typeof given === "string" ? given.trim() : "", this.#configured() ?? this.#made)) {
      throw new Fault("setup_token_wrong", "From another machine the setup asks for the token that the edge printed when it started");
    }
  }

  #configured(): string | undefined {
    return this.#config().setup_token;
  }
}

/** A hundred bits, in groups that can be read aloud. */
const makeToken = (): string =>
  Array.from({ length: GROUPS }, () => Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("")).join("-");
