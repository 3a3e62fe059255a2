import { z } from "zod";
import { FLOW_STATES } from "@bilbycast/contracts/edge-api";
import { asks, body, changes, id } from "./command.ts";

const data = z.strictObject({ id: z.string(), flows: z.array(z.strictObject({ id: z.string(), state: z.enum(FLOW_STATES) })) });

export const GROUP_COMMANDS = {
  start_flow_group: asks({ title: "Start every flow of a group, or none", role: "operator", params: { flow_group_id: id() }, data }),
  stop_flow_group: asks({ title: "Stop every flow of a group", role: "operator", params: { flow_group_id: id() }, data }),
  add_flow_group: changes({ title: "Create a flow group", role: "operator", params: { flow_group: body() } }),
  update_flow_group: changes({
    title: "Replace a flow group",
    role: "operator",
    params: { flow_group_id: id(), flow_group: body() },
  }),
  remove_flow_group: changes({ title: "Delete a flow group; its flows stay", role: "operator", params: { flow_group_id: id() } }),
  add_essence_flow: changes({ title: "Add a flow to a group", role: "operator", params: { flow_group_id: id(), flow_id: id() } }),
  remove_essence_flow: changes({
    title: "Take a flow out of a group",
    role: "operator",
    params: { flow_group_id: id(), flow_id: id() },
  }),
};
