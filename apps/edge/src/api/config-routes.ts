import { z } from "zod";
import { asVersionOne, configJsonSchema, configSchema, effective, keptButUnused, type ConfigDocument } from "@bilbycast/contracts/config";
import { configChangedSchema, configQuery, failureSchema, success } from "@bilbycast/contracts/edge-api";
import { Fault } from "@bilbycast/foundation/fault";
import { objectBody, passBody, type Api, type ApiContext } from "./context.ts";

const tags = ["config"];
const failures = { "4xx": failureSchema, "5xx": failureSchema };
const changed = { 200: success(configChangedSchema), ...failures };

/** The configuration as a whole: read, replace, check, reload, and its JSON Schema. */
export const configRoutes = (api: Api, context: ApiContext): void => {
  const { control, declarations, store } = context;
  const whole = configSchema(declarations);
  const wholeBody = z
    .looseObject({ version: z.literal([1, 2]) })
    .describe("A configuration of version 1 or 2; GET config/schema has all fields.");
  const answer = { 200: success(z.looseObject({ version: z.literal([1, 2]) })), ...failures };
  api.get("/api/v1/config", { schema: { tags, querystring: configQuery, response: answer } }, (request) => ({
    success: true as const,
    data: configView(context, request.query.version),
  }));
  api.put(
    "/api/v1/config",
    { schema: { tags, body: z.union([whole, wholeBody]), response: changed }, validatorCompiler: passBody },
    async (request) => {
      const body = objectBody(request.body);
      const former = JSON.stringify(store.config.server);
      await control.replace(body);
      return { success: true as const, data: changeView(context, former) };
    },
  );
  api.post("/api/v1/config/check", { schema: { tags, body: wholeBody, response: changed }, validatorCompiler: passBody }, (request) => {
    const { config, document } = control.check(objectBody(request.body));
    const isSame = JSON.stringify(config.server) === JSON.stringify(store.config.server);
    return { success: true as const, data: { restart_needed: isSame ? [] : ["server"], unused: keptButUnused(document, declarations) } };
  });
  api.post("/api/v1/config/reload", { schema: { tags, response: changed } }, async () => {
    const former = JSON.stringify(store.config.server);
    await control.reload();
    return { success: true as const, data: changeView(context, former) };
  });
  const jsonSchema = configJsonSchema(declarations);
  api.get("/api/v1/config/schema", { schema: { tags, response: { 200: z.looseObject({}) } } }, () => jsonSchema);
};

const changeView = ({ declarations, store }: ApiContext, formerServer: string) => ({
  restart_needed: JSON.stringify(store.config.server) === formerServer ? [] : ["server"],
  unused: keptButUnused(store.document, declarations),
});

const configView = ({ store }: ApiContext, version: "1" | "2"): ConfigDocument & { version: 1 | 2 } => {
  const document = effective(store.document, store.config) as ConfigDocument & { version: 2 };
  if (version === "2") {
    return document;
  }
  const { document: older, problems } = asVersionOne(document);
  if (older === undefined) {
    throw new Fault(
      "config_version_inexpressible",
      `Version 1 cannot say this configuration: ${problems[0]?.path} ${problems[0]?.message}`,
      {
        details: { problems },
      },
    );
  }
  return { ...older, version: 1 };
};
