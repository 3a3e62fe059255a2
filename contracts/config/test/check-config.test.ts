import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../check-config.ts";
import type { ConfigProblem } from "../problem.ts";
import { declarations } from "./declarations.ts";

type Entry = Record<string, unknown>;

const input = (id: string, more: Entry = {}): Entry => ({ type: "wire", id, name: id, bind_addr: "127.0.0.1:5000", ...more });
const output = (id: string, more: Entry = {}): Entry => ({ type: "wire", id, name: id, dest_addr: "127.0.0.1:6000", ...more });
const flow = (id: string, more: Entry = {}): Entry => ({ id, name: id, ...more });
const config = (more: Entry = {}): Entry => ({ version: 2, inputs: [], outputs: [], flows: [], ...more });

const problems = (document: unknown): ConfigProblem[] => checkConfig(document, declarations).problems;

/** What is wrong, the document, and each problem as `path code`. The sentence must contain the words. */
const cases: [name: string, document: unknown, expected: string[], words?: string][] = [
  ["a document that is a list", [], [" field_type"], "object"],
  ["no version", { inputs: [] }, ["version field_required"], "2"],
  ["a version of the future", config({ version: 3 }), ["version version_unsupported"], "newer"],
  ["inputs that are no list", config({ inputs: {} }), ["inputs field_type"], "list"],
  ["an input that is no object", config({ inputs: ["x"] }), ["inputs[0] field_type"], "object"],
  ["an unknown type", config({ inputs: [input("a", { type: "wyre" })] }), ["inputs[0].type type_unknown"], "tone, wire"],
  ["a type of the other side", config({ outputs: [output("a", { type: "tone" })] }), ["outputs[0].type type_unknown"], "wire"],
  ["no type", config({ inputs: [{ id: "a", name: "a" }] }), ["inputs[0].type field_required"], "tone, wire"],
  ["an empty id", config({ inputs: [input("", { name: "x" })] }), ["inputs[0].id field_range"], "at least 1 character"],
  ["an id of 65 characters", config({ flows: [flow("x".repeat(65))] }), ["flows[0].id field_range"], "at most 64 characters"],
  ["a name of 257 characters", config({ flows: [flow("f", { name: "x".repeat(257) })] }), ["flows[0].name field_range"], "at most 256"],
  ["a name that is missing", config({ flows: [{ id: "f" }] }), ["flows[0].name field_required"], "a string"],
  [
    "a field that is missing",
    config({ inputs: [input("a", { bind_addr: undefined })] }),
    ["inputs[0].bind_addr field_required"],
    "required",
  ],
  [
    "an address without a port",
    config({ inputs: [input("a", { bind_addr: "10.0.0.1" })] }),
    ["inputs[0].bind_addr field_value"],
    "10.0.0.1:5000",
  ],
  ["a number out of range", config({ outputs: [output("a", { dscp: 64 })] }), ["outputs[0].dscp field_range"], "at most 63"],
  ["text for a number", config({ outputs: [output("a", { dscp: "46" })] }), ["outputs[0].dscp field_type"], "not a string"],
  [
    "a word that is not in the list",
    config({ inputs: [{ type: "tone", id: "a", name: "a", shape: "saw" }] }),
    ["inputs[0].shape field_value"],
    '"sine", "square"',
  ],
  [
    "a field inside a field",
    config({ outputs: [output("a", { second: { dest_addr: "x" } })] }),
    ["outputs[0].second.dest_addr field_value"],
  ],
  [
    "a rule of the transport",
    config({ outputs: [output("a", { dest_addr: "0.0.0.0:1" })] }),
    ["outputs[0].dest_addr field_value"],
    "receiver",
  ],
  [
    "two inputs of one id",
    config({ inputs: [input("a"), input("a", { bind_addr: "127.0.0.1:5001" })] }),
    ["inputs[1].id id_taken"],
    "inputs[0]",
  ],
  ["two flows of one id", config({ flows: [flow("f"), flow("f")] }), ["flows[1].id id_taken"]],
  [
    "a reference to nothing",
    config({ flows: [flow("f", { output_ids: ["a", "b"] })], outputs: [output("a")] }),
    ["flows[0].output_ids[1] reference_unknown"],
    '"b"',
  ],
  [
    "an input on two flows",
    config({ inputs: [input("a")], flows: [flow("f", { input_ids: ["a"] }), flow("g", { input_ids: ["a"] })] }),
    ["flows[1].input_ids[0] reference_taken"],
    "already assigned to another flow",
  ],
  [
    "an output twice on a flow",
    config({ outputs: [output("a")], flows: [flow("f", { output_ids: ["a", "a"] })] }),
    ["flows[0].output_ids[1] reference_taken"],
  ],
  [
    "two active inputs on a flow",
    config({ inputs: [input("a"), input("b", { bind_addr: "127.0.0.1:5001" })], flows: [flow("f", { input_ids: ["a", "b"] })] }),
    ["inputs[1].active active_input_twice"],
    "must be false",
  ],
  ["one port twice", config({ inputs: [input("a"), input("b")] }), ["inputs[1].bind_addr port_conflict"], "Port conflict:"],
  [
    "a port on all addresses and on one",
    config({ inputs: [input("a"), input("b", { bind_addr: "0.0.0.0:5000" })] }),
    ["inputs[1].bind_addr port_conflict"],
    "inputs[0].bind_addr",
  ],
  [
    "a port on one IPv6 address, spelled in two ways",
    config({ inputs: [input("a", { bind_addr: "[::1]:5" }), input("b", { bind_addr: "[0:0::1]:5" })] }),
    ["inputs[1].bind_addr port_conflict"],
  ],
  [
    "a port of an input and an output",
    config({ inputs: [input("a")], outputs: [output("o", { bind_addr: "127.0.0.1:5000" })] }),
    ["outputs[0].bind_addr port_conflict"],
  ],
  [
    "an output that does not take what the input gives",
    config({
      inputs: [{ type: "tone", id: "t", name: "t" }],
      outputs: [output("o")],
      flows: [flow("f", { input_ids: ["t"], output_ids: ["o"] })],
    }),
    ["flows[0].output_ids[0] unit_mismatch"],
    "pcm",
  ],
  [
    "inputs of two kinds on a flow",
    config({ inputs: [input("a"), { type: "tone", id: "t", name: "t", active: false }], flows: [flow("f", { input_ids: ["a", "t"] })] }),
    ["flows[0].input_ids[1] unit_mismatch"],
    "ts",
  ],
  [
    "a ring that is no power of two",
    config({ flows: [flow("f", { bus_packets: 1000 })] }),
    ["flows[0].bus_packets field_value"],
    "power of two",
  ],
  [
    "a queue longer than the ring",
    config({ flows: [flow("f", { bus_packets: 256, queue_packets: 512 })] }),
    ["flows[0].queue_packets field_range"],
    "256",
  ],
  ["a port of the API out of range", config({ server: { listen_port: 70_000 } }), ["server.listen_port field_range"], "65535"],
];

for (const [name, document, expected, words] of cases) {
  test(`${name} is refused, and the field is named`, () => {
    const found = problems(document);

    assert.deepEqual(
      found.map((problem) => `${problem.path} ${problem.code}`),
      expected,
    );
    assert.ok(found[0]?.message.includes(words ?? ""), `"${found[0]?.message}" does not say "${words}"`);
  });
}

test("everything that is wrong is told at once, and one fault does not hide another", () => {
  const found = problems({
    version: 2,
    server: { listen_port: 0 },
    inputs: [input("a", { bind_addr: "nowhere" }), input("b"), { type: "srt", id: "c" }],
    outputs: [output("a"), output("a", { dscp: -1 })],
    flows: [flow("f", { input_ids: ["b", "lost"], output_ids: ["a"] }), flow("f", { name: "" })],
  });

  assert.deepEqual(found.map((problem) => problem.path).toSorted(), [
    "flows[0].input_ids[1]",
    "flows[1].id",
    "flows[1].name",
    "inputs[0].bind_addr",
    "inputs[2].type",
    "outputs[1].dscp",
    "outputs[1].id",
    "server.listen_port",
  ]);
});

test("defaults are filled in, and the document stays as it was written", () => {
  const written = config({
    inputs: [input("a", { group: null, mystery: 1 })],
    outputs: [output("o")],
    flows: [flow("f", { input_ids: ["a"] })],
  });
  const copy = structuredClone(written);

  const { config: checked, problems: found } = checkConfig(written, declarations);

  assert.deepEqual(found, []);
  assert.deepEqual(written, copy);
  assert.deepEqual(checked?.server, { listen_addr: "127.0.0.1", listen_port: 8080 });
  assert.deepEqual(checked?.inputs[0], { type: "wire", id: "a", name: "a", active: true, bind_addr: "127.0.0.1:5000", mystery: 1 });
  assert.equal(checked?.outputs[0]?.["dscp"], 46);
  assert.equal(checked?.flows[0]?.enabled, true);
  assert.equal(checked?.flows[0]?.bus_packets, 4096);
});

test("one port on two addresses, a port for the system to choose, and standby inputs are no problem", () => {
  const found = problems(
    config({
      inputs: [
        input("a"),
        input("b", { bind_addr: "127.0.0.2:5000", active: false }),
        input("c", { bind_addr: "[::1]:5000", active: false }),
      ],
      outputs: [output("o", { bind_addr: "0.0.0.0:0" }), output("p", { bind_addr: "0.0.0.0:0" })],
      flows: [flow("f", { input_ids: ["a", "b", "c"], output_ids: ["o", "p"] })],
    }),
  );

  assert.deepEqual(found, []);
});
