import type { PacketBatch } from "@bilbycast/foundation/packets";
import { PsiCache } from "@bilbycast/protocols/mpegts";
import type { Lane } from "@bilbycast/engine/io";
import { TABLES_ALONE } from "@bilbycast/engine/analysis";
import type { Mirror, Mirrored } from "./mirror.ts";

/** What is kept and passed on of one input's transport stream, whether it is on air or not. */
export class InputTables {
  /** For a switch to this input. */
  readonly cache = new PsiCache();
  /** What the analysers get. */
  mirrored: Mirrored;
  readonly #lane: Lane;
  readonly #tag: number;

  constructor(lane: Lane, tag: number, mirrored: Mirrored) {
    this.#lane = lane;
    this.#tag = tag;
    this.mirrored = mirrored;
  }

  observe(batch: PacketBatch, mirror: Mirror | undefined): void {
    const { cache } = this;
    const { now } = this.#lane;
    const { bytes } = this.#lane.arena;
    const some = mirror !== undefined && this.mirrored === "tables" ? mirror : undefined;
    for (let row = 0; row < batch.count; row++) {
      const at = batch.offset[row] ?? 0;
      if (cache.scan(bytes, at, at + (batch.length[row] ?? 0))) {
        some?.keep(batch, row, (this.#tag | TABLES_ALONE) >>> 0, now);
      }
    }
    if (some === undefined) {
      mirror?.take(this.#tag, batch, now);
    } else {
      some.flush((this.#tag | TABLES_ALONE) >>> 0, now);
    }
  }
}
