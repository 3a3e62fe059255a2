import type { InputStats, OutputStats } from "@bilbycast/contracts/edge-api";
import type { CommandData } from "@bilbycast/contracts/node-link";
import { Fault } from "@bilbycast/foundation/fault";
import { statsView } from "../../api/status-views.ts";
import { keepOnAir } from "../../on-air.ts";
import { createPart, deletePart, replacePart } from "../../part-edits.ts";
import { change } from "./change.ts";
import type { Desk, Handlers } from "./desk.ts";

/** Inputs and outputs by themselves. */
export const partCommands: Handlers<
  "create_input" | "update_input" | "delete_input" | "create_output" | "update_output" | "delete_output" | "test_input" | "test_output"
> = {
  create_input: ({ input }, desk) => change(desk, (draft) => createPart(draft, "input", input)),
  update_input: ({ input_id: id, input }, desk) =>
    change(desk, (draft) => {
      replacePart(draft, "input", id, input);
      keepOnAir(draft, desk.context.store.config);
    }),
  delete_input: ({ input_id: id }, desk) => change(desk, (draft) => deletePart(draft, "input", id)),
  create_output: ({ output }, desk) => change(desk, (draft) => createPart(draft, "output", output)),
  update_output: ({ output_id: id, output }, desk) => change(desk, (draft) => replacePart(draft, "output", id, output)),
  delete_output: ({ output_id: id }, desk) => change(desk, (draft) => deletePart(draft, "output", id)),
  test_input: async ({ input_id: id }, desk) => {
    assertPart(desk, "input", id);
    return verdict(
      statsView(desk.context)
        .flatMap((flow) => flow.inputs_live)
        .find((input) => input.input_id === id),
    );
  },
  test_output: async ({ output_id: id }, desk) => {
    assertPart(desk, "output", id);
    return verdict(
      statsView(desk.context)
        .flatMap((flow) => flow.outputs)
        .find((output) => output.output_id === id),
    );
  },
};

const assertPart = ({ context: { store } }: Desk, side: "input" | "output", id: string): void => {
  if (!store.config[`${side}s`].some((part) => part.id === id)) {
    throw new Fault(`${side}_not_found`, `There is no ${side} "${id}"`, { details: { [`${side}_id`]: id } });
  }
};

/** How a part stands, in the words that a test of it has. What is not open is not opened for the test: that would take its port. */
const verdict = (stats: InputStats | OutputStats | undefined): CommandData<"test_input"> => {
  if (stats === undefined) {
    return { success: false, state: "idle", message: "It is on no flow, so it is not open" };
  }
  const { state, error, local_addr: address } = stats;
  const rtt = stats.srt_stats?.rtt_ms;
  const link = "connection" in stats ? (stats as OutputStats).connection : undefined;
  const more = typeof rtt === "number" ? { rtt_ms: rtt } : {};
  if (error !== undefined || state === "failed") {
    return { success: false, state: "error", message: error?.message ?? "It could not be opened", ...more };
  }
  if (state === "idle" || state === "starting") {
    return { success: false, state, message: state === "idle" ? "Its flow does not run, or it is switched off" : "It is opening", ...more };
  }
  const isMoving = state === "receiving" || state === "sending";
  const where = address === undefined ? "" : ` at ${address}`;
  const peer = link === undefined ? "" : `; the other end: ${link.state}${link.message === undefined ? "" : ` (${link.message})`}`;
  return {
    success: true,
    state: isMoving ? "connected" : "bound",
    message: `Open${where}, ${isMoving ? "and media moves" : "and nothing moves"}${peer}`,
    ...more,
  };
};
