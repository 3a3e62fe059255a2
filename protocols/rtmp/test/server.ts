import { readAmf, writeAmf, type AmfValue } from "../amf0.ts";
import { ChunkReader } from "../chunk-reader.ts";
import { ChunkWriter } from "../chunk-writer.ts";
import type { RtmpMessage } from "../message.ts";

/** The other side of a publisher, for tests: greets, understands chunks, and answers as it is told to. */
export class ScriptedServer {
  readonly messages: RtmpMessage[] = [];
  readonly #reader = new ChunkReader((message) => this.messages.push(message), 4_000_000);
  readonly #writer = new ChunkWriter();
  #greeted = 0;

  /** S0, S1 and S2. */
  greeting(): Uint8Array {
    return Uint8Array.from({ length: 1 + 2 * 1_536 }, (_, i) => (i === 0 ? 3 : i % 251));
  }

  /** Takes what the publisher sent; C0, C1 and C2 come first. */
  take(bytes: Uint8Array): void {
    const size = 1 + 2 * 1_536;
    const skipped = Math.min(bytes.length, size - this.#greeted);
    this.#greeted += skipped;
    this.#reader.push(bytes.subarray(skipped));
  }

  commands(): AmfValue[][] {
    return this.messages.filter(({ type }) => type === 20).map(({ payload }) => readAmf(payload) ?? []);
  }

  command(...values: AmfValue[]): Uint8Array {
    return this.message(20, writeAmf(values));
  }

  message(type: number, payload: Uint8Array, streamId = 0): Uint8Array {
    return this.#writer.write({ chunkStreamId: type < 8 ? 2 : 3, type, streamId, timestamp: 0, pieces: [payload] });
  }
}

export const status = (level: string, code: string, description = ""): AmfValue[] => [
  "onStatus",
  0,
  null,
  new Map([
    ["level", level],
    ["code", code],
    ["description", description],
  ]),
];
