import { ENDPOINTS, failureSchema, needOf, type Endpoint } from "@bilbycast/contracts/manager-api";
import { z } from "zod";
import { openApiLive } from "./openapi-live.ts";

/** The API as OpenAPI 3.1 describes it, made of the same values that serve it. */
export const openApiDocument = (version: string): Record<string, unknown> => {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, endpoint] of Object.entries(ENDPOINTS) as [string, Endpoint][]) {
    const path = `/api/v1${endpoint.path.replaceAll(/:([a-z_]+)/g, "{$1}")}`;
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(name, endpoint) };
  }
  const live = openApiLive(jsonSchemaOf);
  return {
    openapi: "3.1.0",
    info: { title: "bilbycast manager", version, description: "Nodes, people and alarms of every group." },
    paths: { ...paths, ...live.path },
    components: {
      schemas: { ManagerFailure: jsonSchemaOf(failureSchema, "output"), ...live.schemas },
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: "session", description: "Requests that change something also carry X-CSRF-Token." },
        token: { type: "http", scheme: "bearer" },
      },
    },
  };
};

const operationOf = (name: string, endpoint: Endpoint): Record<string, unknown> => {
  const need = needOf(endpoint.act);
  const failure = {
    description: "It did not work, and nothing has changed",
    content: { "application/json": { schema: { $ref: "#/components/schemas/ManagerFailure" } } },
  };
  return {
    operationId: name,
    summary: endpoint.summary,
    tags: [endpoint.path.split("/")[1] ?? ""],
    "x-act": endpoint.act,
    "x-need": need,
    ...(need.at === "public"
      ? { security: [] }
      : { security: [{ session: [] }, ...(need.at === "session" && need.person === true ? [] : [{ token: [] }])] }),
    parameters: [
      ...parametersOf(endpoint.params, "path"),
      ...parametersOf(endpoint.query, "query"),
      ...(endpoint.isVersioned === true ? [IF_MATCH] : []),
    ],
    ...(endpoint.body instanceof z.ZodUndefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: jsonSchemaOf(endpoint.body, "input") } } } }),
    responses: { [endpoint.status]: answerOf(endpoint), "4XX": failure, "5XX": failure },
  };
};

const IF_MATCH = {
  name: "If-Match",
  in: "header",
  required: false,
  schema: { type: "string" },
  description: "The version that the change began from.",
};

const answerOf = ({ answer, mediaType, status }: Endpoint): Record<string, unknown> =>
  status === 204
    ? { description: "Done" }
    : {
        description: "Done",
        content: mediaType === undefined ? { "application/json": { schema: jsonSchemaOf(answer, "output") } } : { [mediaType]: {} },
      };

const parametersOf = (schema: z.ZodType, place: "path" | "query"): Record<string, unknown>[] => {
  const { properties = {}, required = [] } = jsonSchemaOf(schema, "input") as {
    properties?: Record<string, { description?: string }>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
};

const jsonSchemaOf = (schema: z.ZodType, io: "input" | "output"): Record<string, unknown> => {
  const { $schema: _, ...body } = z.toJSONSchema(schema, {
    io,
    target: "draft-2020-12",
    unrepresentable: "any",
    reused: "inline",
    metadata: z.registry(),
  });
  return body;
};
