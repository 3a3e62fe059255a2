import assert from "node:assert/strict";
import { test } from "node:test";
import type { Problem } from "@bilbycast/engine/transport";
import { declaration } from "./declaration.ts";

const LISTENER = { mode: "listener", local_addr: "0.0.0.0:9000" };
const CALLER = { mode: "caller", remote_addr: "10.0.0.1:9000" };

const pathsOf = (problems: readonly Problem[]): string[] => problems.map(({ path }) => path.join("."));

const problems = (side: "input" | "output", config: Record<string, unknown>): string[] => {
  const parsed = declaration[side].safeParse(config);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path }) => path.join("."));
  }
  return pathsOf(side === "input" ? declaration.checkInput(parsed.data) : declaration.checkOutput(parsed.data as never));
};

const CASES: [config: Record<string, unknown>, fields: string[]][] = [
  [{ ...LISTENER, redundancy: { mode: "listener", local_addr: "0.0.0.0:9001" } }, []],
  [{ ...LISTENER, redundancy: CALLER }, []],
  [{ ...CALLER, redundancy: { mode: "caller", remote_addr: "10.0.0.1:9001" } }, []],
  [{ ...CALLER, redundancy: { ...CALLER, local_addr: "10.0.0.9:0" } }, []],
  [{ ...CALLER, redundancy: { mode: "rendezvous", local_addr: "0.0.0.0:9001", remote_addr: "[::1]:9001" } }, ["redundancy.local_addr"]],
  [{ ...CALLER, redundancy: CALLER }, ["redundancy.remote_addr"]],
  [{ ...LISTENER, redundancy: LISTENER }, ["redundancy.local_addr"]],
  [{ ...LISTENER, redundancy: { mode: "listener", local_addr: "10.0.0.1:9000" } }, ["redundancy.local_addr"]],
  [{ ...LISTENER, redundancy: { mode: "listener" } }, ["redundancy.local_addr"]],
  [{ ...LISTENER, redundancy: { mode: "caller" } }, ["redundancy.remote_addr"]],
  [{ ...LISTENER, redundancy: { ...CALLER, passphrase: "short" } }, ["redundancy.passphrase"]],
  [{ ...LISTENER, redundancy: { ...CALLER, crypto_mode: "aes-gcm", aes_key_len: 24 } }, ["redundancy.aes_key_len"]],
  [{ ...LISTENER, redundancy: { ...CALLER, latency: 5 } }, ["redundancy"]],
  [
    {
      ...LISTENER,
      packet_filter: "fec,cols:10",
      redundancy: { mode: "rendezvous", local_addr: "0.0.0.0:9001", remote_addr: "10.0.0.1:9001" },
    },
    ["packet_filter"],
  ],
];

for (const [config, expected] of CASES) {
  test(`${JSON.stringify(config)}: ${expected.length === 0 ? "right" : `wrong at ${expected.join()}`}, of inputs and outputs`, () => {
    assert.deepEqual(problems("input", config), expected);
    assert.deepEqual(problems("output", config), expected);
  });
}

test("the differential is 5 to 2000 ms, of inputs alone", () => {
  for (const path_differential_ms of [4, 2_001, 10.5]) {
    assert.deepEqual(problems("input", { ...LISTENER, redundancy: { ...CALLER, path_differential_ms } }), [
      "redundancy.path_differential_ms",
    ]);
  }
  assert.deepEqual(problems("output", { ...LISTENER, redundancy: { ...CALLER, path_differential_ms: 100 } }), ["redundancy"]);
});

test("a differential that the latencies of the legs use up is warned of", () => {
  const warned = (first: object, second: object): string[] =>
    pathsOf(declaration.warnInput(declaration.input.parse({ ...LISTENER, ...first, redundancy: { ...CALLER, ...second } })));
  const field = "redundancy.path_differential_ms";
  assert.deepEqual(warned({ latency_ms: 500 }, { latency_ms: 120, path_differential_ms: 380 }), [field]);
  assert.deepEqual(warned({ latency_ms: 500 }, { latency_ms: 120, recv_latency_ms: 400, path_differential_ms: 150 }), []);
  assert.deepEqual(warned({ latency_ms: 500 }, { latency_ms: 120 }), []);
  assert.deepEqual(declaration.warnInput(declaration.input.parse(LISTENER)), []);
});

test("the ports of both legs are claimed", () => {
  const parsed = declaration.output.parse({ ...LISTENER, redundancy: { mode: "listener", local_addr: "0.0.0.0:9001" } });
  const expected = [
    { protocol: "udp", address: "0.0.0.0:9000" },
    { protocol: "udp", address: "0.0.0.0:9001", field: "redundancy.local_addr" },
  ];
  assert.deepEqual(declaration.claimsOutput(parsed), expected);
  assert.deepEqual(declaration.claimsInput(declaration.input.parse({ ...LISTENER, redundancy: CALLER })), expected.slice(0, 1));
});

test("an output of samples is refused by its field with a code of its own, and audio by ST 302 stands for itself", () => {
  const audio = { ...CALLER, transport_mode: "audio_302m" };
  const found = declaration.checkOutput(declaration.output.parse(audio));
  assert.deepEqual(
    found.map(({ path, code }) => [path.join("."), code]),
    [["transport_mode", "audio_302m_no_source"]],
  );
  assert.deepEqual(problems("input", audio), []);
  const redundancy = { mode: "caller", remote_addr: "10.0.0.1:9001" };
  assert.deepEqual(problems("input", { ...audio, packet_filter: "fec,cols:5", redundancy }), ["packet_filter", "redundancy"]);
  assert.deepEqual(problems("output", { ...audio, program_number: 1 }), ["program_number", "transport_mode"]);
  assert.deepEqual(problems("input", { ...LISTENER, transport_mode: "pcm" }), ["transport_mode"]);
});
