import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { configJsonSchema, configSchema, keptButUnused, type Config } from "@bilbycast/contracts/config";
import { configChangedSchema, configQuery, failureSchema, success, successOfChange } from "@bilbycast/contracts/edge-api";
import { withFields } from "../config-store.ts";
import type { Admission } from "../control.ts";
import { configView } from "./config-view.ts";
import { changed, objectBody, passBody, type Api, type ApiContext } from "./context.ts";

const tags = ["config"];
const failures = { "4xx": failureSchema, "5xx": failureSchema };
const changeAnswer = { 200: successOfChange(configChangedSchema), ...failures };

const wholeBody = z
  .looseObject({ version: z.literal([1, 2]) })
  .describe("A configuration of version 1 or 2; GET config/schema has all fields.");

/** The configuration as a whole: read, replace, check, reload, and its JSON Schema. */
export const configRoutes = (api: Api, context: ApiContext): void => {
  const { control, declarations, store } = context;
  const whole = configSchema(declarations);
  const answer = { 200: success(z.looseObject({ version: z.literal([1, 2]) })), ...failures };
  api.get(
    "/api/v1/config",
    {
      schema: {
        summary: "Read the configuration, without credentials of the edge itself",
        tags,
        querystring: configQuery,
        response: answer,
      },
    },
    (request) => ({
      success: true as const,
      data: configView(context, request.query.version),
    }),
  );
  api.put(
    "/api/v1/config",
    {
      schema: {
        summary: "Replace the configuration; what did not change is not touched",
        tags,
        body: z.union([whole, wholeBody]),
        response: changeAnswer,
      },
      validatorCompiler: passBody,
    },
    async (request) => {
      const body = objectBody(request.body);
      const former = store.config;
      const warnings = await control.replace(body, admitOther(context));
      return changed(changeView(context, former), warnings);
    },
  );
  sideRoutes(api, context);
};

/** Beside the document itself: its check, the file on the disk, its schema. */
const sideRoutes = (api: Api, context: ApiContext): void => {
  const { control, declarations, store } = context;
  api.post(
    "/api/v1/config/check",
    {
      schema: { summary: "Check a configuration without any effect", tags, body: wholeBody, response: changeAnswer },
      validatorCompiler: passBody,
    },
    async (request) => {
      const { config, document, origins, warnings } = control.check(store.withSecrets(objectBody(request.body)));
      await admitOther(context)(config);
      const data = { restart_needed: restartNeeded(store.config, config), unused: keptButUnused(document, declarations) };
      return changed(data, withFields(warnings, origins));
    },
  );
  api.post(
    "/api/v1/config/reload",
    { schema: { summary: "Read the file again, and the certificate", tags, response: changeAnswer } },
    async () => {
      const former = store.config;
      const warnings = await control.reload(context.admitTls);
      return changed(changeView(context, former), warnings);
    },
  );
  const jsonSchema = configJsonSchema(declarations);
  api.get(
    "/api/v1/config/schema",
    { config: { describes: true }, schema: { summary: "The configuration as JSON Schema", tags, response: { 200: z.looseObject({}) } } },
    () => jsonSchema,
  );
};

/** A certificate that the configuration names already is followed by itself: files in the middle of a renewal keep no change out. */
const admitOther =
  ({ admitTls, store }: ApiContext): Admission =>
  async (next) =>
    isDeepStrictEqual(next.server.tls, store.config.server.tls) ? () => undefined : admitTls(next);

/** Sections with something that is only read at a start: addresses, and whether it is TLS. Who may call counts at once. */
const restartNeeded = (former: Config, next: Config): string[] => [
  ...(JSON.stringify(listenerOf(former)) === JSON.stringify(listenerOf(next)) ? [] : ["server"]),
  ...(JSON.stringify(former.monitor) === JSON.stringify(next.monitor) ? [] : ["monitor"]),
];

const listenerOf = ({ server }: Config) => {
  const { auth: _, tls, allowed_hosts: _hosts, ...listener } = server;
  return { ...listener, isTls: tls !== undefined };
};

const changeView = ({ declarations, store }: ApiContext, former: Config) => ({
  restart_needed: restartNeeded(former, store.config),
  unused: keptButUnused(store.document, declarations),
});
