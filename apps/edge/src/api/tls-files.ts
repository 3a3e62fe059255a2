import { unwatchFile, watchFile } from "node:fs";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Tls } from "@bilbycast/contracts/config";
import { Fault } from "@bilbycast/foundation/fault";

/** A certificate with its key, PEM, as they were read. */
export type Identity = { cert: string; key: string };

/** Something that serves with an identity and takes another without closing its port. */
export type TlsHolder = { setSecureContext(identity: Identity & { minVersion: "TLSv1.2" }): void };

/** Milliseconds between two looks at the files. */
const WATCH_INTERVAL = 2_000;

/** Reads a certificate and its key. Throws the Fault `tls_unusable` when one cannot be read or they do not belong together. */
export const readIdentity = async (paths: Tls): Promise<Identity> => {
  try {
    const [cert, key] = await Promise.all([readFile(paths.cert_path, "utf8"), readFile(paths.key_path, "utf8")]);
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (cause) {
    // The library's own message may quote the file; what is said is only which files they are.
    const code = (cause as NodeJS.ErrnoException).code ?? "unknown";
    throw new Fault(
      "tls_unusable",
      `The certificate ${paths.cert_path} and its key ${paths.key_path} cannot be used (${code}); a former one serves on`,
      {
        details: { field: "server.tls", reason: code },
      },
    );
  }
};

/** Follows the files of a certificate and hands each new version to the servers; what cannot be used changes nothing. */
export class TlsFiles {
  readonly #holders: readonly TlsHolder[];
  readonly #onChange: (fault: Fault | undefined) => void;
  readonly #interval: number;
  #paths: Tls;
  #current: Identity;

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

  /** Reads the files now, at other paths when they are given. Throws the Fault `tls_unusable`; the former certificate serves on. */
  async reload(paths: Tls = this.#paths): Promise<void> {
    const identity = await readIdentity(paths);
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

  /** Between the two files of a renewal they do not belong together: said once, and mended by the next look. */
  readonly #look = (): void => {
    this.reload().catch((fault: unknown) => this.#onChange(fault as Fault));
  };
}
