import type { Memory } from "@bilbycast/foundation/packets";
import type { Arena } from "@bilbycast/engine/io";

/** The arena as one part of a flow has it: what the part reserved goes back when it closes, whatever became of its machines. */
export class PartMemory implements Memory {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly copy: (target: number, source: number, length: number) => void;
  readonly #arena: Arena;
  readonly #reserved = new Set<number>();

  constructor(arena: Arena) {
    this.#arena = arena;
    this.bytes = arena.bytes;
    this.words = arena.words;
    this.copy = arena.copy;
  }

  reserve(size: number): number {
    const offset = this.#arena.reserve(size);
    this.#reserved.add(offset);
    return offset;
  }

  release(offset: number): void {
    this.#reserved.delete(offset);
    this.#arena.release(offset);
  }

  releaseAll(): void {
    for (const offset of this.#reserved) {
      this.#arena.release(offset);
    }
    this.#reserved.clear();
  }
}
