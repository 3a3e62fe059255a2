import { Fault } from "@bilbycast/foundation/fault";
import { stateOf } from "../../api/flow-routes.ts";
import { addInput, addOutput, createFlow, deleteFlow, removeInput, removeOutput, replaceFlow } from "../../flow-edits.ts";
import { switchInput } from "../../flow-switch.ts";
import { keepOnAir } from "../../on-air.ts";
import { setOutputActive } from "../../part-edits.ts";
import { change } from "./change.ts";
import type { Desk, Handlers } from "./desk.ts";
import { awaitFirstBind, newestEvent } from "./first-bind.ts";

const flowAnswer = ({ context }: Desk, id: string) => ({ id, state: stateOf(context, id) });

/** Flows: what the routes of the same name do. */
export const flowCommands: Handlers<
  | "create_flow"
  | "update_flow"
  | "delete_flow"
  | "start_flow"
  | "stop_flow"
  | "restart_flow"
  | "add_input"
  | "remove_input"
  | "add_output"
  | "remove_output"
  | "activate_input"
  | "activate_output"
> = {
  create_flow: async ({ flow }, desk) => {
    const { context } = desk;
    const since = newestEvent(context);
    const former = new Set(context.store.config.inputs.map(({ id }) => id).concat(context.store.config.outputs.map(({ id }) => id)));
    const answer = await change(desk, (draft) => createFlow(draft, flow));
    desk.effect();
    const id = String(flow["id"]);
    await awaitFirstBind(context, id, since, () =>
      context.control.change((draft) => {
        deleteFlow(draft, id);
        // Parts that came inside the flow go with it.
        for (const list of ["inputs", "outputs"] as const) {
          draft.document[list] = draft.list(list).filter((part) => former.has(String(part["id"])));
        }
      }),
    );
    return answer;
  },
  update_flow: async ({ flow_id: id, flow }, desk) => {
    const { context } = desk;
    const since = newestEvent(context);
    const answer = await change(desk, (draft) => {
      replaceFlow(draft, id, flow);
      keepOnAir(draft, context.store.config);
    });
    desk.effect();
    await awaitFirstBind(context, id, since, () => Promise.resolve());
    return answer;
  },
  delete_flow: ({ flow_id: id }, desk) => change(desk, (draft) => deleteFlow(draft, id)),
  start_flow: async ({ flow_id: id }, desk) => {
    const { context } = desk;
    const since = newestEvent(context);
    await context.control.startFlow(id);
    desk.effect();
    await awaitFirstBind(context, id, since, () => context.control.stopFlow(id));
    return flowAnswer(desk, id);
  },
  stop_flow: async ({ flow_id: id }, desk) => {
    await desk.context.control.stopFlow(id);
    return flowAnswer(desk, id);
  },
  restart_flow: async ({ flow_id: id }, desk) => {
    await desk.context.control.restartFlow(id);
    return flowAnswer(desk, id);
  },
  add_input: ({ flow_id: flowId, input }, desk) => change(desk, (draft) => addInput(draft, flowId, input)),
  remove_input: ({ flow_id: flowId, input_id: inputId, keep }, desk) =>
    change(desk, (draft) => {
      removeInput(draft, flowId, inputId, keep ?? false);
      keepOnAir(draft, desk.context.store.config);
    }),
  add_output: ({ flow_id: flowId, output }, desk) => change(desk, (draft) => addOutput(draft, flowId, output)),
  remove_output: ({ flow_id: flowId, output_id: outputId, keep }, desk) =>
    change(desk, (draft) => removeOutput(draft, flowId, outputId, keep ?? false)),
  activate_input: ({ flow_id: flowId, input_id: inputId, splice_mode_override: requested }, { context }) =>
    switchInput(context, flowId, inputId, requested),
  activate_output: ({ flow_id: flowId, output_id: outputId, active }, desk) =>
    change(desk, (draft) => {
      const flow = desk.context.store.config.flows.find(({ id }) => id === flowId);
      if (flow === undefined) {
        throw new Fault("flow_not_found", `There is no flow "${flowId}"`, { details: { flow_id: flowId } });
      }
      if (!flow.output_ids.includes(outputId)) {
        const details = { flow_id: flowId, output_id: outputId };
        throw new Fault("output_not_on_flow", `The flow "${flowId}" has no output "${outputId}"`, { details });
      }
      setOutputActive(draft, outputId, active);
    }),
};
