import assert from "node:assert/strict";
import { test } from "node:test";
import type { SinkReport } from "@bilbycast/testkit/load";
import { runInNamespace } from "@bilbycast/testkit/namespace";

type Counters = Record<string, number>;

test("whatever falls behind, each datagram that leaves is one that came in, and each that does not is counted", async () => {
  const result = await runInNamespace(new URL("./namespace/stalls.ts", import.meta.url));
  const { sent, published, sinks, session, outputs } = result as {
    sent: number;
    published: number;
    sinks: SinkReport[];
    session: Counters;
    outputs: Counters[];
  };

  assert.ok(published > 0 && published < sent, `the lane was stopped: ${published} of ${sent} came in`);
  assert.deepEqual(
    sinks.map(({ foreign, reordered }) => [foreign, reordered]),
    Array.from({ length: 4 }, () => [0, 0]),
  );
  // Three outputs kept up with what came in; the slow one gave up what it could not carry, and nothing else.
  assert.deepEqual(
    sinks.slice(0, 3).map(({ received }) => received),
    [published, published, published],
  );
  const [slow] = outputs.slice(3);
  assert.equal(sinks[3]?.received, slow?.["packetsSent"]);
  assert.ok((slow?.["sendBlocked"] ?? 0) > 0 && (slow?.["packetsDropped"] ?? 0) > 0);
  assert.equal((slow?.["packetsSent"] ?? 0) + (slow?.["packetsDropped"] ?? 0), published);
  assert.ok((session["lost"] ?? 0) > 0, "the session was asleep");
  assert.deepEqual([session["foreign"], session["backwards"]], [0, 0]);
  assert.equal((session["whole"] ?? 0) + (session["lost"] ?? 0), published);
});

test("outputs, standby inputs and flows come, change and go, requests are refused and outputs lead nowhere, and the others lose nothing", async () => {
  const result = await runInNamespace(new URL("./namespace/changes.ts", import.meta.url));
  const { sent, sinks, refusals, outputs } = result as {
    sent: number;
    sinks: SinkReport[];
    refusals: { code: string; details: Record<string, unknown> }[];
    outputs: (Counters & { id: string })[];
  };

  const whole = { stream: 0, received: sent, missing: 0, reordered: 0, foreign: 0, first: 0, last: sent - 1 };
  assert.deepEqual(sinks, [whole, whole, whole]);
  assert.equal(refusals.length, 40);
  assert.deepEqual(
    refusals.slice(0, 2).map(({ code, details }) => [code, details["flow_id"], details["output_id"] ?? details["input_id"]]),
    [
      ["udp_output_failed", "f", "bad"],
      ["udp_bind_failed", "f", "clash"],
    ],
  );
  const of = (id: string): Counters => outputs.find((output) => output.id === id) ?? {};
  assert.ok((of("nobody")["peerUnreachable"] ?? 0) > 0);
  assert.ok((of("nowhere")["packetsRefused"] ?? 0) > 0);
  assert.ok((of("hole")["packetsRefused"] ?? 0) > 0);
  for (const id of ["nobody", "nowhere", "hole", "narrow"]) {
    assert.equal(of(id)["packetsDropped"], 0, `${id} does not fall behind: what it cannot send is refused or thrown away`);
  }
});
