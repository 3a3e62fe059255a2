import type { PictureTrouble } from "./picture-wishes.ts";

/** Worst first. no_signal: no picture can be made of what comes, for ten seconds. */
export const PICTURE_ALARMS = ["no_signal", "black", "freeze"] as const;
export type PictureAlarm = (typeof PICTURE_ALARMS)[number];

/** What a decoder told of a picture; luma in full range, 0 to 255. */
export type PictureLooks = {
  /** Mean of all. */
  luma: number;
  /** Mean of the brightest of 16 x 9 blocks. */
  brightest: number;
  /** How much the block that differs most differs from the last picture in which something had moved; -1 when there is none to compare with. */
  change: number;
};

export type PictureAlarmChange = { alarm: PictureAlarm; isRaised: boolean; /** Of a signal that is gone: why. */ why?: string };

/** Black has less on average, and no block that is brighter: credits have. */
const BLACK_LUMA = 16;
const BRIGHT_BLOCK = 32;
/** A cut through black is none. Milliseconds. */
const BLACK_FOR = 3_000;
/** A block that differs by more has moved; stills are coded anew with each key picture and differ by one or so. */
const MOVED = 2.5;
const FREEZE_WINDOW = 30_000;
const SIGNAL_PATIENCE = 10_000;

/** Judges the pictures of one input: what is wrong with them, from when to when. Times in milliseconds since the epoch. */
export class PictureAlarms {
  readonly #on = new Set<PictureAlarm>();
  #blackSince: number | undefined;
  /** Nothing has moved since. */
  #stillSince: number | undefined;
  #refusedSince: number | undefined;

  /** What is wrong now, worst first. */
  get alarms(): PictureAlarm[] {
    return PICTURE_ALARMS.filter((alarm) => this.#on.has(alarm));
  }

  /** A picture was made of what was on the wire at `takenAtMs`. */
  picture({ luma, brightest, change }: PictureLooks, takenAtMs: number): PictureAlarmChange[] {
    const hadNone = this.#on.has("no_signal");
    this.#refusedSince = undefined;
    const isBlack = luma < BLACK_LUMA && brightest < BRIGHT_BLOCK;
    this.#blackSince = isBlack ? (this.#blackSince ?? takenAtMs) : undefined;
    if (change > MOVED || hadNone) {
      this.#stillSince = takenAtMs;
    }
    this.#stillSince ??= takenAtMs;
    const blackFor = this.#blackSince === undefined ? -1 : takenAtMs - this.#blackSince;
    const stillFor = takenAtMs - this.#stillSince;
    return [
      ...this.#set("no_signal", false),
      ...this.#set("black", blackFor >= BLACK_FOR),
      // What is black does not move: once is enough.
      ...this.#set("freeze", !isBlack && stillFor >= FREEZE_WINDOW),
    ];
  }

  /** The decoder made nothing of what it was given, or ended over it. Once is nothing, however long the next picture takes. */
  refused(why: string, nowMs: number): PictureAlarmChange[] {
    this.#refusedSince ??= nowMs;
    return nowMs - this.#refusedSince >= SIGNAL_PATIENCE ? this.#lost(`it cannot be decoded: ${why}`) : [];
  }

  /** To be told about once a second; `undefined` while pictures can be taken. */
  trouble(trouble: PictureTrouble | undefined, nowMs: number): PictureAlarmChange[] {
    return trouble !== undefined && nowMs - trouble.sinceMs >= SIGNAL_PATIENCE ? this.#lost(trouble.message) : [];
  }

  /** No pictures are made any more: what was wrong is not known to be so now. */
  end(): PictureAlarmChange[] {
    this.#blackSince = undefined;
    this.#stillSince = undefined;
    this.#refusedSince = undefined;
    return PICTURE_ALARMS.flatMap((alarm) => this.#set(alarm, false));
  }

  #lost(why: string): PictureAlarmChange[] {
    this.#blackSince = undefined;
    this.#stillSince = undefined;
    return [...this.#set("black", false), ...this.#set("freeze", false), ...this.#set("no_signal", true, why)];
  }

  #set(alarm: PictureAlarm, isOn: boolean, why?: string): PictureAlarmChange[] {
    if (this.#on.has(alarm) === isOn) {
      return [];
    }
    if (isOn) {
      this.#on.add(alarm);
    } else {
      this.#on.delete(alarm);
    }
    return [{ alarm, isRaised: isOn, ...(why === undefined ? {} : { why }) }];
  }
}
