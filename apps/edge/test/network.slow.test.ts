import assert from "node:assert/strict";
import { test } from "node:test";
import type { BackendName } from "@bilbycast/engine/io";
import type { EngineEvent } from "@bilbycast/engine/flow";
import { runInNamespace } from "@bilbycast/testkit/namespace";

type Counters = Record<string, number>;
type Tables = Record<"igmp" | "mcfilter" | "igmp6" | "mcfilter6", string>;

/** The kernel's words for the groups: an IPv4 address as it prints it, the bytes of an IPv6 address in hex. */
const GROUPS = { igmp: ["010101EF", "010101E8"], igmp6: ["ff1e0000000000000000000000010001", "ff3e0000000000000000000080000001"] };
const FILTERS = {
  mcfilter: /wire 0xe8010101 0x0a4d0002 +1 +0/,
  mcfilter6: /wire ff3e0000000000000000000080000001 fd000077000000000000000000000002 +1 +0/,
};

const BACKENDS: readonly BackendName[] = ["koffi", "ffi", "dgram"];

for (const backend of BACKENDS) {
  test(`${backend}: groups of both families are joined, heard from whom they should, kept over a cut wire and left`, async () => {
    const result = await runInNamespace(new URL("./namespace/groups.ts", import.meta.url), { BACKEND: backend });
    const { count, before, during, afterwards, first, mended } = result as {
      count: number;
      before: Tables;
      during: Tables;
      afterwards: Tables;
      first: Counters;
      mended: Counters;
    };

    for (const table of ["igmp", "igmp6"] as const) {
      for (const group of GROUPS[table]) {
        assert.deepEqual(
          [before, during, afterwards].map((tables) => tables[table].includes(group)),
          [false, true, false],
          group,
        );
      }
    }
    for (const table of ["mcfilter", "mcfilter6"] as const) {
      assert.deepEqual(
        [before, during, afterwards].map((tables) => FILTERS[table].test(tables[table])),
        [false, true, false],
        table,
      );
    }
    // Two senders spoke to each group; where one was asked for, the other is not heard.
    const heard = { any4: 2 * count, ssm4: count, any6: 2 * count, ssm6: count };
    assert.deepEqual(first, heard);
    assert.deepEqual(mended, heard);
  });
}

/** The datagrams to a port as tcpdump tells of them. */
const linesTo = (dump: string, port: number): string[] =>
  dump
    .replaceAll("\n    ", " ")
    .split("\n")
    .filter((line) => line.includes(`.${port}: `));

test("tcpdump sees what outputs were asked for: code point, hops, source and interface, before and after the wire was cut", async () => {
  const result = await runInNamespace(new URL("./namespace/wire.ts", import.meta.url));
  const { before, mended, burst, cut, heard, lacking, refusals } = result as {
    before: string;
    mended: string;
    burst: string;
    cut: [string, number][];
    heard: number;
    lacking: unknown[];
    refusals: string[];
  };

  const expected: [number, RegExp][] = [
    [6_000, /IP \(tos 0xb8, ttl 9, .* 10\.77\.0\.1\.\d+ > 239\.2\.2\.2\.6000: .*length 1316/],
    [6_001, /IP6 \(class 0x88, .*hlim 16, .* fd00:77::1\.\d+ > ff1e::2:2\.6001: .*length 1328/],
    [6_002, /IP \(tos 0x28, ttl 33, .* 10\.77\.0\.1\.6666 > 10\.77\.0\.2\.6002: .*length 1328/],
    [6_003, /IP6 \((?!class).*hlim 64, .* > fd00:77::2\.6003: .*length 1316/],
    [6_004, /IP \(tos 0xb8, ttl 64, .* 10\.77\.0\.9\.\d+ > 10\.77\.0\.2\.6004: /],
    [6_005, /IP6 \(class 0xb8, .* > fe80::2\.6005: /],
    [6_006, /IP \(tos 0xb8, .* > 10\.77\.0\.2\.6006: .*length 1328/],
  ];
  for (const [dump, least] of [
    [before, 10],
    [mended, 20],
  ] as const) {
    for (const [port, words] of expected) {
      const lines = linesTo(dump, port);
      assert.equal(lines.length, least, `port ${port}`);
      assert.deepEqual(
        lines.filter((line) => !words.test(line)),
        [],
      );
    }
    assert.deepEqual(linesTo(dump, 6_007), [], "a socket that is bound to another interface is not on the wire");
  }
  assert.deepEqual(
    cut.slice(0, 7).map(([, refused]) => refused),
    Array.from({ length: 7 }, () => 10),
    "what the cut wire did not take is counted",
  );
  const longest = (port: number): number => Math.max(...linesTo(burst, port).map((line) => Number(/length (\d+)$/.exec(line)?.[1])));
  assert.deepEqual([6_000, 6_002].map(longest), [1_316, 1_328], "without trains each datagram is alone");
  assert.ok(
    [6_008, 6_009].every((port) => longest(port) >= 2 * 1_316),
    `trains: ${longest(6_008)} and ${longest(6_009)} bytes`,
  );
  assert.equal(heard, 1, "a bound input hears its own interface and not the loopback");
  assert.deepEqual(lacking, [{ inputId: "wished-in", field: "interface_binding" }]);
  assert.deepEqual(refusals, ["udp_bind_failed", "rtp_bind_failed"]);
});

test("a maximum rate lets its rate in, and a bandwidth limit blocks 1 % above it and not 1 % below", async () => {
  const result = await runInNamespace(new URL("./namespace/rates.ts", import.meta.url));
  const { limit, admitted, filtered, statesUnderLoad, statesAtEnd, blocked, passed, recovered, events } = result as {
    limit: number;
    admitted: number[];
    filtered: number;
    statesUnderLoad: string[];
    statesAtEnd: string[];
    blocked: Counters;
    passed: Counters;
    recovered: Counters;
    events: EngineEvent[];
  };

  const off = admitted.map((bitrate) => Math.abs(bitrate / limit - 1)).toSorted((a, b) => a - b);
  // The middle one: a machine that stands still for a moment makes two seconds odd.
  assert.ok((off[2] ?? 1) < 0.01, `bit/s that were let in: ${admitted.join()}`);
  assert.ok(filtered > 1_000);
  assert.deepEqual(statesUnderLoad, ["none", "blocked", "normal"]);
  assert.deepEqual(statesAtEnd, ["none", "normal", "normal"]);
  assert.ok((blocked["packetsFiltered"] ?? 0) > 0);
  assert.equal((blocked["packetsFiltered"] ?? 0) + (blocked["unitsPublished"] ?? 0), blocked["packetsReceived"]);
  assert.equal(passed["packetsFiltered"], 0);
  assert.ok((recovered["unitsPublished"] ?? 0) > (blocked["unitsPublished"] ?? 0), "what comes after the block passes");
  assert.deepEqual(
    events.map(({ severity, code, flowId }) => [severity, code, flowId]),
    [
      ["critical", "bandwidth_blocked", "over"],
      ["info", "bandwidth_normal", "over"],
    ],
  );
  assert.deepEqual(Object.keys(events[0]?.details ?? {}), ["current_mbps", "limit_mbps", "action"]);
});
