import { z } from "zod";
import { ACK_WAIT_MS } from "./limits.ts";

/** Who may send a command: everybody who sees the node, who operates it, or who administers it. */
export const COMMAND_ROLES = ["viewer", "operator", "admin"] as const;
export type CommandRole = (typeof COMMAND_ROLES)[number];

/** What a command takes and answers. */
export type CommandDeclaration<Params extends z.ZodRawShape = z.ZodRawShape, Data extends z.ZodType = z.ZodType> = {
  title: string;
  /** The least role. */
  role: CommandRole;
  /** True: what `get_config` says may differ afterwards. */
  changesConfig: boolean;
  /** Milliseconds that the manager waits for the ack. */
  ackWaitMs: number;
  params: Params;
  /** `data` of the ack of a command that worked. */
  data: Data;
};

type Words<Params extends z.ZodRawShape, Data extends z.ZodType> = Omit<CommandDeclaration<Params, Data>, "ackWaitMs" | "changesConfig"> & {
  ackWaitMs?: number;
};

/** Declares a command that leaves the configuration as it is. */
export const asks = <Params extends z.ZodRawShape, Data extends z.ZodType>(
  words: Words<Params, Data>,
): CommandDeclaration<Params, Data> => ({
  ackWaitMs: ACK_WAIT_MS,
  changesConfig: false,
  ...words,
});

/** Declares a command that changes the configuration. */
export const changes = <Params extends z.ZodRawShape>(
  words: Omit<Words<Params, z.ZodType>, "data">,
): CommandDeclaration<Params, typeof changeData> => ({ ackWaitMs: ACK_WAIT_MS, changesConfig: true, ...words, data: changeData });

/** What of a change is in force and most likely not meant. */
export const changeData = z.strictObject({
  warnings: z
    .array(z.looseObject({ path: z.string(), code: z.string(), message: z.string() }))
    .optional()
    .describe("Absent when there is nothing to tell."),
});

export const noData = z.strictObject({});

/** An id of a flow, a part or a group. */
export const id = () => z.string().min(1).max(64);

/** Something of the configuration: the whole is checked when it is put in its place, with better sentences. */
export const body = () => z.looseObject({});
