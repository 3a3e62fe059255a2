import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { declarations as transports } from "@bilbycast/transports/declarations";
import { checkConfig } from "../check-config.ts";
import type { ConfigDocument } from "../document.ts";
import { inGivenWords, migrate } from "../migrate.ts";
import { keptButUnused } from "../unused.ts";
import { asVersionOne } from "../version-one.ts";
import { declarations } from "./declarations.ts";

const FIXTURES = new URL("fixtures/", import.meta.url);
const fixture = (name: string): ConfigDocument => JSON.parse(readFileSync(new URL(name, FIXTURES), "utf8")) as ConfigDocument;

const nested = (flows: ConfigDocument[]): ConfigDocument => ({
  version: 1,
  server: { listen_addr: "127.0.0.1", listen_port: 8080 },
  flows,
});
const wireFlow = (id: string, port: number, outputs: string[], input: ConfigDocument = {}): ConfigDocument => ({
  id,
  name: `Flow ${id}`,
  input: { type: "wire", bind_addr: `127.0.0.1:${port}`, ...input },
  outputs: outputs.map((output) => ({ type: "wire", id: output, name: output, dest_addr: "127.0.0.1:6000" })),
});
const ids = (list: unknown): unknown[] => (list as ConfigDocument[]).map((entry) => entry["id"]);

test("an input gets the id of its flow with -in, and the flow's name; outputs keep their ids", () => {
  const { document } = migrate(nested([wireFlow("main", 5000, ["a", "b"])]));

  assert.deepEqual(document["inputs"], [{ type: "wire", bind_addr: "127.0.0.1:5000", id: "main-in", name: "Flow main" }]);
  assert.deepEqual(document["flows"], [{ id: "main", name: "Flow main", input_ids: ["main-in"], output_ids: ["a", "b"] }]);
  assert.equal(document["version"], 2);
  assert.deepEqual(checkConfig(document, declarations).problems, []);
});

test("an input that brings an id and a name keeps them", () => {
  const { document } = migrate(nested([wireFlow("main", 5000, [], { id: "cam", name: "Camera" })]));

  assert.deepEqual(document["inputs"], [{ type: "wire", bind_addr: "127.0.0.1:5000", id: "cam", name: "Camera" }]);
});

test("ids that were unique per flow alone get the flow's id in front from the second on", () => {
  const { document } = migrate(
    nested([wireFlow("f", 1, ["out"], { id: "in" }), wireFlow("g", 2, ["out", "g-out"], { id: "in" }), wireFlow("g", 3, ["out"])]),
  );

  assert.deepEqual(ids(document["inputs"]), ["in", "g-in", "g-g-in"]);
  assert.deepEqual(ids(document["outputs"]), ["out", "g-out", "g-g-out", "g-out-2"]);
});

test("an id that becomes too long is cut and still unique", () => {
  const long = "o".repeat(60);
  const { document } = migrate(nested([wireFlow("f", 1, [long]), wireFlow("flow-g", 2, [long]), wireFlow("flow-g2", 3, [long])]));

  const outputs = ids(document["outputs"]) as string[];
  assert.equal(new Set(outputs).size, 3);
  assert.ok(outputs.every((id) => id.length <= 64));
});

test("an id that stands twice in one flow is reported where it stood", () => {
  const { document, origins } = migrate(nested([wireFlow("f", 1, ["a", "a"])]));

  const problems = inGivenWords(checkConfig(document, declarations).problems, origins);
  assert.deepEqual(
    problems.map((problem) => problem.path),
    ["flows[0].outputs[1].id", "flows[0].output_ids[1]"],
  );
});

test("problems of a nested configuration are told in its own words", () => {
  const { document, origins } = migrate(nested([wireFlow("f", 1, []), wireFlow("g", 70_000, ["a"])]));

  const problems = inGivenWords(checkConfig(document, declarations).problems, origins);
  assert.deepEqual(
    problems.map((problem) => problem.path),
    ["flows[1].input.bind_addr"],
  );
});

test("keys that nobody knows come through at every level", () => {
  const given = {
    ...nested([{ ...wireFlow("f", 1, ["a"], { fec_decode: { columns: 5 } }), clock_domain: 3 }]),
    tunnels: [{ id: "t" }],
    __x: null,
  };

  const { document } = migrate(given);

  assert.deepEqual(document["tunnels"], [{ id: "t" }]);
  assert.equal(document["__x"], null);
  assert.deepEqual(keptButUnused(document, declarations), ["__x", "inputs[0].fec_decode", "tunnels", "flows[0].clock_domain"]);
});

test("a flat document of version 2 comes back as it is", () => {
  const given = { version: 2, flows: [{ id: "f", name: "f", input_ids: [] }] };

  assert.equal(migrate(given).document, given);
});

test("version 1 to 2 and back gives the same flows", () => {
  const given = nested([wireFlow("f", 1, ["a"], { id: "x", name: "X" }), wireFlow("g", 2, [], { id: "y", name: "Y" })]);

  const { document, problems } = asVersionOne(migrate(given).document);

  assert.deepEqual(problems, []);
  assert.deepEqual(document, given);
});

test("what version 1 cannot say is named", () => {
  const { document, problems } = asVersionOne({ version: 2, inputs: [{ id: "a" }], outputs: [], flows: [{ id: "f", input_ids: [] }] });

  assert.equal(document, undefined);
  assert.deepEqual(
    problems.map((problem) => problem.path),
    ["flows[0].input_ids", "inputs[0]"],
  );
});

for (const name of readdirSync(FIXTURES).filter((file) => file.endsWith(".v1.json"))) {
  test(`the example ${name} loads`, () => {
    const given = fixture(name);
    const { document } = migrate(given);

    const { problems } = checkConfig(document, transports);

    assert.deepEqual(problems, []);
    assert.equal((document["outputs"] as unknown[]).length, (given["flows"] as ConfigDocument[]).flatMap((flow) => flow["outputs"]).length);
  });
}

for (const name of readdirSync(FIXTURES).filter((file) => file.endsWith("-all-fields.json"))) {
  test(`the part ${name} loads with every field of the guide`, () => {
    const side = name.includes("input") ? "inputs" : "outputs";
    const part = { id: "x", name: "x", ...fixture(name) };

    const { problems } = checkConfig({ version: 2, [side]: [part] }, transports);

    assert.deepEqual(problems, []);
  });
}
