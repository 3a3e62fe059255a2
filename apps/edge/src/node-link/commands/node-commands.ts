import { createHash } from "node:crypto";
import { configJsonSchema } from "@bilbycast/contracts/config";
import { Fault } from "@bilbycast/foundation/fault";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import { changed } from "./change.ts";
import type { Handlers } from "./desk.ts";

/** The node as a whole. */
export const nodeCommands: Handlers<"get_config" | "get_schema" | "update_config" | "rotate_secret" | "watch_pictures"> = {
  // The configuration itself goes behind the ack: see the command desk.
  get_config: async () => ({}),
  get_schema: async ({ known }, { context }) => {
    const { schema, version } = schemaOf(context.declarations);
    return { version, ...(known === version ? {} : { config_schema: schema }) };
  },
  update_config: async ({ config }, { context }) => changed(await context.control.push(config)),
  rotate_secret: async ({ new_secret: secret }, { credentials }) => {
    await credentials.rotate(secret);
    return {};
  },
  watch_pictures: async ({ flow_id: flowId, input_id: inputId, seconds }, { context, watch }) => {
    const flow = context.store.config.flows.find(({ id }) => id === flowId);
    if (flow === undefined) {
      throw new Fault("flow_not_found", `There is no flow "${flowId}"`, { details: { flow_id: flowId } });
    }
    if (inputId !== undefined && !flow.input_ids.includes(inputId)) {
      throw new Fault("input_not_on_flow", `The flow "${flowId}" has no input "${inputId}"`, {
        details: { flow_id: flowId, input_id: inputId },
      });
    }
    return { until_unix_ms: watch.watch(flowId, inputId, seconds, Date.now()) };
  },
};

type Versioned = { schema: Record<string, unknown>; version: string };

const schemas = new WeakMap<readonly Declaration[], Versioned>();

/** Made once: it takes a while, and the declarations stay. */
const schemaOf = (declarations: readonly Declaration[]): Versioned => {
  const known = schemas.get(declarations);
  if (known !== undefined) {
    return known;
  }
  const schema = configJsonSchema(declarations);
  const version = createHash("sha256").update(JSON.stringify(schema)).digest("hex").slice(0, 16);
  const made = { schema, version };
  schemas.set(declarations, made);
  return made;
};
