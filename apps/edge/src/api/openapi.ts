import { EDGE_FAULTS, type EdgeFaultCode } from "@bilbycast/contracts/edge-api";
import type { Access } from "../auth/caller.ts";
import { statusOf } from "./fault-status.ts";
import type { GuardedRoute } from "./access.ts";

type Json = Record<string, unknown>;
type Operation = Json & { responses?: Record<string, Json>; requestBody?: unknown; parameters?: unknown[] };

/** How a caller shows who he is. */
export const SECURITY_SCHEMES = {
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "A token from POST /oauth/token. Without server.auth in the configuration nobody is asked for one.",
  },
  oauth: {
    type: "oauth2",
    description: "The same token, as OAuth 2.0 clients fetch it.",
    flows: { clientCredentials: { tokenUrl: "/oauth/token", scopes: {} } },
  },
} as const;

/** The codes with which each route may refuse, by the way it is called, besides those of its own subject. */
const ALWAYS: readonly EdgeFaultCode[] = ["internal", "origin_refused", "request_timeout"];
const WITH_TOKEN: readonly EdgeFaultCode[] = ["auth_missing", "auth_token_invalid", "auth_token_expired"];
const WITH_BODY: readonly EdgeFaultCode[] = ["request_malformed", "request_too_large", "request_media_type"];
const CHANGING: readonly EdgeFaultCode[] = ["config_invalid", "config_persist_failed"];

/** Codes of the routes' own subjects, by a part of their path. */
const BY_PATH: readonly [pattern: RegExp, methods: string, codes: readonly EdgeFaultCode[]][] = [
  [/\/flows\/\{flow_id\}|\/stats\/\{flow_id\}/, "get put post delete", ["flow_not_found"]],
  [/\/flows$/, "post", ["flow_exists", "input_exists", "output_exists"]],
  [/\/flows\/\{flow_id\}\/start$/, "post", ["flow_already_running"]],
  [/\/flows\/\{flow_id\}\/(stop|restart)$/, "post", ["flow_not_running"]],
  [/activate-input$/, "post", ["input_not_on_flow", "flow_not_running"]],
  [/\/flows\/\{flow_id\}\/outputs$/, "post", ["output_exists", "output_not_found"]],
  [/\/outputs\/\{output_id\}$/, "delete", ["output_not_on_flow"]],
  [/\/inputs$/, "post", ["input_exists"]],
  [/\/outputs$/, "post", ["output_exists"]],
  [/\/inputs\/\{id\}/, "get put delete", ["input_not_found"]],
  [/\/outputs\/\{id\}/, "get put post delete", ["output_not_found"]],
  [/\/inputs\/\{id\}$/, "delete", ["input_in_use"]],
  [/\/outputs\/\{id\}$/, "delete", ["output_in_use"]],
  [/\/flow-groups\/\{group_id\}/, "post", ["flow_group_not_found"]],
  [/\/config$/, "get", ["config_version_inexpressible"]],
  [/\/config(\/check)?$/, "put post", ["tls_unusable"]],
  [/\/config\/reload$/, "post", ["config_unreadable", "tls_unusable"]],
  [/^\/oauth\/token$/, "post", ["auth_client_refused", "auth_not_enabled", "auth_rate_limited"]],
  [/^\/setup/, "get post", ["setup_disabled"]],
  [/^\/setup(\/status)?$/, "get post", ["setup_token_wrong", "auth_rate_limited"]],
  [/\/thumbnail$/, "get", ["input_not_found", "thumbnail_absent"]],
  [/\/ws\/(stats|thumbnails)$/, "get", ["websocket_expected", "websocket_limit"]],
];

/** Says for every operation who may call it and with which status and codes it may refuse. */
export const completeDocument = (document: Json, routes: readonly GuardedRoute[]): Json => {
  const paths = document["paths"] as Record<string, Record<string, Operation>>;
  const accessByRoute = new Map(routes.map((route) => [`${route.method} ${pathOf(route.url)}`, route.access]));
  const completed = Object.entries(paths).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations).map(([method, operation]) => [
        method,
        completeOperation(path, method, operation, accessByRoute.get(`${method.toUpperCase()} ${path}`) ?? "admin"),
      ]),
    ),
  ]);
  return { ...document, paths: Object.fromEntries(completed) as Json };
};

const completeOperation = (path: string, method: string, operation: Operation, access: Access): Operation => {
  const isOpen = access === "public";
  const codes = [
    ...ALWAYS,
    ...(isOpen ? [] : WITH_TOKEN),
    ...(access === "admin" ? (["auth_role_insufficient"] as const) : []),
    ...(operation.requestBody === undefined ? [] : WITH_BODY),
    ...(access === "admin" && method !== "get" ? CHANGING : []),
    ...BY_PATH.filter(([pattern, methods]) => pattern.test(path) && methods.split(" ").includes(method)).flatMap(([, , own]) => own),
  ];
  const { "4xx": _4, "5xx": _5, "4XX": _6, "5XX": _7, ...own } = operation.responses ?? {};
  return {
    operationId: operationIdOf(path, method),
    ...operation,
    security: isOpen ? [] : [{ bearer: [] }, { oauth: [] }],
    responses: { ...own, ...failuresOf(codes), default: failure("Any other refusal: a fault of the engine or of a transport") },
  };
};

const failuresOf = (codes: readonly EdgeFaultCode[]): Record<string, Json> => {
  const statuses = [...new Set(codes.map(statusOf))].toSorted((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const sentences = [...new Set(codes)].filter((code) => statusOf(code) === status).map((code) => `\`${code}\`: ${EDGE_FAULTS[code]}`);
      return [String(status), failure(sentences.join("\n"))];
    }),
  );
};

const failure = (description: string): Json => ({
  description,
  content: { "application/json": { schema: { $ref: "#/components/schemas/Failure" } } },
});

const pathOf = (url: string): string => url.replaceAll(/:(\w+)/g, "{$1}");

/** `postFlowsByFlowIdStart` */
const operationIdOf = (path: string, method: string): string => {
  const words = path.replace("/api/v1", "").replaceAll("{", "by-").split(/\W|_/).filter(Boolean);
  return method + words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
};
