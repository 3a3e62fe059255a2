import type { Crypto } from "@bilbycast/foundation/crypto";
import type { Memory } from "@bilbycast/foundation/packets";
import type { BackendName } from "./backends.ts";
import { loadEvp, loadFfiEvp, type Evp } from "./evp.ts";
import { evpCrypto } from "./evp-crypto.ts";
import { nodeCrypto } from "./node-crypto.ts";

/** The cryptography that goes with a lane's backend. A runtime that does not show its OpenSSL serves with its own ciphers, which cost more. */
export const packetCrypto = (backend: BackendName, memory: Memory): Crypto => {
  const evp = backend === "dgram" ? undefined : evpOf(backend);
  return evp === undefined ? nodeCrypto(memory) : evpCrypto(memory, evp);
};

/** Looked up once for each thread. */
const loaded = new Map<BackendName, Evp | undefined>();

const evpOf = (backend: "koffi" | "ffi"): Evp | undefined => {
  if (!loaded.has(backend)) {
    loaded.set(backend, tryLoad(backend === "koffi" ? loadEvp : loadFfiEvp));
  }
  return loaded.get(backend);
};

const tryLoad = (load: () => Evp): Evp | undefined => {
  try {
    const evp = load();
    return evp.cipher("aes_128_ctr") === 0 ? undefined : evp;
  } catch {
    return undefined;
  }
};
