/** A picture or a frame of sound, ready to be sent. */
export type Frame = {
  kind: "video" | "audio";
  /** Milliseconds. */
  dts: number;
  /** PTS less DTS, milliseconds. */
  compositionTime: number;
  /** Of sound it is always true. */
  isKey: boolean;
  data: Uint8Array;
  /** What a decoder must know first; the same object until it changes. */
  configuration: Uint8Array;
};

export type QueueBounds = { bytes: number; /** Milliseconds between the oldest and the newest. */ span: number };

/**
 * What waits for the server. It begins with a key frame; when it is full all of it is given up at once, and pictures are let in again
 * with the next key frame: a decoder is never given a picture whose references are missing.
 */
export class FrameQueue {
  bytes = 0;
  readonly #bounds: QueueBounds;
  #frames: Frame[] = [];
  #next = 0;
  #needsKey = true;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get length(): number {
    return this.#frames.length - this.#next;
  }

  /** Returns how many frames were given up, this one perhaps among them. */
  push(frame: Frame): number {
    if (frame.kind === "video" && this.#needsKey && !frame.isKey) {
      return 1;
    }
    const oldest = this.#frames[this.#next];
    const isFull =
      this.bytes + frame.data.length > this.#bounds.bytes || (oldest !== undefined && frame.dts - oldest.dts > this.#bounds.span);
    const given = isFull ? this.clear() : 0;
    if (frame.kind === "video") {
      if (this.#needsKey && !frame.isKey) {
        return given + 1;
      }
      this.#needsKey = false;
    }
    this.#frames.push(frame);
    this.bytes += frame.data.length;
    return given;
  }

  /** As `push` while nobody takes anything: what waits is no more than begins with the last key frame, and the sound from there on. */
  keep(frame: Frame): number {
    if (frame.kind === "audio" || !frame.isKey) {
      return this.push(frame);
    }
    const before = this.#frames.slice(this.#next);
    const sound = before.filter(({ kind, dts }) => kind === "audio" && dts >= frame.dts);
    this.clear();
    const given = this.push(frame);
    return sound.reduce((count, each) => count + this.push(each), given + before.length - sound.length);
  }

  shift(): Frame | undefined {
    const frame = this.#frames[this.#next];
    if (frame === undefined) {
      return undefined;
    }
    this.#next++;
    this.bytes -= frame.data.length;
    if (this.#next === this.#frames.length || this.#next > 1_024) {
      this.#frames = this.#frames.slice(this.#next);
      this.#next = 0;
    }
    return frame;
  }

  /** Gives everything up; returns how many frames that were. */
  clear(): number {
    const count = this.length;
    this.#frames = [];
    this.#next = 0;
    this.bytes = 0;
    this.#needsKey = true;
    return count;
  }

  /** What comes now has no reference in what came before. */
  needKey(): void {
    this.#needsKey = true;
  }
}
