import type { App } from "../app.ts";
import type { Queries, Transaction } from "../database/tables.ts";

/**
 * What instances tell each other of desks: groups whose desk is another one now, or nodes of which something changed. `keeper`: the instance
 * that heard it of the node itself.
 */
export type DeskMessage = { groups?: readonly string[]; nodes?: readonly string[]; presets_changed?: true; keeper?: string };

/** Within the transaction that changes it. */
export const tellDesks = (app: Pick<App, "messages">, within: Queries | Transaction, message: DeskMessage): Promise<void> =>
  app.messages.publish(within, "desks", message);

/** Of what another instance said, which may be another version. */
export const deskMessageOf = (message: unknown): DeskMessage => {
  const { groups, keeper, nodes, presets_changed: changed } = (message ?? {}) as Record<string, unknown>;
  const textsOf = (value: unknown): string[] =>
    Array.isArray(value) ? value.filter((text): text is string => typeof text === "string") : [];
  return {
    groups: textsOf(groups),
    nodes: textsOf(nodes),
    ...(changed === true ? { presets_changed: true as const } : {}),
    ...(typeof keeper === "string" ? { keeper } : {}),
  };
};
