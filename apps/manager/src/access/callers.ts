import { jwtVerify } from "jose";
import type { Database } from "../database/database.ts";
import type { Vault } from "../vault/vault.ts";
import type { Caller } from "./caller.ts";
import { callerOfSession, callerOfToken } from "./load-subject.ts";
import { isUuid } from "./uuid.ts";

/** Milliseconds for which a caller is believed without a look. What ends sooner is told by `forget`. */
const FRESHNESS = 5_000;
/** Callers that are remembered, and tokens. */
const MOST_REMEMBERED = 4_096;

/** Who issues every session of the manager, and whose sessions it believes. */
export const ISSUER = "bilbycast-manager";
/** API tokens begin so: a search finds one that was published by mistake. */
export const TOKEN_PREFIX = "bct_";

export type Credentials = { readonly session?: string | undefined; readonly bearer?: string | undefined };

/** Finds out who a request is from. Remembers for a moment: a page makes twenty requests at once. */
export class Callers {
  readonly #database: Database;
  readonly #jwtSecret: Uint8Array;
  readonly #vault: Vault;
  readonly #remembered = new Map<string, { caller: Promise<Caller | undefined>; until: number }>();
  /** Sessions whose signature holds, by their token, with the second of their end: a signature that held once does always. */
  readonly #signed = new Map<string, { id: string; end: number }>();

  constructor(database: Database, jwtSecret: Uint8Array, vault: Vault) {
    this.#database = database;
    this.#jwtSecret = jwtSecret;
    this.#vault = vault;
  }

  /** undefined: the credentials are none, or none that hold. A session goes before a token. */
  async of({ session, bearer }: Credentials): Promise<Caller | undefined> {
    if (bearer?.startsWith(TOKEN_PREFIX) === true) {
      const fingerprint = this.#vault.fingerprint("api-token", bearer);
      return this.#remember(`t${fingerprint}`, () => callerOfToken(this.#database.queries, fingerprint));
    }
    const id = await this.#sessionOf(session ?? bearer);
    return id === undefined ? undefined : this.#remember(`s${id}`, () => callerOfSession(this.#database.queries, id));
  }

  /** Somebody's rights have changed or ended: everybody is looked up again. */
  forget(): void {
    this.#remembered.clear();
  }

  /** The id of a session whose token we signed and that has not ended by the token itself. */
  async #sessionOf(token: string | undefined): Promise<string | undefined> {
    if (token === undefined || token.length > 2_048) {
      return undefined;
    }
    const known = this.#signed.get(token);
    if (known !== undefined && known.end > Date.now() / 1_000) {
      return known.id;
    }
    this.#signed.delete(token);
    try {
      const { payload } = await jwtVerify(token, this.#jwtSecret, {
        issuer: ISSUER,
        algorithms: ["HS256"],
        requiredClaims: ["jti", "sub", "exp"],
      });
      const { exp: end = 0, jti: id = "" } = payload;
      if (!isUuid(id)) {
        return undefined;
      }
      this.#signed.set(token, { id, end });
      dropOldest(this.#signed);
      return id;
    } catch {
      return undefined;
    }
  }

  #remember(key: string, find: () => Promise<Caller | undefined>): Promise<Caller | undefined> {
    const now = Date.now();
    const known = this.#remembered.get(key);
    if (known !== undefined && known.until > now) {
      return known.caller;
    }
    const caller = find();
    this.#remembered.delete(key);
    this.#remembered.set(key, { caller, until: now + FRESHNESS });
    dropOldest(this.#remembered);
    // A failed look is no answer to remember.
    caller.catch(() => this.#remembered.delete(key));
    return caller;
  }
}

const dropOldest = (remembered: Map<string, unknown>): void => {
  const [oldest] = remembered.keys();
  if (remembered.size > MOST_REMEMBERED && oldest !== undefined) {
    remembered.delete(oldest);
  }
};
