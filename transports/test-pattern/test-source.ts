import type { EncodedUnit, Encoder, InputConfig, SessionInputContext, SessionTimer, TestSignalSpec } from "@bilbycast/engine/transport";
import { after, milliseconds, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import type { Multiplexer } from "@bilbycast/protocols/mpegts";
import { frameAt, hashOf } from "@bilbycast/protocols/test-signal";
import type { declaration } from "./declaration.ts";
import { multiplexOf, soundKbps } from "./program.ts";

type Config = InputConfig<typeof declaration>;
type Context = SessionInputContext<typeof declaration>;

/** How far ahead of their due time units are handed to the lane. */
const AHEAD: Microseconds = milliseconds(150);
const EVERY: Microseconds = milliseconds(40);
/** How far ahead of the time at which they are to be seen frames are encoded: a stay of a second in the decoder's buffer, and time to do it. */
const LEAD_MS = 1_300;
/** An encoder that is opened anew cannot have a frame ready earlier. */
const SOONEST_MS = 250;
/** The stream begins so much later than the encoder, which then has frames ready. */
const START_MS = 300;
const TOO_LATE: Microseconds = milliseconds(500);
const ASK_AGAIN: Microseconds = seconds(10);
const STAMP_HZ = 90_000;
const PCR_PER_STAMP = 300;

/**
 * Has the test signal encoded ahead of the time that it shows, multiplexes it at a constant rate, and hands units to the sink a little before
 * they are due. The stream's clock is the time of day: a frame is decoded at the moment that its timecode says. When the encoder's host
 * dies, what is ready lasts for about a second; after that the stream goes on without frames, its clock and rate as they were.
 */
export class TestSource {
  readonly #config: Config;
  readonly #context: Context;
  readonly #mux: Multiplexer;
  readonly #timer: SessionTimer;
  /** Milliseconds since the epoch at instant 0. */
  readonly #epochMs: number;
  /** Of the second with which stamps begin, 90 kHz since the epoch: so large a number times 300 would not be exact. */
  readonly #originStamp: number;
  #encoder: Encoder | undefined;
  #isOpen = false;
  #isLost = false;
  #retryAt: Instant | undefined;
  /** Frame behind the last one that the encoder has made. */
  #nextFrame: number;
  #late = 0;
  #nulls = 0;

  constructor(config: Config, context: Context) {
    const { fps } = config;
    this.#config = config;
    this.#context = context;
    const now = context.now();
    this.#epochMs = context.timeOfDayMs() - now / 1_000;
    const startMs = Math.ceil(this.#epochMs + now / 1_000 + START_MS);
    this.#originStamp = (Math.floor(startMs / 1_000) - ORIGIN_SECONDS) * STAMP_HZ;
    this.#nextFrame = frameAt(startMs, fps) + 1;
    this.#mux = multiplexOf(config, this.#name, Math.round(startMs * (STAMP_HZ / 1_000) - this.#originStamp) * PCR_PER_STAMP);
    this.#mux.anchor(after(now, milliseconds(startMs - this.#epochMs - now / 1_000)));
    context.stats.muxRate.set(this.#mux.rate);
    this.#timer = context.timer(() => this.#proceed());
    this.#open();
    this.#proceed();
  }

  close(): void {
    this.#timer.close();
    this.#encoder?.close();
  }

  get #name(): string {
    return this.#config.screen_id ?? this.#context.id;
  }

  #open(): void {
    this.#retryAt = undefined;
    this.#encoder = this.#context.encode(this.#spec(), {
      onOpened: () => this.#opened(),
      onUnit: (unit) => this.#take(unit),
      onLost: (why) => this.#lost(why),
      onRefused: (code, message) => this.#refused(code, message),
    });
  }

  #spec(): TestSignalSpec {
    const { width, height, fps, video_bitrate_kbps, audio_enabled, audio_channels, tone_hz, tone_dbfs, audio_content } = this.#config;
    const { av_sync_marker, av_sync_style } = this.#config;
    const audio = {
      channels: audio_channels,
      toneHz: tone_hz,
      toneDbfs: tone_dbfs,
      content: audio_content,
      kbps: soundKbps(audio_channels),
    };
    return {
      kind: "test-signal",
      firstFrame: this.#nextFrame,
      sourceId: hashOf(this.#name),
      name: this.#name,
      width,
      height,
      fps,
      videoKbps: video_bitrate_kbps,
      marker: av_sync_marker ? av_sync_style : "none",
      ...(audio_enabled ? { audio } : {}),
    };
  }

  /** Asks for frames, hands units over: the one place that decides what to wait for. */
  #proceed(): void {
    const now = this.#context.now();
    const { fps } = this.#config;
    const nowMs = this.#epochMs + now / 1_000;
    if (this.#retryAt !== undefined && now >= this.#retryAt) {
      this.#open();
    }
    if (this.#isOpen) {
      this.#encoder?.want(frameAt(nowMs + LEAD_MS, fps));
    } else {
      this.#skipTo(frameAt(nowMs + SOONEST_MS, fps));
    }
    this.#write(now);
    this.#timer.set(after(now, EVERY));
  }

  /** Frames before that one cannot be made any more. */
  #skipTo(frame: number): void {
    if (frame > this.#nextFrame) {
      this.#context.stats.framesMissed.add(frame - this.#nextFrame);
      this.#nextFrame = frame;
      this.#encoder?.resumeAt(frame);
    }
  }

  #write(now: Instant): void {
    const { sink, stats } = this.#context;
    const mux = this.#mux;
    if (now - mux.due > TOO_LATE) {
      // Packets that were not sent are not made up for: the clock of the stream goes on from now.
      this.#jumpTo(now);
    }
    while (mux.due <= now + AHEAD && sink.write(mux.peek(), mux.due)) {
      mux.advance();
    }
    sink.flush();
    const late = mux.counts(0).late + (this.#config.audio_enabled ? mux.counts(1).late : 0);
    stats.unitsLate.add(late - this.#late);
    this.#late = late;
    stats.nullsSent.add(mux.nulls - this.#nulls);
    this.#nulls = mux.nulls;
  }

  #jumpTo(now: Instant): void {
    this.#context.stats.reanchors.add(1);
    // Units up to now are made and thrown away: so the clock, the counters and the tables stay one stream.
    while (this.#mux.due < now) {
      this.#mux.peek();
      this.#mux.advance();
    }
  }

  #opened(): void {
    this.#isOpen = true;
    this.#isLost = false;
    this.#proceed();
  }

  #take({ stream, pts, dts, bytes, randomAccess }: EncodedUnit): void {
    const { fps } = this.#config;
    this.#mux.push(stream, { bytes, pts: pts - this.#originStamp, dts: dts - this.#originStamp, randomAccess });
    if (stream === VIDEO) {
      this.#nextFrame = Math.round((pts * fps) / STAMP_HZ) + 1;
      this.#encoder?.resumeAt(this.#nextFrame);
      this.#context.stats.framesEncoded.add(1);
    }
  }

  #lost(why: string): void {
    this.#isOpen = false;
    this.#context.stats.encoderRestarts.add(1);
    if (!this.#isLost) {
      this.#isLost = true;
      this.#context.report({
        severity: "warning",
        code: "test_pattern_encoder_lost",
        message: `The encoder of the test pattern is gone (${why}); another takes its place.`,
        details: { reason: why },
      });
    }
  }

  #refused(code: string, message: string): void {
    this.#isOpen = false;
    this.#encoder = undefined;
    this.#retryAt = after(this.#context.now(), ASK_AGAIN);
    if (!this.#isLost) {
      this.#isLost = true;
      this.#context.report({ severity: "critical", code: "test_pattern_refused", message, details: { error_code: code } });
    }
  }
}

const VIDEO = 0;
/** Stamps begin with so much, so that sound that an encoder puts before the first frame has one too. */
const ORIGIN_SECONDS = 10;
