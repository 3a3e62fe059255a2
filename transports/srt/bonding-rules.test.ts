import assert from "node:assert/strict";
import { test } from "node:test";
import { declaration } from "./declaration.ts";

const problems = (config: Record<string, unknown>): string[] => {
  const parsed = declaration.output.safeParse(config);
  return parsed.success
    ? declaration.checkOutput(parsed.data).map(({ path }) => path.join("."))
    : parsed.error.issues.map(({ path }) => path.join("."));
};

const two = [{ addr: "10.0.0.1:9000" }, { addr: "10.0.1.1:9000" }];
const caller = (endpoints: unknown, more: object = {}) => ({ mode: "caller", bonding: { mode: "broadcast", endpoints }, ...more });
const listener = (endpoints: unknown, more: object = {}) => ({ mode: "listener", bonding: { mode: "backup", endpoints }, ...more });

const CASES: [config: Record<string, unknown>, fields: string[]][] = [
  [caller(two), []],
  [caller(two.map((each, weight) => ({ ...each, weight, local_addr: "10.0.0.9:0" }))), []],
  [{ mode: "listener", local_addr: "0.0.0.0:9000", bonding: { mode: "broadcast" } }, []],
  [listener(two), []],
  [caller(undefined), ["remote_addr", "bonding.endpoints"]],
  [caller(two.slice(1)), ["bonding.endpoints"]],
  [caller(Array.from({ length: 8 }, (_, n) => ({ addr: `10.0.0.${n + 1}:9000` }))), []],
  [caller(Array.from({ length: 9 }, (_, n) => ({ addr: `10.0.0.${n + 1}:9000` }))), ["bonding.endpoints"]],
  [caller([two[0], two[0]]), ["bonding.endpoints.1.addr"]],
  [caller([two[0], { ...two[0], local_addr: "10.0.2.1:0" }]), []],
  [caller([two[0], { addr: "somewhere" }]), ["bonding.endpoints.1.addr"]],
  [caller([two[0], { addr: "239.1.1.1:9000" }]), ["bonding.endpoints.1.addr"]],
  [caller([two[0], { ...two[1], weight: 65_536 }]), ["bonding.endpoints.1.weight"]],
  [caller([two[0], { ...two[1], local_addr: "[::1]:0" }]), ["bonding.endpoints.1.local_addr"]],
  [caller(two, { remote_addr: "10.0.0.1:9000" }), ["remote_addr"]],
  [caller(two, { local_addr: "10.0.0.1:9001" }), ["local_addr"]],
  [caller(two, { packet_filter: "fec,cols:10" }), ["packet_filter"]],
  [caller(two, { max_connections: 2 }), ["max_connections"]],
  [caller(two, { program_number: 1 }), ["program_number"]],
  [{ mode: "rendezvous", local_addr: "0.0.0.0:1", remote_addr: "10.0.0.1:1", bonding: { mode: "backup" } }, ["bonding"]],
  [{ mode: "caller", remote_addr: "10.0.0.1:1", bonding: { mode: "balancing", endpoints: two } }, ["bonding.mode"]],
  [listener(two, { local_addr: "0.0.0.0:9000" }), ["local_addr"]],
  [listener([two[0], { ...two[1], weight: 1 }]), ["bonding.endpoints.1.weight"]],
  [listener([two[0], { ...two[1], local_addr: "10.0.0.1:0" }]), ["bonding.endpoints.1.local_addr"]],
  [listener(undefined), ["local_addr"]],
];

for (const [config, expected] of CASES) {
  test(`${JSON.stringify(config)}: ${expected.length === 0 ? "right" : `wrong at ${expected.join()}`}`, () => {
    assert.deepEqual(problems(config), expected);
  });
}

test("a group excludes a second leg", () => {
  const config = declaration.input.parse({ ...caller(two), redundancy: { mode: "caller", remote_addr: "10.0.2.1:9000" } });
  assert.deepEqual(
    declaration.checkInput(config).map(({ path }) => path.join(".")),
    ["redundancy"],
  );
});

test("a group that listens at endpoints claims each, one that calls the ports that it calls from", () => {
  const parse = (config: Record<string, unknown>) => declaration.claimsInput(declaration.input.parse(config));
  assert.deepEqual(parse(listener(two)), [
    { protocol: "udp", address: "10.0.0.1:9000", field: "bonding.endpoints[0].addr" },
    { protocol: "udp", address: "10.0.1.1:9000", field: "bonding.endpoints[1].addr" },
  ]);
  assert.deepEqual(parse(caller([two[0], { ...two[1], local_addr: "10.0.0.9:7000" }])), [
    { protocol: "udp", address: "10.0.0.9:7000", field: "bonding.endpoints[1].local_addr" },
  ]);
});
