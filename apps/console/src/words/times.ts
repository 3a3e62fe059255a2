/** `0.4 s`, `14 s`, `4:10`, `2 h`, `3 d`: how long ago or for how long, to as much as matters. */
export const lastedText = (ms: number): string => {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  if (seconds < 100) {
    return `${Math.floor(seconds)} s`;
  }
  if (seconds < 3_600) {
    return `${two(seconds / 60)}:${two(seconds % 60)}`;
  }
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
};

/** `6 h 02`, `41 d`: since a start. */
export const uptimeText = (seconds: number): string => {
  if (seconds < 60) {
    return `${Math.floor(seconds)} s`;
  }
  if (seconds < 3_600) {
    return `${Math.floor(seconds / 60)} min`;
  }
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h ${two((seconds % 3_600) / 60)}` : `${Math.floor(seconds / 86_400)} d`;
};

/** `41:12`, `1:02:03`: how long something has been on air. */
export const airText = (since: number, now: number): string => {
  const seconds = Math.max(0, (now - since) / 1_000);
  const minutes = `${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 3_600 ? minutes : `${Math.floor(seconds / 3_600)}:${minutes}`;
};

const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");

/** `16:32:08` today, `22 Oct 16:32` before; in the zone of the plant. */
export const momentText = (at: number, now: number, zone: string | undefined): string => {
  const isToday = dayOf(at, zone) === dayOf(now, zone);
  return isToday ? clockText(at, zone) : `${format(at, zone, { day: "numeric", month: "short" })} ${clockText(at, zone).slice(0, 5)}`;
};

export const clockText = (at: number, zone: string | undefined): string =>
  format(at, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** `Sat 24 Oct`. */
export const dateText = (at: number, zone: string | undefined): string =>
  format(at, zone, { weekday: "short", day: "numeric", month: "short" }).replace(",", "");

/** `BST`. */
export const zoneText = (at: number, zone: string | undefined): string =>
  new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "short" }).formatToParts(at).find(({ type }) => type === "timeZoneName")
    ?.value ?? "";

/** `2026-10-24 16:32:08`, for tables that are copied. */
export const stampText = (at: number, zone: string | undefined): string =>
  `${format(at, zone, { year: "numeric", month: "2-digit", day: "2-digit" }, "sv-SE")} ${clockText(at, zone)}`;

/** What a control of date and time gives, in the zone of the device; empty: none. */
export const timeOfField = (text: string): string | null => (text === "" ? null : new Date(text).toISOString());

/** The same the other way. */
export const fieldOfTime = (time: string | null): string => {
  if (time === null) {
    return "";
  }
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

const dayOf = (at: number, zone: string | undefined): string => format(at, zone, { year: "numeric", month: "2-digit", day: "2-digit" });

const format = (at: number, zone: string | undefined, options: Intl.DateTimeFormatOptions, locale = "en-GB"): string => {
  const key = `${locale} ${zone ?? ""} ${JSON.stringify(options)}`;
  const found = FORMATS.get(key) ?? new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
  FORMATS.set(key, found);
  return found.format(at);
};

/** Costly to make and made of a handful of forms. */
const FORMATS = new Map<string, Intl.DateTimeFormat>();
