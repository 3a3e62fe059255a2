import { Fault } from "@bilbycast/foundation/fault";
import type { Instant } from "@bilbycast/foundation/time";
import { monotonicNow, wallClockMs } from "@bilbycast/engine/io";
import type { FlowEvents } from "./flow-events.ts";
import type { LaneReport } from "./orders.ts";
import type { RunningFlow } from "./running-flow.ts";
import type { SwitchDoubt, SwitchOutcome } from "./switch-watch.ts";

export type SwitchReport = Extract<LaneReport, { report: "switch" }>;

/** Puts another input, or none, on a flow's bus. `commandedAt`: when somebody asked for it. Throws the Fault `unknown_input`. */
export const switchInput = async (
  flow: RunningFlow,
  inputId: string | undefined,
  commandedAt: Instant,
  events: FlowEvents,
): Promise<void> => {
  const flowId = flow.spec.id;
  if (inputId !== undefined && !flow.inputs.has(inputId)) {
    throw new Fault("unknown_input", `Flow ${flowId} has no input ${inputId}.`, { details: { flow_id: flowId, input_id: inputId } });
  }
  const part = inputId === undefined ? undefined : flow.inputs.get(inputId);
  const isOpen = flow.state === "running" && part?.state !== "failed";
  if (isOpen) {
    await flow.lane.do({ do: "switchInput", flowId, inputId: part?.key, commandedAt });
  }
  flow.spec = { ...flow.spec, active: inputId };
  flow.active = inputId;
  events.flow("info", "input_switched", `Flow ${flowId} carries ${inputId ?? "no input"}.`, {
    flowId,
    ...(inputId === undefined ? {} : { inputId }),
  });
  if (!isOpen && inputId !== undefined) {
    const at = monotonicNow();
    tell(flow, inputId, { inputId, commandedAt, switchedAt: at, outputs: [], doubts: ["input_not_open"] }, events);
  }
};

/** Says what became of a switch, as its lane told. A report that comes late is about a flow that has been closed since. */
export const heedSwitch = (flow: RunningFlow | undefined, { serial, outcome }: SwitchReport, events: FlowEvents): void => {
  const input = flow?.byKey(outcome.inputId);
  if (flow?.serial === serial && input !== undefined) {
    tell(flow, input.spec.id, outcome, events);
  }
};

const REASONS: Readonly<Record<SwitchDoubt, string>> = {
  no_packet: "nothing came from the input",
  no_random_access_point: "no picture came with which decoding can begin",
  output_silent: "an output has sent nothing of it",
  superseded: "another switch came before it was through",
  input_not_open: "the input is not open; it goes on air when it is",
};

const tell = (flow: RunningFlow, inputId: string, outcome: SwitchOutcome, events: FlowEvents): void => {
  const { commandedAt, switchedAt, firstPacketAt, randomAccessAt, doubts } = outcome;
  // Instants are a clock of this machine's own: others get the time of day and the distance from the command.
  const epoch = wallClockMs() - monotonicNow() / 1_000;
  const at = (name: string, instant: Instant | undefined): Record<string, number> =>
    instant === undefined
      ? {}
      : { [`${name}_unix_ms`]: Math.round((epoch + instant / 1_000) * 1_000) / 1_000, [`${name}_after_us`]: instant - commandedAt };
  const outputs = outcome.outputs.map(({ id, firstDatagramAt }) => ({
    output_id: flow.byKey(id)?.spec.id ?? id,
    ...at("first_datagram", firstDatagramAt),
  }));
  const isConfirmed = doubts.length === 0;
  const reasons = doubts.map((doubt) => REASONS[doubt]).join("; ");
  events.flow(
    isConfirmed ? "info" : "warning",
    isConfirmed ? "switch_confirmed" : "switch_unconfirmed",
    isConfirmed
      ? `Input ${inputId} is on air in flow ${flow.spec.id}.`
      : `The switch of flow ${flow.spec.id} to input ${inputId} is not confirmed: ${reasons}.`,
    {
      flowId: flow.spec.id,
      inputId,
      details: {
        input_id: inputId,
        ...at("command", commandedAt),
        ...at("switch", switchedAt),
        ...at("first_packet", firstPacketAt),
        ...at("random_access", randomAccessAt),
        outputs,
        ...(isConfirmed ? {} : { reason: doubts[0], reasons: doubts }),
      },
    },
  );
};
