import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { testApi, type TestApi } from "./test-api.ts";
import { wireInput, wireOutput } from "./test-declarations.ts";

type Fields = Record<string, unknown>;

const onDisk = (api: TestApi): Fields => JSON.parse(readFileSync(api.path, "utf8")) as Fields;
const flowIds = (api: TestApi): string[] => api.engine.flows.map((flow) => flow.id);

/** A flow "f" with the input "a", the standby input "b" and the output "o". */
const withFlow = async (api: TestApi): Promise<void> => {
  await api.call("POST", "/api/v1/inputs", wireInput("a", 5000));
  await api.call("POST", "/api/v1/inputs", wireInput("b", 5001, { active: false }));
  await api.call("POST", "/api/v1/outputs", wireOutput("o"));
  const made = await api.call("POST", "/api/v1/flows", { id: "f", name: "F", input_ids: ["a", "b"], output_ids: ["o"] });
  assert.equal(made.status, 200, JSON.stringify(made.body));
};

test("a flow that is created runs, and is on the disk", async (t) => {
  const api = await testApi(t);

  await withFlow(api);

  assert.deepEqual(api.engine.flows, [
    {
      id: "f",
      bus: { bytes: 4_194_304, packets: 4096 },
      queue: 2048,
      inputs: [
        { id: "a", kind: "wire", config: { bind_addr: "127.0.0.1:5000" } },
        { id: "b", kind: "wire", config: { bind_addr: "127.0.0.1:5001" } },
      ],
      active: "a",
      outputs: [{ id: "o", kind: "wire", config: { dest_addr: "127.0.0.1:6000", dscp: 46 } }],
      analysis: { tr101290: true, media: true },
      pictures: { interval: 5_000_000 },
    },
  ]);
  assert.deepEqual((onDisk(api)["flows"] as Fields[])[0], { id: "f", name: "F", input_ids: ["a", "b"], output_ids: ["o"] });
});

test("a nested flow of version 1 is taken apart, and its errors are told in its own words", async (t) => {
  const api = await testApi(t);
  const nested = { id: "n", name: "N", input: { type: "wire", bind_addr: "127.0.0.1:7000" }, outputs: [wireOutput("x")] };

  const refused = await api.call("POST", "/api/v1/flows", { ...nested, outputs: [wireOutput("x"), wireOutput("y", { dscp: 99 })] });
  const made = await api.call("POST", "/api/v1/flows", nested);

  assert.equal(refused.status, 400);
  assert.equal(refused.body.field, "outputs[1].dscp");
  assert.deepEqual((made.body.data as Fields)["input_ids"], ["n-in"]);
  assert.deepEqual(flowIds(api), ["n"]);
});

test("a nested flow that is put again owns its parts: those that it no longer names go", async (t) => {
  const api = await testApi(t);
  const nested = { id: "n", name: "N", input: { type: "wire", bind_addr: "127.0.0.1:7000" }, outputs: [wireOutput("x"), wireOutput("y")] };
  await api.call("POST", "/api/v1/flows", nested);

  const changed = await api.call("PUT", "/api/v1/flows/n", { ...nested, outputs: [wireOutput("y", { dscp: 0 })] });

  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  assert.deepEqual(
    (onDisk(api)["outputs"] as Fields[]).map((output) => [output["id"], output["dscp"]]),
    [["y", 0]],
  );
});

test("a nested flow that was deleted can be created again under the same ids", async (t) => {
  const api = await testApi(t);
  const nested = { id: "n", name: "N", input: { type: "wire", bind_addr: "127.0.0.1:7000" }, outputs: [wireOutput("x")] };
  await api.call("POST", "/api/v1/flows", nested);
  await api.call("DELETE", "/api/v1/flows/n");

  const made = await api.call("POST", "/api/v1/flows", nested);

  assert.equal(made.status, 200, JSON.stringify(made.body));
  assert.deepEqual((made.body.data as Fields)["output_ids"], ["x"]);
});

/** Requests that must change nothing: method, path, body, status, code, field. */
const refused: [
  name: string,
  method: "POST" | "PUT" | "DELETE",
  url: string,
  body: unknown,
  status: number,
  code: string,
  field?: string,
][] = [
  ["a field out of range", "POST", "/api/v1/flows/f/outputs", wireOutput("p", { dscp: 64 }), 400, "config_invalid", "dscp"],
  ["a body without an id", "POST", "/api/v1/inputs", { type: "wire", name: "x", bind_addr: "127.0.0.1:1" }, 400, "config_invalid", "id"],
  ["a part that is replaced by a wrong one", "PUT", "/api/v1/inputs/a", wireInput("a", 99_999), 400, "config_invalid", "bind_addr"],
  ["a port that another input has", "POST", "/api/v1/inputs", wireInput("c", 5000), 400, "config_invalid", "bind_addr"],
  ["a reference to nothing", "PUT", "/api/v1/flows/f", { name: "F", input_ids: ["a", "zz"] }, 400, "config_invalid", "input_ids[1]"],
  ["a second flow of the same id", "POST", "/api/v1/flows", { id: "f", name: "F" }, 409, "flow_exists", "id"],
  ["an output that exists", "POST", "/api/v1/flows/f/outputs", wireOutput("o"), 409, "output_exists", "id"],
  [
    "an assignment of an output that another place holds",
    "POST",
    "/api/v1/flows/f/outputs",
    { output_id: "o" },
    400,
    "config_invalid",
    "output_id",
  ],
  ["an assignment of nothing", "POST", "/api/v1/flows/f/outputs", { output_id: "zz" }, 404, "output_not_found", "output_id"],
  ["an input in use", "DELETE", "/api/v1/inputs/a", undefined, 409, "input_in_use"],
  ["an unknown flow", "DELETE", "/api/v1/flows/zz", undefined, 404, "flow_not_found"],
  ["an unknown output of a flow", "DELETE", "/api/v1/flows/f/outputs/zz", undefined, 404, "output_not_on_flow"],
  ["a flow that runs already", "POST", "/api/v1/flows/f/start", undefined, 409, "flow_already_running"],
  ["an input that is not the flow's", "POST", "/api/v1/flows/f/activate-input", { input_id: "zz" }, 400, "input_not_on_flow", "input_id"],
  ["a switch without an input", "POST", "/api/v1/flows/f/activate-input", {}, 400, "request_malformed", "input_id"],
  ["a body that is a list", "POST", "/api/v1/flows", [], 400, "request_malformed"],
  ["a body that is no JSON", "POST", "/api/v1/flows", "{", 400, "request_malformed"],
  ["a body that is too large", "POST", "/api/v1/flows", { id: "x", name: "x".repeat(1_100_000) }, 413, "request_too_large"],
  ["a path that does not exist", "POST", "/api/v1/flow", {}, 404, "route_not_found"],
  ["a configuration of the future", "PUT", "/api/v1/config", { version: 3 }, 400, "config_invalid", "version"],
  [
    "a configuration with an error deep inside",
    "PUT",
    "/api/v1/config",
    { version: 2, inputs: [wireInput("q", 1), wireInput("r", 99_999)] },
    400,
    "config_invalid",
    "inputs[1].bind_addr",
  ],
];

for (const [name, method, url, body, status, code, field] of refused) {
  test(`${name} is refused and changes nothing`, async (t) => {
    const api = await testApi(t);
    await withFlow(api);
    const [disk, flows, applied] = [onDisk(api), api.engine.flows, api.engine.applied.length];

    const answer = await api.call(method, url, body);

    assert.deepEqual([answer.status, answer.body.error_code, answer.body.field], [status, code, field], JSON.stringify(answer.body));
    assert.equal(answer.body["success"], false);
    assert.deepEqual(onDisk(api), disk);
    assert.equal(api.engine.flows, flows);
    assert.equal(api.engine.applied.length, applied);
  });
}

test("what the engine refuses changes nothing, and names the field", async (t) => {
  const api = await testApi(t);
  await withFlow(api);
  const [disk, flows] = [onDisk(api), api.engine.flows];
  await api.call("POST", "/api/v1/inputs", wireInput("c", 5002, { active: false }));
  api.engine.refuse = "c";

  const answer = await api.call("PUT", "/api/v1/flows/f", { name: "F", input_ids: ["a", "b", "c"], output_ids: ["o"] });

  assert.equal(answer.status, 409);
  assert.equal(answer.body.error_code, "wire_bind_failed");
  assert.equal(answer.body.field, "inputs[2].bind_addr");
  assert.deepEqual(onDisk(api)["flows"], disk["flows"]);
  assert.deepEqual(api.engine.flows, flows);
});

test("the engine's refusal of a nested flow is told in the words of the body", async (t) => {
  const api = await testApi(t);
  api.engine.refuse = "n-in";

  const answer = await api.call("POST", "/api/v1/flows", {
    id: "n",
    name: "N",
    input: { type: "wire", bind_addr: "127.0.0.1:7000" },
    outputs: [],
  });

  assert.equal(answer.body.field, "input.bind_addr");
  assert.equal(existsSync(api.path), false);
});

test("an input is switched without touching the flow, and stays active in the configuration", async (t) => {
  const api = await testApi(t);
  await withFlow(api);
  const applied = api.engine.applied.length;

  const answer = await api.call("POST", "/api/v1/flows/f/activate-input", { input_id: "b" });
  const again = await api.call("POST", "/api/v1/flows/f/activate-input", { input_id: "b", splice_mode_override: "pes_aligned" });

  assert.deepEqual(answer.body.data, { flow_id: "f", active_input_id: "b" });
  assert.deepEqual(again.body.data, {
    ...{ flow_id: "f", active_input_id: "b", unchanged: true },
    splice_mode_override: { requested: "pes_aligned", effect: "none", code: "splice_override_ignored" },
  });
  assert.deepEqual(api.engine.switched, [["f", "b"]]);
  assert.equal(api.engine.applied.length, applied);
  assert.deepEqual(
    (onDisk(api)["inputs"] as Fields[]).map((input) => input["active"]),
    [false, true],
  );
});

test("a flow stops, refuses to be switched while it is stopped, and starts again", async (t) => {
  const api = await testApi(t);
  await withFlow(api);

  const stopped = await api.call("POST", "/api/v1/flows/f/stop");
  const again = await api.call("POST", "/api/v1/flows/f/stop");
  const switched = await api.call("POST", "/api/v1/flows/f/activate-input", { input_id: "b" });
  assert.deepEqual(flowIds(api), []);
  const started = await api.call("POST", "/api/v1/flows/f/start");

  assert.deepEqual(stopped.body.data, { id: "f", state: "stopped" });
  assert.equal(again.body.error_code, "flow_not_running");
  assert.equal(switched.status, 409);
  assert.equal(started.status, 200);
  assert.deepEqual(flowIds(api), ["f"]);
  assert.equal((onDisk(api)["flows"] as Fields[])[0]?.["enabled"], undefined);
});

test("a flow that a person stopped stays stopped through other changes, until somebody writes enabled", async (t) => {
  const api = await testApi(t);
  await withFlow(api);
  await api.call("POST", "/api/v1/flows/f/stop");

  await api.call("POST", "/api/v1/inputs", wireInput("z", 5009));
  assert.deepEqual(flowIds(api), []);
  await api.call("PUT", "/api/v1/flows/f", { name: "F", enabled: false, input_ids: ["a", "b"] });
  await api.call("PUT", "/api/v1/flows/f", { name: "F", enabled: true, input_ids: ["a", "b"] });

  assert.deepEqual(flowIds(api), ["f"]);
});

test("an output is added to and taken off a running flow", async (t) => {
  const api = await testApi(t);
  await withFlow(api);

  const added = await api.call("POST", "/api/v1/flows/f/outputs", wireOutput("p"));
  const kept = await api.call("DELETE", "/api/v1/flows/f/outputs/p?keep=true");
  const assigned = await api.call("POST", "/api/v1/flows/f/outputs", { output_id: "p" });
  const removed = await api.call("DELETE", "/api/v1/flows/f/outputs/p");
  const gone = await api.call("GET", "/api/v1/outputs/p");

  assert.deepEqual(added.body.data, { ...wireOutput("p"), active: true, dscp: 46 });
  assert.deepEqual([kept.status, assigned.status, removed.status, gone.status], [200, 200, 200, 404]);
});

test("an output that is made inactive is closed and keeps its place", async (t) => {
  const api = await testApi(t);
  await withFlow(api);

  await api.call("POST", "/api/v1/outputs/o/active", { active: false });

  assert.deepEqual(api.engine.flows[0]?.outputs, []);
  assert.deepEqual(((await api.call("GET", "/api/v1/flows/f")).body.data as Fields)["output_ids"], ["o"]);
});

test("the configuration that is read can be put back, in both versions, without changing what runs", async (t) => {
  const api = await testApi(t);
  await api.call("POST", "/api/v1/inputs", wireInput("a", 5000));
  await api.call("POST", "/api/v1/flows", { id: "f", name: "F", input_ids: ["a"], clock_domain: 3 });
  const flows = api.engine.flows;

  for (const version of ["2", "1"]) {
    const config = (await api.call("GET", `/api/v1/config?version=${version}`)).body.data as Fields;
    const answer = await api.call("PUT", "/api/v1/config", config);

    assert.equal(config["version"], Number(version));
    assert.deepEqual(answer.body.data, { restart_needed: [], unused: ["flows[0].clock_domain"] });
    assert.deepEqual(api.engine.flows, flows);
  }
  assert.equal(onDisk(api)["version"], 2);
});

test("version 1 is refused with the reason when the configuration has more than it can say", async (t) => {
  const api = await testApi(t);
  await withFlow(api);

  const answer = await api.call("GET", "/api/v1/config?version=1");

  assert.equal(answer.status, 409);
  assert.equal(answer.body.error_code, "config_version_inexpressible");
});

test("requests that come together take effect one after the other", async (t) => {
  const api = await testApi(t);

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => api.call("POST", "/api/v1/inputs", wireInput(`in-${i}`, 5000 + i))),
  );

  assert.deepEqual(
    answers.map((answer) => answer.status),
    Array.from({ length: 20 }, () => 200),
  );
  assert.equal((onDisk(api)["inputs"] as unknown[]).length, 20);
});

test("a page of another site and a name that is not ours are kept out", async (t) => {
  const api = await testApi(t);

  const otherSite = await api.call("GET", "/api/v1/flows", undefined, { origin: "http://evil.example" });
  const otherName = await api.call("GET", "/api/v1/flows", undefined, { host: "evil.example:8080" });
  const ownPage = await api.call("GET", "/api/v1/flows", undefined, { origin: "http://127.0.0.1:8080" });
  const local = await api.call("GET", "/api/v1/flows", undefined, { host: "localhost:8080" });

  assert.deepEqual([otherSite.status, otherName.status, ownPage.status, local.status], [403, 403, 200, 200]);
});

test("every answer fits the contract and every path is on the page of the API", async (t) => {
  const api = await testApi(t);
  await withFlow(api);

  const page = (await api.call("GET", "/api/v1/openapi.json")).body as Fields & { paths: Record<string, Fields> };
  for (const url of [
    "/health",
    "/api/v1/stats",
    "/api/v1/stats/f",
    "/api/v1/events",
    "/api/v1/config/schema",
    "/api/v1/inputs",
    "/api/v1/outputs/o",
  ]) {
    assert.equal((await api.call("GET", url)).status, 200, url);
  }

  const text = JSON.stringify(page);
  const components = Object.keys((page["components"] as { schemas: Fields }).schemas);
  const references = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? "");
  assert.deepEqual(
    references.filter((name) => !components.includes(name)),
    [],
  );
  assert.ok(references.length > 0);
  assert.equal(page["openapi"], "3.1.0");
  assert.deepEqual(Object.keys(page.paths["/api/v1/flows/{flow_id}"] ?? {}).toSorted(), ["delete", "get", "put"]);
  assert.ok(page.paths["/api/v1/flows/{flow_id}/activate-input"]?.["post"] !== undefined);
});

test("an id with signs that a path does not bear is reached in its encoded form", async (t) => {
  const api = await testApi(t);
  const id = "studio A/1 ü%";
  await api.call("POST", "/api/v1/inputs", wireInput(id, 5000));

  const answer = await api.call("GET", `/api/v1/inputs/${encodeURIComponent(id)}`);

  assert.equal((answer.body.data as Fields)["id"], id);
});
