import { unwatchFile, watchFile } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Tls } from "@bilbycast/contracts/config";
import { Fault } from "@bilbycast/foundation/fault";

/** A certificate with its key, PEM, as they were read. */
export type Identity = { cert: string; key: string };

/** Something that serves with an identity and takes another without closing its port. */
export type TlsHolder = { setSecureContext(identity: Identity & { minVersion: "TLSv1.2" }): void };

/** Milliseconds between two looks at the files. */
const WATCH_INTERVAL = 2_000;

/** Bytes of the largest file that is read. */
const FILE_MAX = 1_048_576;

/** Reads a certificate and its key. Throws the Fault `tls_unusable` when one cannot be read or they do not belong together. */
export const readIdentity = async (paths: Tls): Promise<Identity> => {
  try {
    const [cert, key] = await Promise.all([readPem(paths.cert_path), readPem(paths.key_path)]);
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (cause) {
    // The library's own message may quote the file; what is said is only which files they are.
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new Fault("tls_unusable", `The certificate ${paths.cert_path} and its key ${paths.key_path} cannot be used (${code})`, {
      details: { field: "server.tls", reason: code },
    });
  }
};

/** A pipe or a device may never end, and whoever names one would hold up every other change. */
const readPem = async (path: string): Promise<string> => {
  const found = await stat(path);
  if (!found.isFile() || found.size > FILE_MAX) {
    throw Object.assign(new Error("no file of a certificate"), { code: found.isFile() ? "EFBIG" : "no_file" });
  }
  return readFile(path, "utf8");
};

/** Follows the files of a certificate and hands each new version to the servers; what cannot be used changes nothing. */
export class TlsFiles {
  readonly #holders: readonly TlsHolder[];
  readonly #onChange: (fault: Fault | undefined) => void;
  readonly #interval: number;
  #paths: Tls;
  #current: Identity;
  /** One look at a time, so that an older one cannot undo a newer. */
  #looking: Promise<void> = Promise.resolve();

  constructor(options: {
    paths: Tls;
    identity: Identity;
    holders: readonly TlsHolder[];
    /** Hears of each change of the files: with the Fault that keeps the former certificate in use. */
    onChange: (fault: Fault | undefined) => void;
    interval?: number;
  }) {
    this.#paths = options.paths;
    this.#current = options.identity;
    this.#holders = options.holders;
    this.#onChange = options.onChange;
    this.#interval = options.interval ?? WATCH_INTERVAL;
    this.#watch();
  }

  /** Puts a pair that was read from `paths` into service, and follows those from now on. */
  adopt(paths: Tls, identity: Identity): void {
    if (paths.cert_path !== this.#paths.cert_path || paths.key_path !== this.#paths.key_path) {
      this.close();
      this.#paths = paths;
      this.#watch();
    }
    if (identity.cert === this.#current.cert && identity.key === this.#current.key) {
      return;
    }
    this.#current = identity;
    for (const holder of this.#holders) {
      holder.setSecureContext({ ...identity, minVersion: "TLSv1.2" });
    }
    this.#onChange(undefined);
  }

  close(): void {
    unwatchFile(this.#paths.cert_path, this.#look);
    unwatchFile(this.#paths.key_path, this.#look);
  }

  #watch(): void {
    // Polled, because a certificate is often a link whose target changes, or a file that is put in the place of another.
    watchFile(this.#paths.cert_path, { interval: this.#interval, persistent: false }, this.#look);
    watchFile(this.#paths.key_path, { interval: this.#interval, persistent: false }, this.#look);
  }

  readonly #look = (): void => {
    this.#looking = this.#looking.then(() => this.#readAgain());
  };

  /** Between the two files of a renewal they do not belong together: said once, and mended by the next look. */
  async #readAgain(): Promise<void> {
    const paths = this.#paths;
    try {
      const identity = await readIdentity(paths);
      // Meanwhile the configuration may have named others.
      if (paths === this.#paths) {
        this.adopt(paths, identity);
      }
    } catch (fault) {
      this.#onChange(fault as Fault);
    }
  }
}
