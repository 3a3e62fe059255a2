import { open } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "@bilbycast/foundation/fault";

const NAME = /^[A-Za-z0-9_ -][A-Za-z0-9._ -]{0,254}$/;

/** The files that a node may play. A name is never a path. */
export class MediaLibrary {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Rejects with the Fault `media_name_invalid` or `media_not_found`. */
  async open(name: string): Promise<OpenFile> {
    if (!NAME.test(name) || name.includes("..")) {
      throw new Fault(
        "media_name_invalid",
        "A media name has 1 to 255 letters, digits, dots, dashes, underscores or spaces and does not begin with a dot.",
        {
          details: { name },
        },
      );
    }
    try {
      const handle = await open(join(this.#folder, name), "r");
      const { size } = await handle.stat();
      return {
        size,
        read: async (into, at) => (await handle.read(into, 0, into.length, at)).bytesRead,
        close: () => handle.close(),
      };
    } catch (cause) {
      throw new Fault("media_not_found", `The media library has no readable file ${name}.`, { cause, details: { name } });
    }
  }
}

export type OpenFile = { readonly size: number; read(into: Uint8Array, at: number): Promise<number>; close(): Promise<void> };
