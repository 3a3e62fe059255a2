import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { checkLoosely, configWarnings, type ConfigProblem } from "@bilbycast/contracts/config";
import { declarations } from "@bilbycast/transports/declarations";
import { boundedWarnings, warningSentence, WarningWatch } from "../src/config-warnings.ts";
import { EdgeProcess } from "./edge-process.ts";
import { testApi, type Answer } from "./test-api.ts";
import { wireInput, wireOutput } from "./test-declarations.ts";

type Fields = Record<string, unknown>;

const warningsIn = ({ body }: Answer): Fields[] | undefined => body["warnings"] as Fields[] | undefined;

const placesIn = (answer: Answer): unknown[] =>
  (warningsIn(answer) ?? []).map(({ path, field, code }) => [path, ...(field === undefined ? [] : [field]), code]);

const UNUSUAL = { path: "inputs[0].limit", code: "field_unusual", message: "is above 100, which limits nothing" };

test("each change answers what of it is worth a look, in the words of its body, and nothing of the rest", async (t) => {
  const api = await testApi(t);
  const flow = { id: "f", name: "F", input: wireInput("in", 5001, { limit: 500 }), outputs: [wireOutput("o", { dscp: 50 })] };

  const made = await api.call("POST", "/api/v1/inputs", wireInput("a", 5000, { limit: 101 }));
  const quiet = await api.call("POST", "/api/v1/inputs", wireInput("b", 5002));
  const nested = await api.call("POST", "/api/v1/flows", flow);
  const typo = await api.call("PUT", "/api/v1/outputs/o", wireOutput("o", { dscpp: 46 }));
  const added = await api.call("POST", "/api/v1/flows/f/outputs", wireOutput("p", { dscp: 63 }));
  const closed = await api.call("POST", "/api/v1/outputs/p/active", { active: false });
  const gone = await api.call("DELETE", "/api/v1/inputs/b");

  assert.deepEqual(warningsIn(made), [{ ...UNUSUAL, field: "limit" }]);
  assert.deepEqual([made.status, (made.body.data as Fields)["id"]], [200, "a"]);
  assert.equal("warnings" in quiet.body, false);
  assert.deepEqual(placesIn(nested), [
    ["inputs[2].limit", "input.limit", "field_unusual"],
    ["outputs[0].dscp", "field_unusual"],
  ]);
  assert.deepEqual(placesIn(typo), [["outputs[0].dscpp", "dscpp", "key_unknown"]]);
  assert.match(String(warningsIn(typo)?.[0]?.["message"]), /did you mean "dscp"\?$/);
  assert.deepEqual([placesIn(added), placesIn(closed)], [[["outputs[1].dscp", "dscp", "field_unusual"]], placesIn(added)]);
  assert.deepEqual([gone.status, "warnings" in gone.body], [200, false]);
});

test("a whole configuration answers all of them, when it is put, checked and reloaded; one that is refused answers none", async (t) => {
  const api = await testApi(t);
  const config = {
    version: 1,
    devise_name: "x",
    flows: [{ id: "f", name: "F", input: wireInput("a", 5000, { limit: 200 }), outputs: [] }],
  };
  const all = [
    ["devise_name", "key_unknown"],
    ["inputs[0].limit", "flows[0].input.limit", "field_unusual"],
  ];

  const checked = await api.call("POST", "/api/v1/config/check", config);
  const put = await api.call("PUT", "/api/v1/config", config);
  const again = await api.call("PUT", "/api/v1/config", config);
  writeFileSync(api.path, JSON.stringify({ ...config, generation: undefined }));
  const reloaded = await api.call("POST", "/api/v1/config/reload");
  const refused = await api.call("PUT", "/api/v1/config", { ...config, device_name: 7 });

  assert.deepEqual([placesIn(checked), placesIn(put), placesIn(again), placesIn(reloaded)], [all, all, all, all]);
  assert.deepEqual([refused.status, "warnings" in refused.body], [400, false]);
});

test("a warning becomes an event when its configuration takes effect, and not again while it holds", () => {
  const watch = new WarningWatch();
  const document = (...ids: string[]): Fields => ({ inputs: ids.map((id) => ({ id })) });
  const at = (index: number): ConfigProblem => ({ ...UNUSUAL, path: `inputs[${index}].limit` });
  const head = { path: "later", code: "key_unknown", message: "is kept and not used" };

  const first = watch.take({ warnings: [at(1), head], document: document("a", "b") });
  const moved = watch.take({ warnings: [at(0), head], document: document("b") });
  const other = watch.take({ warnings: [at(0), at(1)], document: document("b", "c") });
  const back = watch.take({ warnings: [at(0), at(1), head], document: document("b", "c") });

  assert.deepEqual(
    first.map(({ code, severity, inputId, message, details }) => ({ code, severity, inputId, message, details })),
    [
      {
        code: "config_warning",
        severity: "warning",
        inputId: "b",
        message: 'limit of the input "b" is above 100, which limits nothing',
        details: { path: "inputs[1].limit", code: "field_unusual" },
      },
      {
        code: "config_warning",
        severity: "warning",
        inputId: undefined,
        message: "later is kept and not used",
        details: { path: "later", code: "key_unknown" },
      },
    ],
  );
  assert.deepEqual(moved, []);
  assert.deepEqual(
    [other, back].map((events) => events.map(({ inputId, details }) => inputId ?? details?.["path"])),
    [["c"], ["later"]],
  );
});

test("a document with more unknown fields than anybody reads is summed up", () => {
  const many = Array.from({ length: 5_000 }, (_, i) => ({ path: `x${i}`, code: "key_unknown", message: "is kept and not used" }));

  const told = boundedWarnings(many);

  assert.equal(told.length, 101);
  assert.deepEqual(told.at(-1), { path: "", code: "warnings_more", message: "has 4900 more warnings; check-config tells them all" });
  assert.equal(warningSentence({ path: "", code: "warnings_more", message: "has more" }, {}), "The configuration has more");
});

for (const type of ["udp", "rtp"]) {
  test(`max_bitrate_mbps of a ${type} input beyond 10000 is accepted and warned about, one of 10000 is not`, () => {
    const input = (id: string, port: number, limit: number): Fields => ({
      type,
      id,
      name: id,
      bind_addr: `0.0.0.0:${port}`,
      max_bitrate_mbps: limit,
      active: false,
    });
    const document = { version: 2, inputs: [input("a", 5000, 10_000), input("b", 5002, 10_000.5), input("c", 5002, 20_000)] };

    const { problems, ...checked } = checkLoosely(document, declarations, { allowInsecure: false });

    // The third is broken, since its port is the second's: what is wrong with it is told already.
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["inputs[2].bind_addr"],
    );
    assert.deepEqual(
      configWarnings({ document, ...checked }, declarations).map(({ path, code }) => [path, code]),
      [["inputs[1].max_bitrate_mbps", "field_unusual"]],
    );
  });
}

const LOUD = {
  version: 2,
  devise_name: "A",
  inputs: [{ type: "udp", id: "cam", name: "Camera", bind_addr: "127.0.0.1:0", max_bitrate_mbps: 20_000 }],
  flows: [{ id: "f", name: "F", input_ids: ["cam"] }],
};

test("check-config tells warnings and ends with 0; a running edge shows them in health, in one event each and in the log", async (t) => {
  const edge = EdgeProcess.launch(t, LOUD);
  const { code } = await EdgeProcess.launch(t, undefined, ["check-config", "--config", edge.configPath]).ended;
  await edge.running(1);
  const warned = async (): Promise<Fields[]> => {
    const { body } = await edge.call("GET", "/api/v1/events");
    return (body["data"] as { events: Fields[] }).events.filter((event) => (event["details"] as Fields)["error_code"] === "config_warning");
  };

  const renamed = await edge.call("PUT", "/api/v1/flows/f", { id: "f", name: "Other", input_ids: ["cam"] });
  const health = (await edge.call("GET", "/health")).body;
  const events = await warned();
  await edge.call("PUT", "/api/v1/inputs/cam", { ...LOUD.inputs[0], max_bitrate_mbps: 10 });
  const after = (await edge.call("GET", "/health")).body;

  assert.equal(code, 0);
  assert.deepEqual([renamed.status, "warnings" in renamed.body], [200, false]);
  assert.deepEqual(
    (health["warnings"] as Fields[]).map(({ code: each, path, message }) => [each, path, message]),
    [
      ["key_unknown", "devise_name", 'devise_name is kept and not used; did you mean "device_name"?'],
      [
        "field_unusual",
        "inputs[0].max_bitrate_mbps",
        'max_bitrate_mbps of the input "cam" is above 10000, which limits nothing that a 10 Gbit/s port brings; the unit is Mbit/s',
      ],
    ],
  );
  assert.deepEqual(
    events.map(({ input_id, severity }) => [input_id, severity]),
    [
      [undefined, "warning"],
      ["cam", "warning"],
    ],
  );
  assert.equal(edge.logged('max_bitrate_mbps of the input "cam"').length, 1);
  assert.deepEqual(
    (after["warnings"] as Fields[]).map(({ path }) => path),
    ["devise_name"],
  );
  assert.equal((await warned()).length, 2);
});
