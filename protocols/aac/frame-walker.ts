import type { AudioFormat, AudioFrame, ReadFrame } from "./audio-format.ts";

/** How the frames of a codec are found. */
export type FrameShape = {
  /** Bytes that a frame's header has at least; no frame is shorter. */
  headerSize: number;
  /** Bytes from the frame's beginning that `read` should see where the frame has them. */
  headSize: number;
  /** Size and format from [0, size) bytes: at least `headerSize`, at most `headSize`. Called twice for a frame when these differ. */
  read: ReadFrame;
};

/** Takes each frame, in order. `stamp` is what was given before it began, -1 for none. */
export type GiveFrame = (frame: AudioFrame, stamp: number) => void;

const NO_STAMP = -1;

/**
 * Walks from frame to frame of an audio elementary stream. Bytes come in pieces of any size, and nothing but the front of a frame is kept.
 * A frame counts when another header follows it: a sync word alone may be chance. After that each frame is given as soon as its front is there.
 */
export class FrameWalker {
  readonly #shape: FrameShape;
  readonly #give: GiveFrame;
  readonly #head: Uint8Array;
  #held = 0;
  /** Bytes that are needed to read the header. */
  #headerSize: number;
  /** Bytes of the frame whose front is in the head; 0 while its header is looked for. */
  #frameSize = 0;
  /** Bytes of the current frame that are still to come and of no interest. */
  #skip = 0;
  #isLocked = false;
  #candidate: AudioFrame | undefined;
  #candidateStamp = NO_STAMP;
  #stamp = NO_STAMP;
  #frameStamp = NO_STAMP;
  #format: AudioFormat | undefined;
  #skippedBytes = 0;
  #lost = 0;

  constructor(shape: FrameShape, give: GiveFrame) {
    this.#shape = shape;
    this.#give = give;
    this.#headerSize = shape.headerSize;
    this.#head = new Uint8Array(shape.headSize);
  }

  /** The next frame that begins has this PTS (or another number of the caller, 0 or more). */
  stamp(value: number): void {
    this.#stamp = value;
  }

  /** Takes bytes [from, end). */
  push(bytes: Uint8Array, from: number, end: number): void {
    let at = from;
    while (at < end) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, end - at);
        this.#skip -= skipped;
        at += skipped;
      } else {
        at = this.#take(bytes, at, end);
      }
    }
  }

  /** The stream breaks here: half a frame is forgotten, and a header is looked for. What was found stays known. */
  flush(): void {
    this.#held = 0;
    this.#headerSize = this.#shape.headerSize;
    this.#frameSize = 0;
    this.#skip = 0;
    this.#isLocked = false;
    this.#candidate = undefined;
    this.#stamp = NO_STAMP;
  }

  /** Of the last frame that said so; `undefined` before one. */
  get format(): AudioFormat | undefined {
    return this.#format;
  }

  /** Bytes that belong to no frame. */
  get skippedBytes(): number {
    return this.#skippedBytes;
  }

  /** How often a frame was not followed by another. */
  get lost(): number {
    return this.#lost;
  }

  /** Fills the head, as far as is wanted now, and looks at it. */
  #take(bytes: Uint8Array, from: number, end: number): number {
    if (this.#held === 0) {
      this.#frameStamp = this.#stamp;
      this.#stamp = NO_STAMP;
    }
    const wanted = this.#frameSize === 0 ? this.#headerSize : Math.min(this.#frameSize, this.#shape.headSize);
    const taken = Math.max(0, Math.min(wanted - this.#held, end - from));
    for (let i = 0; i < taken; i++) {
      this.#head[this.#held++] = bytes[from + i] ?? 0;
    }
    if (this.#held < wanted) {
      return from + taken;
    }
    if (this.#frameSize === 0) {
      this.#findHeader();
    }
    if (this.#frameSize > 0 && this.#held >= Math.min(this.#frameSize, this.#shape.headSize)) {
      this.#finish();
    }
    return from + taken;
  }

  #findHeader(): void {
    const frame = this.#shape.read(this.#head, this.#held);
    if (frame === "more" && this.#held < this.#head.length) {
      this.#headerSize = this.#held + 1;
      return;
    }
    this.#headerSize = this.#shape.headerSize;
    if (typeof frame === "object" && frame.frameSize >= this.#held) {
      this.#frameSize = frame.frameSize;
      return;
    }
    this.#lost += this.#isLocked ? 1 : 0;
    this.#isLocked = false;
    this.#candidate = undefined;
    this.#skippedBytes++;
    this.#held--;
    this.#head.copyWithin(0, 1, this.#held + 1);
  }

  /** The front of a frame is complete. */
  #finish(): void {
    const frame = this.#shape.read(this.#head, this.#held);
    this.#skip = this.#frameSize - this.#held;
    this.#held = 0;
    this.#frameSize = 0;
    if (typeof frame !== "object") {
      return;
    }
    if (!this.#isLocked && this.#candidate === undefined) {
      this.#candidate = frame;
      this.#candidateStamp = this.#frameStamp;
      return;
    }
    if (this.#candidate !== undefined) {
      this.#report(this.#candidate, this.#candidateStamp);
      this.#candidate = undefined;
    }
    this.#isLocked = true;
    this.#report(frame, this.#frameStamp);
  }

  #report(frame: AudioFrame, stamp: number): void {
    this.#format = frame.format ?? this.#format;
    this.#give(frame, stamp);
  }
}
