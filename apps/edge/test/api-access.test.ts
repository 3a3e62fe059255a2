import assert from "node:assert/strict";
import { test } from "node:test";
import type { HTTPMethods } from "fastify";
import { guardedRoutes } from "../src/api/access.ts";
import { bearer, guarded, tokenOf } from "./api-clients.ts";
import { testApi } from "./test-api.ts";
import { wireInput, wireOutput } from "./test-declarations.ts";

type Who = "public" | "metrics" | "any" | "admin";

/** Every route of the API and who may call it. A route that is missing here fails the first test below. */
const ROUTES: Readonly<Record<string, Who>> = {
  "GET /health": "metrics",
  "GET /metrics": "metrics",
  "POST /oauth/token": "public",
  "GET /setup": "public",
  "GET /setup/status": "public",
  "POST /setup": "public",
  "GET /api/v1/stats": "any",
  "GET /api/v1/stats/:flow_id": "any",
  "GET /api/v1/ws/stats": "any",
  "GET /api/v1/ws/thumbnails": "any",
  "GET /api/v1/flows/:flow_id/thumbnail": "any",
  "GET /api/v1/flows/:flow_id/inputs/:input_id/thumbnail": "any",
  "GET /api/v1/events": "any",
  "GET /api/v1/openapi.json": "any",
  "GET /api/v1/config": "any",
  "PUT /api/v1/config": "admin",
  "POST /api/v1/config/check": "admin",
  "POST /api/v1/config/reload": "admin",
  "GET /api/v1/config/schema": "any",
  "GET /api/v1/flows": "any",
  "POST /api/v1/flows": "admin",
  "GET /api/v1/flows/:flow_id": "any",
  "PUT /api/v1/flows/:flow_id": "admin",
  "DELETE /api/v1/flows/:flow_id": "admin",
  "POST /api/v1/flows/:flow_id/start": "admin",
  "POST /api/v1/flows/:flow_id/stop": "admin",
  "POST /api/v1/flows/:flow_id/restart": "admin",
  "POST /api/v1/flows/:flow_id/activate-input": "admin",
  "POST /api/v1/flows/:flow_id/outputs": "admin",
  "DELETE /api/v1/flows/:flow_id/outputs/:output_id": "admin",
  "GET /api/v1/flow-groups": "any",
  "POST /api/v1/flow-groups/:group_id/start": "admin",
  "POST /api/v1/flow-groups/:group_id/stop": "admin",
  "GET /api/v1/inputs": "any",
  "POST /api/v1/inputs": "admin",
  "GET /api/v1/inputs/:id": "any",
  "PUT /api/v1/inputs/:id": "admin",
  "DELETE /api/v1/inputs/:id": "admin",
  "GET /api/v1/outputs": "any",
  "POST /api/v1/outputs": "admin",
  "GET /api/v1/outputs/:id": "any",
  "PUT /api/v1/outputs/:id": "admin",
  "DELETE /api/v1/outputs/:id": "admin",
  "POST /api/v1/outputs/:id/active": "admin",
};

const MONITOR_ROUTES: Readonly<Record<string, Who>> = {
  "GET /": "public",
  "GET /health": "metrics",
  "POST /oauth/token": "public",
  "GET /api/v1/stats": "any",
  "GET /api/v1/stats/:flow_id": "any",
  "GET /api/v1/ws/stats": "any",
  "GET /api/v1/ws/thumbnails": "any",
  "GET /api/v1/flows/:flow_id/thumbnail": "any",
  "GET /api/v1/flows/:flow_id/inputs/:input_id/thumbnail": "any",
  "GET /api/v1/events": "any",
};

/** Reading is asked with HEAD as well, which is GET to whoever decides. */
const withHead = (routes: Readonly<Record<string, Who>>): Record<string, Who> => ({
  ...routes,
  ...Object.fromEntries(
    Object.entries(routes)
      .filter(([route]) => route.startsWith("GET "))
      .map(([route, who]) => [route.replace("GET", "HEAD"), who]),
  ),
});

const CALLERS = {
  nobody: {},
  "a forged token": bearer("a.b.c"),
  "an expired token": bearer(tokenOf("admin", -1)),
  monitor: bearer(tokenOf("monitor")),
  admin: bearer(tokenOf("admin")),
} as const;

/** What the caller must get at the door; `undefined` when he must pass it. */
const doorOf = (caller: keyof typeof CALLERS, who: Who, publicMetrics: boolean): 401 | 403 | undefined => {
  if (who === "public" || (who === "metrics" && publicMetrics) || caller === "admin") {
    return undefined;
  }
  if (caller === "monitor") {
    return who === "admin" ? 403 : undefined;
  }
  return 401;
};

for (const [name, monitor, table] of [
  ["API", false, ROUTES],
  ["monitor page", true, MONITOR_ROUTES],
] as const) {
  for (const publicMetrics of [true, false]) {
    test(`every route of the ${name} lets in whom it should and nobody else, public_metrics ${publicMetrics}`, async (t) => {
      const { api } = await testApi(t, {
        monitor,
        config: guarded({}, { public_metrics: publicMetrics, token_rate_limit_per_minute: 1000 }),
      });
      await api.ready();
      const expected = withHead(table);
      const registered = guardedRoutes(api).map(({ method, url }) => `${method} ${url}`);

      assert.deepEqual(registered.toSorted(), Object.keys(expected).toSorted());
      for (const [route, who] of Object.entries(expected)) {
        const [method, url = ""] = route.split(" ");
        for (const caller of Object.keys(CALLERS) as (keyof typeof CALLERS)[]) {
          const hasBody = method === "POST" || method === "PUT";
          const answer = await api.inject({
            method: method as HTTPMethods & "GET",
            url: url.replaceAll(/:\w+/g, "nothing"),
            headers: { host: "127.0.0.1:8080", ...CALLERS[caller] },
            ...(hasBody ? { payload: {} } : {}),
          });
          const door = doorOf(caller, who, publicMetrics);
          const told = [route, caller, answer.statusCode];
          if (door === undefined) {
            assert.ok(answer.statusCode !== 401 && answer.statusCode !== 403, JSON.stringify(told));
          } else {
            assert.deepEqual(told, [route, caller, door]);
          }
        }
      }
    });
  }
}

test("the refusals say what is missing, in words that programs know", async (t) => {
  const api = await testApi(t, { config: guarded() });

  const nobody = await api.call("GET", "/api/v1/config");
  const monitor = await api.call("DELETE", "/api/v1/flows/f", undefined, bearer(tokenOf("monitor")));

  assert.deepEqual([nobody.status, nobody.body.error], [401, "missing Authorization header"]);
  assert.deepEqual([monitor.status, monitor.body.error], [403, "admin role required"]);
});

test("a body is not read for somebody who is not let in", async (t) => {
  const api = await testApi(t, { config: guarded() });

  const answer = await api.call("POST", "/api/v1/flows", "{ this is no JSON");

  assert.equal(answer.status, 401);
});

test("credentials of inputs and outputs are answered to administrators alone, wherever they stand", async (t) => {
  const output = wireOutput("o", { key: "of-the-output" });
  const flow = { id: "f", name: "F", input_ids: ["a"], output_ids: ["o"] };
  const api = await testApi(t, { config: guarded({ inputs: [wireInput("a", 5000)], outputs: [output], flows: [flow] }) });
  const places = ["/api/v1/config", "/api/v1/config?version=1", "/api/v1/outputs", "/api/v1/outputs/o", "/api/v1/flows/f", "/api/v1/stats"];

  for (const place of places) {
    const seen = await api.call("GET", place, undefined, bearer(tokenOf("monitor")));
    assert.equal(seen.status, 200, place);
    assert.doesNotMatch(JSON.stringify(seen.body), /of-the-output|"key"/, place);
  }
  const admin = await api.call("GET", "/api/v1/outputs/o", undefined, bearer(tokenOf("admin")));
  const monitor = await api.call("GET", "/api/v1/outputs/o", undefined, bearer(tokenOf("monitor")));
  assert.deepEqual(admin.body.data, { ...output, active: true, dscp: 46 });
  assert.deepEqual(monitor.body.data, { ...wireOutput("o"), active: true, dscp: 46 });
});

test("the description names every route, how to be let in, and every code that each can refuse with", async (t) => {
  const { api } = await testApi(t);

  const document = (await api.inject({ url: "/api/v1/openapi.json", headers: { host: "localhost" } })).json<{
    openapi: string;
    paths: Record<
      string,
      Record<string, { security: unknown[]; responses: Record<string, { description: string }>; operationId: string; summary?: string }>
    >;
    components: { securitySchemes: Record<string, unknown>; schemas: Record<string, unknown> };
  }>();

  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })),
  );
  assert.equal(document.openapi, "3.1.0");
  assert.deepEqual(Object.keys(document.components.securitySchemes).toSorted(), ["bearer", "oauth"]);
  assert.ok("Failure" in document.components.schemas);
  assert.deepEqual(
    described.map(({ route }) => route).toSorted(),
    Object.keys(ROUTES)
      .map((route) => route.replaceAll(/:(\w+)/g, "{$1}"))
      .toSorted(),
  );
  assert.equal(new Set(described.map(({ operation }) => operation.operationId)).size, described.length);
  for (const { route, operation } of described) {
    const who = ROUTES[route.replaceAll(/\{(\w+)\}/g, ":$1")];
    assert.ok((operation.summary ?? "").length > 5, route);
    assert.equal(operation.security.length > 0, who !== "public", route);
    assert.equal("401" in operation.responses, who !== "public", route);
    assert.equal((operation.responses["403"]?.description ?? "").includes("auth_role_insufficient"), who === "admin", route);
    assert.ok("200" in operation.responses || route.startsWith("GET /api/v1/ws/"), route);
    assert.ok("500" in operation.responses && "default" in operation.responses, route);
  }
});
