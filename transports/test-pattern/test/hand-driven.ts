import { Fault } from "@bilbycast/foundation/fault";
import { instant, type Instant } from "@bilbycast/foundation/time";
import type { Encoder, EncoderHooks, EventReport, SessionInputContext, SessionTimer, TestSignalSpec } from "@bilbycast/engine/transport";
import { GaugeTally, tallies } from "@bilbycast/testkit/tally";
import { declaration } from "../declaration.ts";
import { TestSource } from "../test-source.ts";

type Context = SessionInputContext<typeof declaration>;

/** Milliseconds since the epoch at the clock's beginning. */
const NOON_MS = 1_800_014_400_000;
const FRAME_BYTES = 4_000;
const SOUND_BYTES = 300;

/** A session whose clock only a test moves, with an encoder whose frames are bytes that mean nothing. */
export class HandDriven implements Context {
  readonly id = "bars-in";
  readonly written: { unit: Uint8Array; due: Instant; at: Instant }[] = [];
  readonly events: EventReport[] = [];
  readonly specs: TestSignalSpec[] = [];
  readonly stats = {
    ...tallies("framesEncoded", "framesMissed", "unitsLate", "encoderRestarts", "nullsSent", "reanchors"),
    muxRate: new GaugeTally(),
  };
  hooks: EncoderHooks | undefined;
  /** Whether the encoder makes what it is asked for. */
  works = true;
  isClosed = false;
  #made = 0;
  #keyFrame = 0;
  #now = instant(1_000_000);
  #wakeAt: Instant | undefined;
  #onDue: () => void = () => undefined;

  readonly sink = {
    room: (): number => 1_000,
    write: (unit: Uint8Array, due: Instant): boolean => {
      this.written.push({ unit: unit.slice(), due, at: this.#now });
      return true;
    },
    flush: (): void => undefined,
  };

  now(): Instant {
    return this.#now;
  }

  timeOfDayMs(): number {
    return NOON_MS + this.#now / 1_000;
  }

  random32(): number {
    return 4;
  }

  timer(onDue: () => void): SessionTimer {
    this.#onDue = onDue;
    return { set: (at) => (this.#wakeAt = at), close: () => (this.#wakeAt = undefined) };
  }

  openMedia(): never {
    throw new Error("a test pattern has no files");
  }

  encode(spec: TestSignalSpec, hooks: EncoderHooks): Encoder {
    this.specs.push(spec);
    this.hooks = hooks;
    this.#made = spec.firstFrame;
    this.#keyFrame = spec.firstFrame;
    return {
      want: (frame) => this.#make(spec, frame),
      resumeAt: (frame) => {
        if (!this.works) {
          this.#made = frame;
          this.#keyFrame = frame;
        }
      },
      close: () => (this.isClosed = true),
    };
  }

  fault(code: string): Fault {
    return new Fault(code, code);
  }

  report(event: EventReport): void {
    this.events.push(event);
  }

  fail(cause: unknown): void {
    throw cause;
  }

  /** Opens the input with these fields; the encoder is there at once. */
  open(fields: Record<string, unknown> = {}): TestSource {
    const source = new TestSource(declaration.input.parse(fields), this);
    this.hooks?.onOpened();
    return source;
  }

  /** Lets microseconds pass. */
  run(span: number): void {
    const end = this.#now + span;
    while (this.#wakeAt !== undefined && this.#wakeAt <= end) {
      this.#now = instant(Math.max(this.#now, this.#wakeAt));
      this.#wakeAt = undefined;
      this.#onDue();
    }
    this.#now = instant(end);
  }

  /** The session did not run for so long. */
  sleep(span: number): void {
    this.#now = instant(this.#now + span);
  }

  #make({ fps, audio }: TestSignalSpec, end: number): void {
    for (; this.works && this.#made < end; this.#made++) {
      const stamp = Math.round((this.#made * 90_000) / fps);
      const randomAccess = (this.#made - this.#keyFrame) % fps === 0;
      this.hooks?.onUnit({ stream: 0, randomAccess, pts: stamp, dts: stamp, bytes: new Uint8Array(FRAME_BYTES).fill(1) });
      if (audio !== undefined) {
        this.hooks?.onUnit({ stream: 1, randomAccess: true, pts: stamp, dts: stamp, bytes: new Uint8Array(SOUND_BYTES).fill(2) });
      }
    }
  }
}
