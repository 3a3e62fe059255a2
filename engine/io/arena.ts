import { check } from "@bilbycast/foundation/check";
import { Fault } from "@bilbycast/foundation/fault";
import type { Memory } from "@bilbycast/foundation/packets";
import { Buddy } from "./buddy.ts";
import { memoryCopy, type CopyBytes } from "./memory-copy.ts";

const PAGE = 65_536;
const SMALLEST_BLOCK = 1_024;

/** So that every offset is below 2^31: a small integer to the engine that runs us, and never a boxed double. */
const LARGEST = 2 ** 31;
const LEAST = 2 ** 20;

/**
 * A lane's memory: reserved whole when the lane starts, so that it never moves and native code may hold addresses into it.
 * Pages that nobody has touched cost nothing.
 */
export class Arena implements Memory {
  readonly memory: WebAssembly.Memory;
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly copy: CopyBytes;
  readonly #blocks: Buddy;

  /** `size` is rounded up to a power of two, 1 MiB to 2 GiB; a machine that refuses so much address space gives half of it, and so on. */
  constructor(size: number) {
    this.memory = sharedMemory(Math.min(LARGEST, Math.max(LEAST, 2 ** Math.ceil(Math.log2(size)))));
    this.size = this.memory.buffer.byteLength;
    this.bytes = new Uint8Array(this.memory.buffer);
    this.words = new Uint32Array(this.memory.buffer);
    this.copy = memoryCopy(this.memory);
    this.#blocks = new Buddy(this.size, SMALLEST_BLOCK);
    check(this.#blocks.reserve(SMALLEST_BLOCK) === 0, "offset 0 means nothing");
  }

  /** Bytes handed out. */
  get used(): number {
    return this.#blocks.used;
  }

  reserve(size: number): number {
    const offset = this.#blocks.reserve(size);
    if (offset === undefined) {
      throw new Fault("arena_exhausted", `The lane's memory has no ${size} bytes in one piece; ${this.used} of ${this.size} are in use.`, {
        details: { wanted: size, used: this.used, size: this.size },
      });
    }
    return offset;
  }

  release(offset: number): void {
    this.#blocks.release(offset);
  }

  /** True when the whole stretch lies in the memory: asked before any address goes to native code. */
  holds(offset: number, length: number): boolean {
    return offset >= 0 && length >= 0 && offset + length <= this.size;
  }
}

const sharedMemory = (size: number): WebAssembly.Memory => {
  try {
    return new WebAssembly.Memory({ initial: size / PAGE, maximum: size / PAGE, shared: true });
  } catch (cause) {
    if (size <= LEAST) {
      throw new Fault("arena_unavailable", "The machine gives no memory for a lane.", { cause });
    }
    return sharedMemory(size / 2);
  }
};
