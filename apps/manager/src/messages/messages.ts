import type { Queries, Transaction } from "../database/tables.ts";

/** What instances tell each other through the database. */
export type Channel =
  | "access"
  | "node_owner"
  | "nodes"
  | "call"
  | "answer"
  | "cards"
  | "pictures"
  | "alarms"
  | "changes"
  | "settings"
  | "desks"
  | "proofs";

/**
 * Messages between the instances of a manager. What is said in a transaction is heard when it is kept, by every instance, this one among
 * them. While an instance is cut off from the database it hears nothing, and is told afterwards that it has missed something.
 */
export type Messages = {
  publish(within: Queries | Transaction, channel: Channel, message: unknown): Promise<void>;
  on(channel: Channel, hear: (message: unknown) => void): void;
  /** Something may have been missed: whoever keeps a copy of anything reads it again. */
  onGap(hear: () => void): void;
  /** Whether it hears now. */
  readonly isHearing: boolean;
};
