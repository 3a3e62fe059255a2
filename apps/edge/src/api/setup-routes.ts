import { isObject, type Config } from "@bilbycast/contracts/config";
import { failureSchema, setupAnswer, setupBody, setupHeaders, setupStatusSchema, type SetupBody } from "@bilbycast/contracts/edge-api";
import type { ConfigDraft } from "../config-draft.ts";
import { loadPage, sendPage } from "../pages/page.ts";
import type { Api, ApiContext } from "./context.ts";

const tags = ["setup"];
const failures = { "4xx": failureSchema, "5xx": failureSchema };
const config = { access: "public", sameOrigin: true } as const;

/** The wizard that a browser shows before anything else is set up, and what it sends. */
export const setupRoutes = (api: Api, { control, setup, store }: ApiContext): void => {
  const page = loadPage("setup", { styles: ["tokens.css", "setup.css"], scripts: ["element.js", "setup.js"] });
  api.get("/setup", { config, schema: { tags, summary: "The setup page", produces: ["text/html"] } }, (_request, reply) => {
    setup.assertEnabled();
    return sendPage(reply, page);
  });
  api.get(
    "/setup/status",
    {
      config,
      schema: { tags, summary: "What is set up so far", headers: setupHeaders, response: { 200: setupStatusSchema, ...failures } },
    },
    (request) => {
      setup.assertAllowed(request.ip, request.headers);
      return statusOf(store.config, setup.isEnabled);
    },
  );
  api.post(
    "/setup",
    {
      config,
      schema: {
        tags,
        summary: "Set up name, address and manager",
        headers: setupHeaders,
        body: setupBody,
        response: { 200: setupAnswer, ...failures },
      },
      onRequest: async (request) => setup.assertAllowed(request.ip, request.headers),
    },
    async (request) => {
      const { body } = request;
      const former = store.config.server;
      await control.change((draft) => setUp(draft, body));
      const { server } = store.config;
      const hasMoved = server.listen_addr !== former.listen_addr || server.listen_port !== former.listen_port;
      return {
        success: true as const,
        message: hasMoved ? "Saved. Address and port take effect when the edge is started again." : "Saved.",
      };
    },
  );
};

const statusOf = ({ server, device_name: name, manager }: Config, isEnabled: boolean) => ({
  listen_addr: server.listen_addr,
  listen_port: server.listen_port,
  manager_url: manager?.urls[0] ?? null,
  accept_self_signed_cert: manager?.accept_self_signed_cert ?? false,
  registration_token: null,
  device_name: name ?? null,
  setup_enabled: isEnabled,
});

const setUp = (draft: ConfigDraft, body: SetupBody): void => {
  const { document } = draft;
  const former = isObject(document["manager"]) ? document["manager"] : {};
  const server = isObject(document["server"]) ? document["server"] : {};
  const { manager_url: url, device_name, listen_addr, listen_port, accept_self_signed_cert, registration_token } = body;
  draft.document = {
    ...document,
    ...given({ device_name }),
    server: { ...server, ...given({ listen_addr, listen_port }) },
    manager: { ...former, enabled: true, urls: [url], ...given({ accept_self_signed_cert, registration_token }) },
  };
};

/** The fields that were filled in. */
const given = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ""));
