import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiFailure, makeApi, urlOf } from "./api.ts";

type Seen = { url: string; init: RequestInit };

const stage = (response: () => Response | Promise<Response>) => {
  const seen: Seen[] = [];
  const api = makeApi(
    async (url, init) => {
      seen.push({ url, init });
      return response();
    },
    () => "csrf",
  );
  return { api, seen };
};

test("parameters stand in the path and cannot leave it", () => {
  assert.equal(urlOf("flowPicture", { params: { node_id: "a", flow_id: "../x y" } }), "/api/v1/nodes/a/flows/..%2Fx%20y/thumbnail");
  assert.equal(urlOf("events", { query: { limit: 50, search: "loss & more" } }), "/api/v1/events?limit=50&search=loss+%26+more");
});

test("what changes something carries the token and the version, what reads does not", async () => {
  const { api, seen } = stage(() => Response.json({}));
  await api("me");
  await api("updateGroup", { params: { group_id: "g" }, body: { name: "G", brand_color: null }, version: 4 });

  const [read, write] = seen.map(({ init }) => init.headers as Record<string, string>);
  assert.equal(read?.["x-csrf-token"], undefined);
  assert.deepEqual([write?.["x-csrf-token"], write?.["if-match"], write?.["content-type"]], ["csrf", '"4"', "application/json"]);
});

test("a refusal is told by its sentence, code and problems", async () => {
  const { api } = stage(() =>
    Response.json(
      {
        error: "A port is taken.",
        error_code: "port_conflict",
        problems: [{ path: "inputs[0].port", code: "port_conflict", message: "Use 7004." }],
      },
      { status: 422 },
    ),
  );

  await assert.rejects(
    api("me"),
    (error) => error instanceof ApiFailure && error.status === 422 && error.code === "port_conflict" && error.problems.length === 1,
  );
});

test("no answer, and an answer of somebody else, are failures too", async () => {
  await assert.rejects(
    stage(() => {
      throw new TypeError("failed to fetch");
    }).api("me"),
    (error) => error instanceof ApiFailure && error.code === "manager_unreachable",
  );
  await assert.rejects(
    stage(() => new Response("<html>", { status: 502 })).api("me"),
    (error) => error instanceof ApiFailure && error.code === "http_502",
  );
});

test("an answer without a body is nothing", async () => {
  assert.equal(await stage(() => new Response(null, { status: 204 })).api("logout"), undefined);
});
