import { z } from "zod";

/**
 * What every text frame is. Strict for what is sent; readers take a frame without a timestamp or a payload, and keys that they do not
 * know.
 */
export const sent = <T extends string, P extends z.ZodType>(type: T, payload: P) =>
  z.strictObject({ type: z.literal(type), timestamp: z.iso.datetime(), payload });

export const received = <T extends string, P extends z.ZodType>(type: T, payload: P) =>
  z.looseObject({ type: z.literal(type), timestamp: z.unknown().optional(), payload });

/** A frame that says nothing besides what it is. */
export const nothing = () => z.null();
export const anything = () => z.unknown().optional();

const envelope = z.looseObject({ type: z.string().max(256), payload: z.unknown().optional() });

/** What a frame turned out to be. A reader logs the last two, and goes on. */
export type Read<Message> =
  | { kind: "message"; message: Message }
  | { kind: "unknown"; type: string }
  | { kind: "malformed"; type?: string; reason: string };

/** Reads one frame by the schema of its type. */
export const readBy = <Message>(schemas: Readonly<Record<string, z.ZodType<Message>>>, frame: unknown): Read<Message> => {
  const outer = envelope.safeParse(frame);
  if (!outer.success) {
    return { kind: "malformed", reason: "no object with a type" };
  }
  const { type } = outer.data;
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (schema === undefined) {
    return { kind: "unknown", type };
  }
  const inner = schema.safeParse(frame);
  return inner.success ? { kind: "message", message: inner.data } : { kind: "malformed", type, reason: reasonOf(inner.error) };
};

/** Which field is wrong and how; never its value, which may be a secret. */
export const reasonOf = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return issue === undefined ? "is wrong" : `${issue.path.map(String).join(".") || "the frame"}: ${issue.code}`;
};
