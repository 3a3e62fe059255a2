import type { Json } from "../../live/merge-patch.ts";

/** The value of an option as the configuration has it; `undefined` when it is not what the option takes. */
export type Read = (text: string) => Json | undefined;

export const asText: Read = (text) => (text === "" ? undefined : text);

export const asWhole: Read = (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined);

/** `1`, `yes` and a bare name are on. */
export const asSwitch: Read = (text) => {
  const word = text.toLowerCase();
  return ["1", "true", "yes", "on", ""].includes(word) ? true : ["0", "false", "no", "off"].includes(word) ? false : undefined;
};

/** One of a few words, by the names or numbers that programs have for them. */
export const asOneOf =
  (words: Readonly<Record<string, Json>>): Read =>
  (text) =>
    Object.hasOwn(words, text.toLowerCase()) ? words[text.toLowerCase()] : undefined;

/** Milliseconds, whole seconds of them. */
export const msAsSeconds: Read = (text) => {
  const value = asWhole(text);
  return typeof value === "number" ? Math.max(1, Math.round(value / 1_000)) : undefined;
};

/** A type of service has the code point in its upper six bits. */
export const tosAsDscp: Read = (text) => {
  const value = asWhole(text);
  return typeof value === "number" ? value >> 2 : undefined;
};

/** From here on it can only be microseconds: nobody waits for ten seconds, and ten milliseconds are too few for a network. */
const MICROSECONDS_FROM = 10_000;

/** libsrt and VLC write milliseconds, ffmpeg and OBS microseconds, under the same name. */
export const latencyMs: Read = (text) => {
  const value = asWhole(text);
  return typeof value === "number" ? (value >= MICROSECONDS_FROM ? Math.round(value / 1_000) : value) : undefined;
};

export const isInMicroseconds = (text: string): boolean => Number(text) >= MICROSECONDS_FROM;
