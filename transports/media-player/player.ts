import type { InputConfig, MediaFile, SessionInputContext, SessionTimer } from "@bilbycast/engine/transport";
import { isFault } from "@bilbycast/foundation/fault";
import { after, milliseconds, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { CHUNK_SIZE, Playout } from "@bilbycast/protocols/mpegts";
import type { declaration } from "./declaration.ts";
import { Playlist } from "./playlist.ts";

type Config = InputConfig<typeof declaration>;
type Context = SessionInputContext<typeof declaration>;
type Trouble = "media_player_source_missing" | "media_player_source_unsupported" | "media_player_failed";

/** How far ahead of their due time units are handed to the lane. */
const AHEAD: Microseconds = milliseconds(200);
/** From the first bytes to the first unit: time for the lane to take notice. */
const LEAD_IN: Microseconds = milliseconds(40);
/** A unit that is late by more than this sets the pace anew; below it, units catch up. */
const TOO_LATE: Microseconds = milliseconds(500);
const RECOVERED_AFTER: Microseconds = seconds(5);
/** The way to the lane is full: it empties at the pace of the stream. */
const FULL_RETRY: Microseconds = milliseconds(5);
const FIRST_BACK_OFF: Microseconds = seconds(1);
const LONGEST_BACK_OFF: Microseconds = seconds(30);

/**
 * Reads the sources one after the other, never two reads at once, and hands their units to the sink some 200 ms before they are due.
 * All thinking about the stream is the playout's; here is only: read, write, wait.
 */
export class Player {
  readonly #config: Config;
  readonly #context: Context;
  readonly #playout: Playout;
  readonly #playlist: Playlist;
  readonly #timer: SessionTimer;
  readonly #buffer = new Uint8Array(CHUNK_SIZE);
  #file: MediaFile | undefined;
  #at = 0;
  /** Index of the source in `file`, and name of the one that gave packets last. */
  #source = 0;
  #lastPlayed: string | undefined;
  /** Sources that were reported, until they play again; and those that failed since the last one that played. */
  readonly #reported = new Set<number>();
  readonly #failing = new Set<number>();
  #backOff: Microseconds = FIRST_BACK_OFF;
  /** Nothing is opened before: no source could be played. */
  #notBefore: Instant;
  #isWaiting = false;
  /** The next unit sets the pace: nothing was sent so far, or for a while on purpose. */
  #isPaused = true;
  #isReading = false;
  #isClosed = false;
  #state: "playing" | "draining" | "over" = "playing";
  #lastDue: Instant;
  #lateSince: Instant | undefined;

  constructor(config: Config, context: Context) {
    this.#config = config;
    this.#context = context;
    this.#lastDue = context.now();
    this.#notBefore = context.now();
    this.#playout = new Playout({ unitPackets: config.ts_packets_per_datagram, bitrate: config.paced_bitrate_bps });
    this.#playlist = new Playlist(
      config.sources.length,
      { shuffle: config.shuffle, loop: config.loop_playback },
      () => context.random32() / 2 ** 32,
    );
    this.#timer = context.timer(() => this.#proceed());
    this.#proceed();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.close();
    if (!this.#isReading) {
      this.#closeFile();
    }
  }

  /** Writes what there is, then sees to more: the one place that decides what to wait for. */
  #proceed(): void {
    if (this.#isClosed) {
      return;
    }
    try {
      const now = this.#context.now();
      if (!this.#write(now) || this.#isReading || this.#state === "over") {
        return;
      }
      if (this.#state === "draining") {
        this.#end(now);
      } else if (now < this.#notBefore) {
        this.#timer.set(this.#notBefore);
      } else {
        this.#read();
      }
    } catch (cause) {
      this.close();
      this.#context.fail(cause);
    }
  }

  /** Hands units to the sink. False: the timer is set for the next one; true: more bytes are needed. */
  #write(now: Instant): boolean {
    const { sink } = this.#context;
    for (let unit = this.#playout.peek(); unit !== undefined; unit = this.#playout.peek()) {
      this.#keepPace(now);
      const { due } = this.#playout;
      if (due > now + AHEAD || !sink.write(unit, due)) {
        sink.flush();
        this.#timer.set(due > now + AHEAD ? after(due, -AHEAD / 2) : after(now, FULL_RETRY));
        return false;
      }
      this.#lastDue = due;
      this.#playout.advance();
    }
    sink.flush();
    return true;
  }

  #keepPace(now: Instant): void {
    const late = now - this.#playout.due;
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#playout.anchor(after(now, LEAD_IN));
    } else if (late > TOO_LATE) {
      this.#playout.anchor(after(now, LEAD_IN));
      this.#context.stats.reanchors.add(1);
      if (this.#lateSince === undefined) {
        const message = `Playing fell ${Math.round(late / 1_000)} ms behind and goes on from now.`;
        this.#context.report({
          severity: "warning",
          code: "media_player_pacer_lagging",
          message,
          details: { late_ms: Math.round(late / 1_000) },
        });
      }
      this.#lateSince = now;
    } else if (this.#lateSince !== undefined && now - this.#lateSince > RECOVERED_AFTER) {
      this.#lateSince = undefined;
      this.#context.report({ severity: "info", code: "media_player_pacer_recovered", message: "Playing keeps its pace again." });
    }
  }

  #end(now: Instant): void {
    if (now < this.#lastDue) {
      this.#timer.set(this.#lastDue);
      return;
    }
    this.#state = "over";
    this.#context.report({
      severity: "info",
      code: "media_player_playlist_exhausted",
      message: "The last source has been played to its end.",
    });
  }

  #read(): void {
    this.#isReading = true;
    const done = (): void => {
      this.#isReading = false;
      if (this.#isClosed) {
        this.#closeFile();
      } else {
        this.#proceed();
      }
    };
    this.#step().then(done, (cause: unknown) => {
      this.#isReading = false;
      this.close();
      this.#context.fail(cause);
    });
  }

  /** Opens the next source, or reads the next bytes of the one that is open. */
  async #step(): Promise<void> {
    const file = this.#file;
    if (file === undefined) {
      // By then everything from before the wait has been written.
      this.#isPaused ||= this.#isWaiting;
      this.#isWaiting = false;
      await this.#open();
      return;
    }
    let count = 0;
    try {
      count = await file.read(this.#buffer, this.#at);
    } catch (cause) {
      this.#endSource("media_player_failed", cause);
      return;
    }
    if (this.#isClosed) {
      return;
    }
    this.#at += count;
    if (count === 0) {
      this.#endSource("media_player_source_unsupported", undefined);
    } else {
      this.#context.stats.bytesRead.add(count);
      this.#playout.feed(count === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, count));
    }
  }

  async #open(): Promise<void> {
    const source = this.#playlist.next();
    if (source === undefined) {
      this.#playout.finish();
      this.#state = "draining";
      return;
    }
    this.#source = source;
    this.#context.stats.sourceIndex.set(source);
    this.#context.stats.loops.set(this.#playlist.loops);
    try {
      this.#file = await this.#context.openMedia(this.#name(source));
    } catch (cause) {
      this.#passOver(isFault(cause) && cause.code === "media_not_found" ? "media_player_source_missing" : "media_player_failed", cause);
      return;
    }
    this.#at = 0;
    this.#playout.begin(this.#name(source) === this.#lastPlayed);
  }

  /** The file is read, or cannot be read on; `trouble` is what that means if it gave no packet. */
  #endSource(trouble: Trouble, cause: unknown): void {
    const packets = this.#playout.end();
    this.#context.stats.skippedBytes.set(this.#playout.skippedBytes);
    this.#context.stats.pcrJumps.set(this.#playout.pcrJumps);
    this.#context.stats.continuityErrors.set(this.#playout.continuityErrors);
    this.#closeFile();
    if (packets === 0 || cause !== undefined) {
      this.#passOver(trouble, cause);
    } else {
      this.#reported.delete(this.#source);
    }
    if (packets > 0) {
      this.#failing.clear();
      this.#backOff = FIRST_BACK_OFF;
      this.#lastPlayed = this.#name(this.#source);
    }
  }

  /** A source cannot be played. When none of them can, all wait. */
  #passOver(trouble: Trouble, cause: unknown): void {
    const name = this.#name(this.#source);
    this.#context.stats.sourcesFailed.add(1);
    if (!this.#reported.has(this.#source)) {
      this.#reported.add(this.#source);
      const because = cause instanceof Error ? `: ${cause.message}` : "";
      this.#context.report({ severity: "warning", code: trouble, message: `${TROUBLES[trouble]} ${name}${because}`, details: { name } });
    }
    this.#failing.add(this.#source);
    if (this.#failing.size === this.#playlist.length) {
      this.#failing.clear();
      this.#playlist.restart();
      this.#playout.finish();
      this.#isWaiting = true;
      this.#notBefore = after(this.#context.now(), this.#backOff);
      this.#backOff = Math.min(2 * this.#backOff, LONGEST_BACK_OFF);
    }
  }

  #name(source: number): string {
    return this.#config.sources[source]?.name ?? "";
  }

  /** What becomes of a file that was only read cannot matter any more. */
  #closeFile(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.close().catch(() => undefined);
  }
}

const TROUBLES: Readonly<Record<Trouble, string>> = {
  media_player_source_missing: "Not in the media library:",
  media_player_source_unsupported: "No MPEG-TS packets in",
  media_player_failed: "Could not be read:",
};
