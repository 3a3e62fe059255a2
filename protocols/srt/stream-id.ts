import { REJECT } from "./reject-reason.ts";

/** What a caller asks for: `#!::key=value,key=value`, or free text, which is the name of a resource. */
export type StreamRequest = ReadonlyMap<string, string>;

const LIST = "#!::";
const NESTED = "#!:{";
/** Pairs of a list; a stream ID of 512 bytes has room for more, and nobody has a use for them. */
const MOST_KEYS = 32;
/** A single letter, which is reserved, or a name of somebody's own. */
const KEY = /^[A-Za-z0-9_-]{1,64}$/;
const CONTROL = /\p{Cc}/u;

/**
 * Reads a stream ID. `undefined` when it looks like a list and is none: a pair without `=`, a key twice or one that is no key, control
 * characters, or the nested form, which nobody uses. Keys that nobody knows are kept; values may be empty.
 */
export const readStreamId = (text: string): StreamRequest | undefined => {
  if (CONTROL.test(text) || text.startsWith(NESTED)) {
    return undefined;
  }
  if (!text.startsWith(LIST)) {
    return new Map([["r", text]]);
  }
  const pairs = text.slice(LIST.length).split(",", MOST_KEYS + 1);
  if (pairs.length > MOST_KEYS) {
    return undefined;
  }
  const request = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const key = pair.slice(0, at);
    if (at < 0 || !KEY.test(key) || request.has(key)) {
      return undefined;
    }
    request.set(key, pair.slice(at + 1));
  }
  return request;
};

/** Which side the caller of a listener wants to be: it sends, or it receives. */
export type AccessMode = "publish" | "request";

/** What a refusal for the value of a key is called. */
const REASONS: ReadonlyMap<string, number> = new Map([
  ["r", REJECT.notFound],
  ["h", REJECT.notFound],
  ["u", REJECT.unauthorized],
]);

/**
 * Whether a caller may come in: the code of a refusal, or `undefined`. `own`: what the listener is told to let in. Free text: the caller asks
 * for the very same, or for that resource. A list: each key that it has must be the same in what the caller asks for, except `m`, `t`.
 * A caller that says which side it wants to be must want that of our other side. An empty `own` lets everybody in.
 */
export const streamRefusal = (own: string, wanted: string, mode: AccessMode): number | undefined => {
  if (own === "") {
    return undefined;
  }
  if (!own.startsWith(LIST) && !wanted.startsWith(LIST)) {
    return own === wanted ? undefined : REJECT.forbidden;
  }
  const request = readStreamId(wanted);
  const rules = readStreamId(own);
  if (request === undefined || rules === undefined) {
    return REJECT.badRequest;
  }
  if (wanted === "") {
    return REJECT.forbidden;
  }
  for (const [key, value] of rules) {
    if (key !== "m" && key !== "t" && request.get(key) !== value) {
      return REASONS.get(key) ?? REJECT.forbidden;
    }
  }
  const type = request.get("t") ?? "stream";
  if (type !== "stream") {
    return REJECT.unsupportedMedia;
  }
  // Many leave it out: who says nothing does what the listener is there for.
  const wants = request.get("m") ?? mode;
  return wants === mode || wants === "bidirectional" ? undefined : REJECT.badMode;
};
