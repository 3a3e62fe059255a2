import { constants } from "node:fs";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import type { CommandData, MediaFrameHeader } from "@bilbycast/contracts/node-link";
import { Fault } from "@bilbycast/foundation/fault";
import { syncFolder } from "../config-disk.ts";

export type MediaChunk = Omit<MediaFrameHeader, "command_id">;

type Progress = CommandData<"upload_media_chunk">;

/** One file on its way in: piece after piece into a staging file, which takes the name of the file when it is whole and on the disk. */
export class MediaUpload {
  readonly totalBytes: number;
  readonly totalChunks: number;
  readonly #staging: string;
  readonly #target: string;
  readonly #file: FileHandle;
  #chunks = 0;
  #bytes = 0;
  /** Milliseconds, monotonic. */
  touchedAt = 0;

  private constructor(staging: string, target: string, file: FileHandle, { total_bytes, total_chunks }: MediaChunk) {
    this.totalBytes = total_bytes;
    this.totalChunks = total_chunks;
    this.#staging = staging;
    this.#target = target;
    this.#file = file;
  }

  /** Begins with an empty staging file. A link that somebody put in its place is not followed. */
  static async begin(staging: string, target: string, chunk: MediaChunk): Promise<MediaUpload> {
    await rm(staging, { force: true });
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW;
    return new MediaUpload(staging, target, await open(staging, flags, 0o644), chunk);
  }

  /** The index of the piece that must come next. */
  get next(): number {
    return this.#chunks;
  }

  /** Throws `media_upload_order`, `media_upload_size`, with the upload as it was; and what the disk throws. */
  async take({ chunk_index: index, total_bytes, total_chunks }: MediaChunk, bytes: Uint8Array): Promise<Progress> {
    if (index !== this.#chunks || total_bytes !== this.totalBytes || total_chunks !== this.totalChunks) {
      const message = `The pieces of an upload must come in order, each with the same sizes; piece ${this.#chunks} is next`;
      throw new Fault("media_upload_order", message, { details: { expected: this.#chunks } });
    }
    const isLast = index === this.totalChunks - 1;
    const sum = this.#bytes + bytes.length;
    if (sum > this.totalBytes || (isLast && sum !== this.totalBytes)) {
      const message = `The pieces are ${sum} bytes together, and ${this.totalBytes} were said`;
      throw new Fault("media_upload_size", message, { details: { bytes: sum, total_bytes: this.totalBytes } });
    }
    await writeWhole(this.#file, bytes, this.#bytes);
    this.#chunks += 1;
    this.#bytes = sum;
    if (!isLast) {
      return { status: "in_progress", chunks_received: this.#chunks, chunks_total: this.totalChunks, bytes_received: this.#bytes };
    }
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#staging, this.#target);
    await syncFolder(dirname(this.#target));
    return { status: "complete", bytes_received: this.#bytes };
  }

  /** Gives the upload up and takes what came of it away. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#staging, { force: true }).catch(() => undefined);
  }
}

const writeWhole = async (file: FileHandle, bytes: Uint8Array, at: number): Promise<void> => {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
};
