import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isObject } from "@bilbycast/contracts/config";
import { Fault } from "@bilbycast/foundation/fault";
import type { ConfigDraft } from "../config-draft.ts";
import type { ConfigStore } from "../config-store.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The manager that the environment names: one line starts a node and registers it. Without a token it has moved, no more. */
export type Enrolment = { url: string; token: string | undefined; fingerprint: string | undefined };

/**
 * `BILBYCAST_MANAGER_URL` with `BILBYCAST_REGISTRATION_TOKEN`, or `BILBYCAST_REGISTRATION_TOKEN_FILE` that holds it, and
 * `BILBYCAST_MANAGER_FINGERPRINT`. undefined: nothing is asked for, or all of it is done: a token works once, and the environment of
 * an edge that is started again still has it. Throws the Fault `enrolment_invalid`.
 */
export const enrolmentOf = (environment: Environment, { config }: Pick<ConfigStore, "config">): Enrolment | undefined => {
  const url = environment["BILBYCAST_MANAGER_URL"]?.trim() ?? "";
  if (url === "") {
    return undefined;
  }
  const { manager } = config;
  const given = tokenOf(environment);
  const token = given !== undefined && manager?.enrolled_by === digestOf(given) ? undefined : given;
  const fingerprint = environment["BILBYCAST_MANAGER_FINGERPRINT"]?.trim();
  if (token === undefined && manager?.node_secret === undefined && manager?.registration_token === undefined) {
    throw new Fault("enrolment_invalid", "BILBYCAST_MANAGER_URL needs BILBYCAST_REGISTRATION_TOKEN, or BILBYCAST_REGISTRATION_TOKEN_FILE");
  }
  const isThere = manager?.urls.includes(url) === true && (fingerprint ?? "") === (manager.cert_fingerprint ?? "");
  return token === undefined && isThere ? undefined : { url, token, fingerprint };
};

/** Which token it was, for whoever compares, and nothing else. */
const digestOf = (token: string): string => createHash("sha256").update(token).digest("hex").slice(0, 16);

const tokenOf = (environment: Environment): string | undefined => {
  const path = environment["BILBYCAST_REGISTRATION_TOKEN_FILE"];
  if (path === undefined || path === "") {
    const token = environment["BILBYCAST_REGISTRATION_TOKEN"]?.trim();
    return token === "" ? undefined : token;
  }
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new Fault("enrolment_invalid", "The file of BILBYCAST_REGISTRATION_TOKEN_FILE cannot be read", { cause });
  }
};

/** Puts it into the configuration, where the setup page would. */
export const enrol = (draft: ConfigDraft, { fingerprint, token, url }: Enrolment): void => {
  const { document } = draft;
  const former = isObject(document["manager"]) ? document["manager"] : {};
  const { cert_fingerprint: _pin, node_id: id, node_secret: secret, ...kept } = former;
  draft.document = {
    ...document,
    manager: {
      ...kept,
      enabled: true,
      urls: [url],
      ...(fingerprint === undefined || fingerprint === "" ? {} : { cert_fingerprint: fingerprint }),
      ...(token === undefined ? { node_id: id, node_secret: secret } : { registration_token: token, enrolled_by: digestOf(token) }),
    },
  };
};
