import type { EventLog } from "./event-log.ts";
import type { Control } from "./control.ts";

type Context = { control: Control; events: EventLog };

/** What became of a switch. */
export type SwitchAnswer = {
  flow_id: string;
  active_input_id: string;
  /** It was on air already. */
  unchanged?: true;
  splice_mode_override?: { requested: string; effect: "none"; code: "splice_override_ignored" };
};

/** Puts another input of a flow on air, for whoever asked. Throws what `Control.activateInput` does. */
export const switchInput = async (
  { control, events }: Context,
  flowId: string,
  inputId: string,
  requested: string | undefined,
): Promise<SwitchAnswer> => {
  const isSwitched = await control.activateInput(flowId, inputId);
  const answer: SwitchAnswer = { flow_id: flowId, active_input_id: inputId, ...(isSwitched ? {} : { unchanged: true as const }) };
  if (requested === undefined) {
    return answer;
  }
  recordIgnoredSplice(events, flowId, inputId, requested);
  return { ...answer, splice_mode_override: { requested, effect: "none", code: "splice_override_ignored" } };
};

/** A flow that passes its input through has no slots that could join sources in one way or another. */
const recordIgnoredSplice = (events: EventLog, flowId: string, inputId: string, requested: string): void =>
  events.record(
    {
      severity: "warning",
      category: "flow",
      code: "splice_override_ignored",
      message: `Flow ${flowId} passes its input through: the splice mode of the switch has no effect.`,
      flowId,
      inputId,
      details: { splice_mode_override: requested },
    },
    new Date(),
  );
