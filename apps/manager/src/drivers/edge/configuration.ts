import { checkConfig, configJsonSchema, migrate, secretFields } from "@bilbycast/contracts/config";
import { declarations } from "@bilbycast/transports/declarations";
import type { DriverConfiguration } from "../driver.ts";
import { listOf, type Loose } from "./loose.ts";

/** Secrets that are no field of a transport. */
const OWN_SECRETS = [
  "passphrase",
  "password",
  "auth_token",
  "bearer_token",
  "stream_key",
  "client_secret",
  "jwt_secret",
  "tunnel_encryption_key",
  "tunnel_bind_secret",
  "tunnel_psk",
  "authorization",
  "cookie",
];

/** Fields of a flow that take effect while it runs. */
const SOFT_FIELDS: ReadonlySet<string> = new Set([
  "name",
  "thumbnail",
  "thumbnail_interval_secs",
  "thumbnail_program_number",
  "media_analysis",
  "tr101290",
  "input_ids",
  "output_ids",
  "enabled",
]);

const withoutSoft = (flow: Loose): string =>
  JSON.stringify(
    Object.entries(flow)
      .filter(([name]) => !SOFT_FIELDS.has(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

const restartsOf = (before: Loose, after: Loose): string[] => {
  const inputs = new Map(listOf(before["inputs"]).map((input) => [input["id"], input]));
  const changed = new Set(
    listOf(after["inputs"])
      .filter(
        (input) => inputs.has(input["id"]) && input["active"] === true && JSON.stringify(inputs.get(input["id"])) !== JSON.stringify(input),
      )
      .map((input) => input["id"]),
  );
  const flows = new Map(listOf(before["flows"]).map((flow) => [flow["id"], flow]));
  return listOf(after["flows"])
    .filter((flow) => {
      const former = flows.get(flow["id"]);
      const ids = Array.isArray(flow["input_ids"]) ? flow["input_ids"] : [];
      return former !== undefined && (withoutSoft(former) !== withoutSoft(flow) || ids.some((id) => changed.has(id)));
    })
    .map((flow) => String(flow["id"]));
};

/** The configuration of an edge of this version; a node of another one has the last word on its own. */
export const configuration: DriverConfiguration = {
  secretNames: new Set([
    ...OWN_SECRETS,
    ...secretFields(declarations).flatMap(({ path }) => path.findLast((step) => step !== "*")?.toLowerCase() ?? []),
  ]),
  check: (config) => {
    const { document } = migrate(structuredClone(config));
    return checkConfig(document, declarations).problems.map(({ path, code, message }) => ({
      path,
      code,
      message,
      severity: "error" as const,
    }));
  },
  restartsOf,
  replaceAction: (config) => ({ type: "update_config", config }),
  schema: () => configJsonSchema(declarations),
};
