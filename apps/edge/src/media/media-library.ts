import { lstat, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  MEDIA_FILE_BYTES_MAX,
  MEDIA_LIBRARY_BYTES_MAX,
  MEDIA_NAME,
  MEDIA_UPLOAD_TTL_MS,
  type CommandData,
} from "@bilbycast/contracts/node-link";
import { Fault, isFault } from "@bilbycast/foundation/fault";
import { mediaName } from "./media-name.ts";
import { scanMedia } from "./media-scan.ts";
import { MediaUpload, type MediaChunk } from "./media-upload.ts";

export type MediaLimits = { fileBytes: number; libraryBytes: number; uploads: number; uploadTtl: number };

const LIMITS: MediaLimits = {
  fileBytes: MEDIA_FILE_BYTES_MAX,
  libraryBytes: MEDIA_LIBRARY_BYTES_MAX,
  uploads: 16,
  uploadTtl: MEDIA_UPLOAD_TTL_MS,
};

type Progress = CommandData<"upload_media_chunk">;

/**
 * The files that media players play: listed, looked into, uploaded and deleted. Only plain files that lie in the folder itself count;
 * a link in it leads nowhere. Uploads wait in `.tmp` until they are whole. Call `close` to end those that are open.
 */
export class MediaLibrary {
  readonly #folder: string;
  readonly #limits: MediaLimits;
  readonly #now: () => number;
  readonly #uploads = new Map<string, MediaUpload>();
  /** What is done to a name is done one after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #isSwept = false;

  constructor(folder: string, limits: Partial<MediaLimits> = {}, now: () => number = () => performance.now()) {
    this.#folder = folder;
    this.#limits = { ...LIMITS, ...limits };
    this.#now = now;
  }

  async list(): Promise<CommandData<"list_media">> {
    const files = await this.#files();
    return {
      files: files.map(({ name, size, modifiedMs }) => ({ name, size_bytes: size, modified_unix: Math.floor(modifiedMs / 1_000) })),
      used_bytes: files.reduce((sum, { size }) => sum + size, 0),
      limit_bytes: this.#limits.libraryBytes,
    };
  }

  /** Throws the Fault `media_name_invalid`; a file that is not there is said in the answer. */
  async scan(name: string): Promise<CommandData<"scan_media">> {
    return scanMedia(join(this.#folder, mediaName(name)));
  }

  /** Throws the Fault `media_name_invalid`. False when there was no such file. */
  delete(name: string): Promise<{ deleted: boolean }> {
    const path = join(this.#folder, mediaName(name));
    return this.#inTurn(name, async () => {
      if (!(await isPlainFile(path))) {
        return { deleted: false };
      }
      await rm(path);
      return { deleted: true };
    });
  }

  /** Takes one piece of a file. The first one begins anew. Throws the Faults of `MediaUpload`, `media_quota_exhausted`, `media_write_failed`. */
  upload(chunk: MediaChunk, bytes: Uint8Array): Promise<Progress> {
    const name = mediaName(chunk.name);
    return this.#inTurn(name, async () => {
      try {
        return await this.#take(name, chunk, bytes);
      } catch (cause) {
        if (isFault(cause)) {
          throw cause;
        }
        await this.#discard(name);
        const message = `The media file "${name}" could not be written`;
        throw new Fault("media_write_failed", message, { cause, details: { name, errno: (cause as NodeJS.ErrnoException).code } });
      }
    });
  }

  /** Gives up every upload. */
  async close(): Promise<void> {
    await Promise.all([...this.#turns.values()]);
    await Promise.all([...this.#uploads.keys()].map((name) => this.#discard(name)));
  }

  async #take(name: string, chunk: MediaChunk, bytes: Uint8Array): Promise<Progress> {
    await this.#sweep();
    await this.#assertQuota(name, chunk);
    const upload = chunk.chunk_index === 0 ? await this.#begin(name, chunk) : this.#uploads.get(name);
    if (upload === undefined) {
      throw new Fault("media_upload_order", `There is no upload of "${name}": begin with piece 0`, { details: { expected: 0 } });
    }
    upload.touchedAt = this.#now();
    const progress = await upload.take(chunk, bytes);
    if (progress.status === "complete") {
      this.#uploads.delete(name);
    }
    return progress;
  }

  async #begin(name: string, chunk: MediaChunk): Promise<MediaUpload> {
    await this.#discard(name);
    if (this.#uploads.size >= this.#limits.uploads) {
      throw new Fault("node_busy", `${this.#limits.uploads} uploads are open already`);
    }
    await mkdir(this.#staging, { recursive: true });
    const upload = await MediaUpload.begin(join(this.#staging, `${name}.staging`), join(this.#folder, name), chunk);
    this.#uploads.set(name, upload);
    return upload;
  }

  /** With each piece: what else came meanwhile counts too. */
  async #assertQuota(name: string, { total_bytes: wanted }: MediaChunk): Promise<void> {
    const { fileBytes, libraryBytes } = this.#limits;
    const files = await this.#files();
    const others = files.reduce((sum, file) => sum + (file.name === name ? 0 : file.size), 0);
    const coming = [...this.#uploads].reduce((sum, [other, upload]) => sum + (other === name ? 0 : upload.totalBytes), 0);
    if (wanted > fileBytes || others + coming + wanted > libraryBytes) {
      await this.#discard(name);
      const isLarge = wanted > fileBytes;
      const message = isLarge
        ? `A media file has at most ${fileBytes} bytes`
        : `All media files together have at most ${libraryBytes} bytes`;
      const details = { name, total_bytes: wanted, used_bytes: others + coming, limit_bytes: isLarge ? fileBytes : libraryBytes };
      throw new Fault("media_quota_exhausted", message, { details });
    }
  }

  /** Gives up what nobody went on with, and once what a former run of the program left behind. */
  async #sweep(): Promise<void> {
    const now = this.#now();
    const stale = [...this.#uploads].filter(([, { touchedAt }]) => now - touchedAt > this.#limits.uploadTtl);
    await Promise.all(stale.map(([name]) => this.#discard(name)));
    if (!this.#isSwept) {
      this.#isSwept = true;
      for (const name of await readdir(this.#staging).catch((): string[] => [])) {
        if (!this.#uploads.has(name.replace(/\.staging$/, ""))) {
          await rm(join(this.#staging, name), { force: true }).catch(() => undefined);
        }
      }
    }
  }

  async #discard(name: string): Promise<void> {
    const upload = this.#uploads.get(name);
    this.#uploads.delete(name);
    await upload?.discard();
  }

  async #files(): Promise<{ name: string; size: number; modifiedMs: number }[]> {
    const entries = await readdir(this.#folder, { withFileTypes: true }).catch(() => []);
    const names = entries.filter((entry) => entry.isFile() && MEDIA_NAME.test(entry.name)).map(({ name }) => name);
    const found = await Promise.all(
      names.toSorted().map(async (name) => {
        const stats = await lstat(join(this.#folder, name)).catch(() => undefined);
        return stats === undefined ? [] : [{ name, size: stats.size, modifiedMs: stats.mtimeMs }];
      }),
    );
    return found.flat();
  }

  get #staging(): string {
    return join(this.#folder, ".tmp");
  }

  #inTurn<T>(name: string, task: () => Promise<T>): Promise<T> {
    const result = (this.#turns.get(name) ?? Promise.resolve()).then(task);
    const settled = result
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(name) === settled) {
          this.#turns.delete(name);
        }
      });
    this.#turns.set(name, settled);
    return result;
  }
}

const isPlainFile = async (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
