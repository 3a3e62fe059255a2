import type { Config } from "@bilbycast/contracts/config";
import { permissionsOf } from "../config-store.ts";
import type { Environment } from "../secrets-key.ts";
import type { Trust } from "./certificate-check.ts";

/** Where the manager is and how it proves itself. */
export type LinkSettings = { urls: readonly string[]; trust: Trust };

/** `undefined` when the configuration has no manager, or has it switched off. */
export const linkSettings = ({ manager }: Config, environment: Environment): LinkSettings | undefined =>
  manager?.enabled !== true || manager.urls.length === 0
    ? undefined
    : {
        urls: manager.urls,
        trust: {
          fingerprint: manager.cert_fingerprint?.toLowerCase(),
          acceptsAny: manager.accept_self_signed_cert && permissionsOf(environment).allowInsecure,
        },
      };
