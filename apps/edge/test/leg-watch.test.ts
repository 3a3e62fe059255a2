import assert from "node:assert/strict";
import { test } from "node:test";
import { EDGE_EVENTS } from "@bilbycast/contracts/edge-api";
import type { EngineSnapshot } from "@bilbycast/engine/flow";
import { FlowWatch } from "../src/event-watch.ts";
import { Sampler } from "../src/sampler.ts";
import { partSnapshot as part } from "./metrics-page.ts";

type Legs = { open?: [number, number]; up?: [number, number] };

const snapshot = (second: number, input: Legs | undefined, output: Legs | undefined): EngineSnapshot => {
  const counters = ({ open = [1, 1], up = [1, 1] }: Legs): Record<string, number> => ({
    leg1Open: open[0],
    leg2Open: open[1],
    leg1Up: up[0],
    leg2Up: up[1],
  });
  return {
    lanes: [],
    flows: [
      {
        id: "f",
        state: "running",
        startedAtMs: 0,
        lane: 0,
        activeInputId: "i",
        inputs: [part("i", { packetsReceived: second + 1, unitsPublished: second + 1, ...(input === undefined ? {} : counters(input)) })],
        outputs: [part("o", { packetsSent: second + 1, ...(output === undefined ? {} : counters(output)) })],
      },
    ],
  };
};

const told = (
  seconds: number,
  input: (second: number) => Legs | undefined,
  output: (second: number) => Legs | undefined = () => undefined,
) => {
  const sampler = new Sampler();
  const watch = new FlowWatch();
  return Array.from({ length: seconds }, (_, second) => second).flatMap((second) =>
    watch
      .take(sampler.take(snapshot(second, input(second), output(second)), second * 1_000))
      .map(({ code, severity, details, inputId, outputId }): [number, string, string, unknown, string] => {
        assert.ok(code in EDGE_EVENTS, `${code} is declared`);
        return [second, code.replace("redundancy_", ""), severity, details?.["leg"], inputId ?? outputId ?? ""];
      }),
  );
};

test("a lost leg is told once, and so is its return", () => {
  assert.deepEqual(
    told(20, (second) => ({ up: [second >= 5 && second < 12 ? 0 : 1, 1] })),
    [
      [5, "leg_lost", "warning", 1, "i"],
      [12, "leg_restored", "info", 1, "i"],
    ],
  );
});

test("both legs lost is critical, told once, and each leg that returns is told", () => {
  assert.deepEqual(
    told(20, (second) => ({ up: [second < 5 || second >= 15 ? 1 : 0, second < 8 || second >= 12 ? 1 : 0] })),
    [
      [5, "leg_lost", "warning", 1, "i"],
      [8, "both_lost", "critical", undefined, "i"],
      [12, "leg_restored", "info", 2, "i"],
      [15, "leg_restored", "info", 1, "i"],
    ],
  );
});

test("a leg that is silent from the beginning is missed after three seconds, and neither of two that have no source", () => {
  assert.deepEqual(
    told(10, () => ({ up: [1, 0] })),
    [[3, "leg_lost", "warning", 2, "i"]],
  );
  assert.deepEqual(
    told(10, () => ({ up: [0, 0] })),
    [],
  );
});

test("a leg whose socket cannot be opened is told at once, of outputs too", () => {
  assert.deepEqual(
    told(
      10,
      () => ({ open: [0, 1], up: [0, 1] }),
      (second) => ({ open: [1, second < 6 ? 0 : 1] }),
    ),
    [
      [0, "leg_lost", "warning", 1, "i"],
      [0, "leg_lost", "warning", 2, "o"],
      [6, "leg_restored", "info", 2, "o"],
    ],
  );
});

test("a part with one leg is not watched", () => {
  assert.deepEqual(
    told(5, () => undefined),
    [],
  );
});

test("a leg that is a connection has 15 seconds to come about, of outputs too, and is missed when it ends", () => {
  const sampler = new Sampler();
  const watch = new FlowWatch();
  const events = Array.from({ length: 40 }, (_, second) => second).flatMap((second) => {
    const isMade = second >= 25 && second < 30 ? 1 : 0;
    const legs = { leg1Open: 1, leg2Open: 1, connectionsOpen: 1, srtLeg2ConnectionsOpen: isMade };
    const now: EngineSnapshot = {
      lanes: [],
      flows: [
        {
          id: "f",
          state: "running",
          startedAtMs: 0,
          lane: 0,
          activeInputId: "i",
          inputs: [part("i", { packetsReceived: second + 1, unitsPublished: second + 1, ...legs, leg1Up: 1, leg2Up: isMade })],
          outputs: [part("o", { packetsSent: second + 1, ...legs })],
        },
      ],
    };
    return watch
      .take(sampler.take(now, second * 1_000))
      .map(({ code, details, inputId, outputId }) => [
        second,
        code,
        details?.["leg"],
        details?.["reason"] ?? "",
        inputId ?? outputId ?? "",
      ]);
  });

  assert.deepEqual(
    events,
    [15, 25, 30].flatMap((second) =>
      ["i", "o"].map((id) => [
        second,
        second === 25 ? "redundancy_leg_restored" : "redundancy_leg_lost",
        2,
        second === 25 ? "" : "not_connected",
        id,
      ]),
    ),
  );
});
