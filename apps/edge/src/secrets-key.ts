import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "@bilbycast/foundation/fault";
import { StagedFile } from "./config-disk.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const HEX_KEY = /^[0-9a-f]{64}$/i;

/** The key that seals secrets: from BILBYCAST_SECRETS_KEY, else from the file `secrets.key` that is made once. */
export class SecretsKey {
  readonly path: string;
  readonly #environment: Environment;

  constructor(folder: string, environment: Environment) {
    this.path = join(folder, "secrets.key");
    this.#environment = environment;
  }

  /** `undefined` when there is none yet. Throws the Fault `secrets_key_unusable`. */
  async find(): Promise<Uint8Array | undefined> {
    const text = this.#environment["BILBYCAST_SECRETS_KEY"];
    if (text !== undefined && text !== "") {
      return keyOf(text.trim(), "BILBYCAST_SECRETS_KEY", {});
    }
    let found: string;
    try {
      await this.#assertPrivate();
      found = await readFile(this.path, "utf8");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
        return undefined;
      }
      if (cause instanceof Fault) {
        throw cause;
      }
      throw new Fault("secrets_key_unusable", `The key file ${this.path} could not be read`, { cause, details: { path: this.path } });
    }
    return keyOf(found.trim(), `The key file ${this.path}`, { path: this.path });
  }

  /** The key, made and kept for ever when there is none. */
  async findOrMake(): Promise<Uint8Array> {
    const found = await this.find();
    if (found !== undefined) {
      return found;
    }
    const key = randomBytes(32);
    const staged = await StagedFile.write(this.path, `${key.toString("hex")}\n`, 0o600);
    await staged.publish();
    return key;
  }

  async #assertPrivate(): Promise<void> {
    const { mode } = await stat(this.path);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      const message = `The key file ${this.path} must be its owner's alone: chmod 600 ${this.path}`;
      throw new Fault("secrets_key_unusable", message, { details: { path: this.path } });
    }
  }
}

const keyOf = (text: string, source: string, details: Record<string, string>): Uint8Array => {
  if (!HEX_KEY.test(text)) {
    throw new Fault("secrets_key_unusable", `${source} must be 64 hexadecimal digits (32 bytes)`, { details });
  }
  return Buffer.from(text, "hex");
};
