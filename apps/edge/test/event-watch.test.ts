import assert from "node:assert/strict";
import { test } from "node:test";
import { EDGE_EVENTS } from "@bilbycast/contracts/edge-api";
import type { EngineSnapshot, FlowSnapshot, PartSnapshot } from "@bilbycast/engine/flow";
import { FlowWatch } from "../src/event-watch.ts";
import { TroubleSummary } from "../src/event-trouble.ts";
import { Sampler } from "../src/sampler.ts";
import { partSnapshot as part } from "./metrics-page.ts";

type Second = {
  a?: number;
  b?: number;
  sent?: number;
  /** As many as received when absent. */
  published?: number;
  dropped?: number;
  refused?: number;
  absent?: boolean;
  active?: string;
  state?: FlowSnapshot["state"];
  partState?: PartSnapshot["state"];
};

const snapshot = ({
  a = 0,
  b = 0,
  sent = 0,
  published,
  dropped = 0,
  refused = 0,
  absent,
  active = "a",
  state = "running",
  partState = "running",
}: Second): EngineSnapshot => ({
  lanes: [],
  flows: [
    {
      id: "f",
      state,
      startedAtMs: 0,
      lane: 0,
      activeInputId: active,
      inputs: [
        part("a", { packetsReceived: a, unitsPublished: active === "a" ? (published ?? a) : 0 }, { state: partState }),
        part("b", { packetsReceived: b }),
      ],
      outputs: [
        part("o", {
          packetsSent: sent,
          packetsDropped: dropped,
          packetsRefused: refused,
          ...(absent === undefined ? {} : { programAbsent: absent ? 1 : 0 }),
        }),
      ],
    },
  ],
});

/** What is told, with the second, of a run in which each second's counters are made from the second's number. */
const told = (seconds: number, of: (second: number) => Second): [number, string, string, string][] => {
  const sampler = new Sampler();
  const watch = new FlowWatch();
  return Array.from({ length: seconds }, (_, second) => second).flatMap((second) =>
    watch
      .take(sampler.take(snapshot(of(second)), second * 1_000))
      .map(({ code, severity, inputId, outputId }): [number, string, string, string] => {
        assert.ok(code in EDGE_EVENTS, `${code} is declared`);
        return [second, code, severity, inputId ?? outputId ?? ""];
      }),
  );
};

const until = (end: number, second: number): number => Math.min(end, second);

test("an active input that falls silent is lost after three seconds, told once, and regained with its first packet", () => {
  const events = told(30, (second) => ({ a: second < 20 ? until(5, second) : second, sent: second }));

  assert.deepEqual(events, [
    [9, "input_lost", "critical", "a"],
    [20, "input_regained", "info", "a"],
  ]);
});

test("a gap of two seconds is no loss", () => {
  assert.deepEqual(
    told(20, (second) => ({ a: second < 8 ? until(5, second) : second, sent: second })),
    [],
  );
});

test("an active input that never got anything is lost too, and a standby that never had a source is not", () => {
  assert.deepEqual(
    told(20, () => ({})),
    [[3, "input_lost", "critical", "a"]],
  );
});

test("a standby that loses its source is a warning, and critical once it is the active one", () => {
  const events = told(30, (second) => ({ a: second + 1, b: until(4, second), sent: second, active: second < 20 ? "a" : "b" }));

  assert.deepEqual(events, [
    [8, "input_lost", "warning", "b"],
    [20, "input_lost", "critical", "b"],
  ]);
});

test("an input that is not open is the engine's to tell, and begins anew when it opens", () => {
  const events = told(12, (second) => ({ partState: second < 6 ? "failed" : "running" }));

  assert.deepEqual(events, [[9, "input_lost", "critical", "a"]]);
  assert.deepEqual(
    told(12, () => ({ state: "failed" })),
    [],
  );
});

test("an output that drops now and then is told of once, and well again after ten calm seconds", () => {
  const events = told(40, (second) => ({ a: second + 1, sent: second + 1, dropped: second < 4 ? 0 : Math.floor(until(19, second) / 5) }));

  assert.deepEqual(events, [
    [5, "output_failing", "warning", "o"],
    [25, "output_restored", "info", "o"],
  ]);
});

test("an output whose datagrams the system refuses is failing", () => {
  const events = told(6, (second) => ({ a: second + 1, sent: second + 1, refused: second < 3 ? 0 : second }));

  assert.deepEqual(events, [[3, "output_failing", "warning", "o"]]);
});

test("an output that sends nothing while its flow receives is failing after three seconds", () => {
  const events = told(12, (second) => ({ a: second + 1, sent: until(3, second) }));

  assert.deepEqual(events, [[7, "output_failing", "warning", "o"]]);
});

test("an output of a flow that receives nothing has nothing to send", () => {
  const events = told(20, () => ({ a: 0, sent: 0 }));

  assert.ok(events.every(([, code]) => code === "input_lost"));
});

test("an output is not to blame when nothing that comes in is let onto the bus", () => {
  assert.deepEqual(
    told(20, (second) => ({ a: second + 1, published: until(3, second), sent: until(3, second) })),
    [],
  );
});

test("trouble with packets is one entry for each flow and look, its parts together, and none for a quiet flow", () => {
  const summary = new TroubleSummary();
  const flow = (lost: number, malformed: number, dropped: number): EngineSnapshot => ({
    lanes: [],
    flows: [
      {
        id: "f",
        state: "running",
        startedAtMs: 0,
        lane: 0,
        inputs: [part("a", { packetsLost: lost, packetsReceived: 1 }), part("b", { packetsLost: 2 * lost, packetsMalformed: malformed })],
        outputs: [part("o", { packetsDropped: dropped, packetsSent: 9 })],
      },
    ],
  });

  assert.deepEqual(summary.take(flow(5, 5, 5)), [], "what was before the first look is not news");
  assert.deepEqual(summary.take(flow(6, 5, 8)), [{ flowId: "f", counts: { packetsLost: 3, packetsDropped: 3 } }]);
  assert.deepEqual(summary.take(flow(6, 5, 8)), []);
  assert.deepEqual(summary.take(flow(0, 0, 0)), [], "a part that was opened anew counts from 0");
});

test("an output whose source lacks its program for three seconds is told of once, not as silent, and again when the program is back", () => {
  const events = told(30, (second) => ({
    a: second + 1,
    sent: second < 5 ? second : Math.max(5, second - 10),
    absent: second >= 5 && second < 15,
  }));

  assert.deepEqual(events, [
    [8, "program_absent", "warning", "o"],
    [15, "program_returned", "info", "o"],
  ]);
});

test("an output whose flow gets nothing lacks no program, and a short absence is none", () => {
  const silent = told(20, () => ({ absent: true }));
  const short = told(20, (second) => ({ a: second + 1, sent: second + 1, absent: second > 5 && second < 8 }));

  assert.deepEqual(silent, [[3, "input_lost", "critical", "a"]]);
  assert.deepEqual(short, []);
});
