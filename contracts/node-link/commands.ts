import { z } from "zod";
import type { CommandDeclaration } from "./command.ts";
import { FLOW_COMMANDS } from "./flow-commands.ts";
import { GROUP_COMMANDS } from "./group-commands.ts";
import { MEDIA_COMMANDS } from "./media-commands.ts";
import { NODE_COMMANDS } from "./node-commands.ts";
import { PART_COMMANDS } from "./part-commands.ts";
import { reasonOf } from "./envelope.ts";
import type { AckCode } from "./answers.ts";

/** Every command that an edge knows, by the `type` of its action. */
export const COMMANDS = {
  ...NODE_COMMANDS,
  ...FLOW_COMMANDS,
  ...PART_COMMANDS,
  ...GROUP_COMMANDS,
  ...MEDIA_COMMANDS,
} satisfies Record<string, CommandDeclaration>;

export type CommandName = keyof typeof COMMANDS;

/** What a command of this name takes. */
export type CommandParams<Name extends CommandName> = z.output<z.ZodObject<(typeof COMMANDS)[Name]["params"]>>;

/** What its ack brings. */
export type CommandData<Name extends CommandName> = z.output<(typeof COMMANDS)[Name]["data"]>;

/** The fields of a command, as one schema. */
export const paramsSchema = (name: CommandName): z.ZodObject => z.object(COMMANDS[name].params);

/** A command that was read. */
export type Action = { [Name in CommandName]: { type: Name } & CommandParams<Name> }[CommandName];

const names = Object.keys(COMMANDS) as CommandName[];

const strictActions = names.map((name) => z.strictObject({ type: z.literal(name), ...(COMMANDS[name].params as z.ZodRawShape) }));
const looseActions: ReadonlyMap<string, z.ZodType> = new Map(
  names.map((name) => [name, z.looseObject({ type: z.literal(name), ...(COMMANDS[name].params as z.ZodRawShape) })]),
);

const [first, ...others] = strictActions;

/** An action as it is sent: no field that the command does not declare. */
export const actionSchema = (first === undefined
  ? z.never()
  : z.discriminatedUnion("type", [first, ...others])) as unknown as z.ZodType<Action>;

export type ReadAction = { kind: "action"; action: Action } | { kind: "refused"; code: AckCode; message: string; field?: string };

/** Reads an action as somebody sent it: fields that its command does not know are passed over. */
export const readAction = (given: Record<string, unknown>): ReadAction => {
  const type = given["type"];
  if (typeof type !== "string") {
    return { kind: "refused", code: "missing_field", message: "The action has no type", field: "type" };
  }
  const schema = looseActions.get(type);
  if (schema === undefined) {
    return { kind: "refused", code: "unknown_action", message: `This node has no command "${type.slice(0, 64)}"` };
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) {
    return { kind: "action", action: parsed.data as Action };
  }
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join(".") ?? "";
  const isMissing = issue?.code === "invalid_type" && issue.path.length === 1 && given[String(issue.path[0])] === undefined;
  const code = isMissing ? "missing_field" : issue?.code === "invalid_type" ? "invalid_field" : "invalid_value";
  const message = isMissing ? `${type} needs ${field}` : `${type} cannot take this: ${reasonOf(parsed.error)}`;
  return { kind: "refused", code, message, field };
};
