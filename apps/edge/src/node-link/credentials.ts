import { isObject } from "@bilbycast/contracts/config";
import type { ConfigDraft } from "../config-draft.ts";
import type { ConfigStore } from "../config-store.ts";
import type { Control } from "../control.ts";

export type NodeIdentity = { node_id: string; node_secret: string };

/** What a connection authenticates with. */
export type Proof = { registration_token: string } | NodeIdentity;

/**
 * What this node proves itself with: the token while there is one, then what the manager gave for it. What could not be written to the
 * disk is kept here meanwhile, since the manager takes no token twice.
 */
export class Credentials {
  readonly #store: Pick<ConfigStore, "config">;
  readonly #control: Pick<Control, "change">;
  /** Taken and not on the disk yet. */
  #held: (NodeIdentity & { token: string | undefined }) | undefined;
  /** True while a change of the configuration is this one's own: it asks for no other connection. */
  isChanging = false;
  /** A token that the manager does not take; another one is tried again. */
  #refusedToken: string | undefined;

  constructor(store: Pick<ConfigStore, "config">, control: Pick<Control, "change">) {
    this.#store = store;
    this.#control = control;
  }

  get proof(): Proof | undefined {
    const { registration_token: token, node_id, node_secret } = this.#store.config.manager ?? {};
    const held = this.#held;
    const identity = held ?? (node_id !== undefined && node_secret !== undefined ? { node_id, node_secret } : undefined);
    // A token that was used up, or that is not taken while we are known already.
    const isSpent = token === held?.token || (token === this.#refusedToken && identity !== undefined);
    if (token !== undefined && !isSpent) {
      return { registration_token: token };
    }
    return identity === undefined ? undefined : { node_id: identity.node_id, node_secret: identity.node_secret };
  }

  /** True while the disk does not have what the manager gave. */
  get isUnsaved(): boolean {
    return this.#held !== undefined;
  }

  /** The manager does not take the token. */
  refuseToken(): void {
    this.#refusedToken = this.#store.config.manager?.registration_token;
  }

  /** The manager knows us now. Throws the Fault `config_persist_failed`; the identity is used all the same, until the next start. */
  async register(identity: NodeIdentity): Promise<void> {
    this.#held = { ...identity, token: this.#store.config.manager?.registration_token };
    await this.save();
  }

  /** Another secret from the next connection on. Throws the Fault `config_persist_failed`; the former one holds then. */
  async rotate(secret: string): Promise<void> {
    const { node_id } = this.#held ?? this.#store.config.manager ?? {};
    await this.#keep({ ...(node_id === undefined ? {} : { node_id }), node_secret: secret }, this.#held?.token);
  }

  /** Writes what is not on the disk yet. */
  async save(): Promise<void> {
    const held = this.#held;
    if (held !== undefined) {
      const { token, ...identity } = held;
      await this.#keep(identity, token);
    }
  }

  async #keep(identity: Partial<NodeIdentity>, token: string | undefined): Promise<void> {
    try {
      await this.#control.change((draft) => {
        this.isChanging = true;
        keep(draft, identity, token);
      });
      this.#held = undefined;
    } finally {
      this.isChanging = false;
    }
  }
}

/** A token that somebody put there meanwhile is another one, and stays. */
const keep = (draft: ConfigDraft, identity: Partial<NodeIdentity>, token: string | undefined): void => {
  const { document } = draft;
  const { registration_token: found, ...former } = isObject(document["manager"]) ? document["manager"] : {};
  draft.document = {
    ...document,
    manager: { ...former, ...identity, ...(found === undefined || found === null || found === token ? {} : { registration_token: found }) },
  };
};
