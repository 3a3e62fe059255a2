import type { AmfObject, AmfValue } from "./amf0.ts";

/** Why a server did not let us publish, or ended it. `message` is for people and never has the stream key. */
export type Refusal = { code: RefusalCode; message: string };

export type RefusalCode =
  | "handshake_failed"
  | "protocol_error"
  | "answer_timeout"
  | "authentication_required"
  | "app_unknown"
  | "connect_rejected"
  | "stream_rejected"
  | "name_in_use"
  | "publish_rejected";

/** A command of a server, as far as it matters to a publisher. */
export type ServerAnswer = {
  name: string;
  transaction: number;
  /** Of the information object; empty where there is none. */
  level: string;
  code: string;
  text: string;
  /** The first number behind the command object: what createStream answers. */
  number: number | undefined;
};

/** What a server said, and what of it must not be shown. */
export type Said = { code: string; text: string; secret: string };

const LONGEST_TEXT = 200;
const SHORTEST_SECRET = 4;

/** `undefined` for what is no command. */
export const answerOf = (values: readonly AmfValue[]): ServerAnswer | undefined => {
  const [name, transaction, ...rest] = values;
  if (typeof name !== "string" || typeof transaction !== "number") {
    return undefined;
  }
  const info = rest.findLast((value): value is AmfObject => value instanceof Map);
  const textOf = (key: string): string => {
    const value = info?.get(key);
    return typeof value === "string" ? value : "";
  };
  const number = rest.find((value) => typeof value === "number");
  return { name, transaction, level: textOf("level"), code: textOf("code"), text: textOf("description"), number };
};

export const refusalOfConnect = (said: Said): Refusal => {
  const code =
    said.code === "NetConnection.Connect.InvalidApp"
      ? "app_unknown"
      : /authmod|need auth|auth(entication|orization)? (failed|required)/i.test(said.text)
        ? "authentication_required"
        : "connect_rejected";
  return { code, message: sentence(said) };
};

export const refusalOfStatus = (said: Said): Refusal => ({
  code: said.code === "NetStream.Publish.BadName" ? "name_in_use" : "publish_rejected",
  message: sentence(said),
});

/** Servers repeat names of streams, and anything else: what is shown is short, printable, and without the key. */
const sentence = ({ code, text, secret }: Said): string => {
  // What cannot be told from chance in a text is hidden with the whole text.
  const shown = secret.length < SHORTEST_SECRET ? "" : text;
  const said = [clean(hidden(code, secret)), clean(hidden(shown, secret))].filter((words) => words !== "").join(": ");
  return said === "" ? "The server refused without saying why." : `The server refused: ${said}`;
};

/** Keys may have a query, of which a server names only what stands before it; and they may come back escaped. */
const hidden = (words: string, secret: string): string => {
  const [front = ""] = secret.split("?");
  return [secret, encodeURIComponent(secret.toWellFormed()), front]
    .filter((form) => form.length >= SHORTEST_SECRET)
    .reduce((text, form) => text.replaceAll(form, "[stream key]"), words);
};

const clean = (words: string): string =>
  words
    .replaceAll(/[^\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd]+/g, " ")
    .trim()
    .slice(0, LONGEST_TEXT);
