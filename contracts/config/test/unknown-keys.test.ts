import assert from "node:assert/strict";
import { test } from "node:test";
import { probablyMeant } from "../spelling.ts";
import { keptButUnused, unknownKeys } from "../unused.ts";
import { declarations } from "./declarations.ts";

const words: [word: string, meant: string | undefined][] = [
  ["bind_adr", "bind_addr"],
  ["bnid_addr", "bind_addr"],
  ["bind_addrr", "bind_addr"],
  ["Bind_Addr", "bind_addr"],
  ["dest_adress", undefined],
  ["dcsp", "dscp"],
  ["dcps", undefined],
  ["x", undefined],
  ["latency_ms", undefined],
];

for (const [word, meant] of words) {
  test(`${word} is ${meant === undefined ? "nothing that is known" : `probably ${meant}`}`, () => {
    assert.equal(probablyMeant(word, ["bind_addr", "dest_addr", "dscp", "interface_addr"]), meant);
  });
}

test("unknown keys are found at every depth, with the key that was probably meant", () => {
  const document = {
    version: 2,
    devise_name: "A",
    server: { listen_prot: 8080, auth: { enabled: false, clients: [{ client_id: "a", client_secret: "b", role: "admin", rule: "x" }] } },
    outputs: [{ type: "wire", id: "o", name: "O", dest_addr: "10.0.0.1:1", second: { dest_adr: "x" }, later: { bind_addr: 1 } }],
    flows: [{ id: "f", name: "F", bandwith_limit: {}, recording: { segment_secs: 4 }, assembly: { anything: 1 } }],
    flow_groups: [{ id: "g", name: "G", flow_id: [] }],
  };

  assert.deepEqual(unknownKeys(document, declarations), [
    { path: "devise_name", meant: "device_name" },
    { path: "server.listen_prot", meant: "listen_port" },
    { path: "server.auth.clients[0].rule" },
    { path: "outputs[0].second.dest_adr", meant: "dest_addr" },
    { path: "outputs[0].later" },
    { path: "flows[0].bandwith_limit", meant: "bandwidth_limit" },
    { path: "flows[0].recording.segment_secs" },
    { path: "flow_groups[0].flow_id", meant: "flow_ids" },
  ]);
});

test("a key that is near to one that is there too is no typo", () => {
  const document = { version: 2, outputs: [{ type: "wire", id: "o", name: "O", dest_addr: "10.0.0.1:1", dest_addr2: "x" }] };

  assert.deepEqual(unknownKeys(document, declarations), [{ path: "outputs[0].dest_addr2" }]);
});

test("a field that is known and waits for its part of the product counts as unused, not as unknown", () => {
  const document = {
    version: 2,
    manager: { enabled: false },
    tunnels: [],
    flows: [{ id: "f", name: "F", clock_domain: 3, assembly: null }],
  };

  assert.deepEqual(unknownKeys(document, declarations), []);
  assert.deepEqual(keptButUnused(document, declarations), ["manager", "flows[0].clock_domain"]);
});
