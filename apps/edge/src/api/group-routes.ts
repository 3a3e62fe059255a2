import { failureSchema, flowGroupAnswer, flowGroupListSchema, flowGroupParams, success } from "@bilbycast/contracts/edge-api";
import type { Api, ApiContext } from "./context.ts";
import { stateOf } from "./flow-routes.ts";

const tags = ["flow groups"];

/** Flow groups: flows that start and stop in one step, all or none. */
export const groupRoutes = (api: Api, context: ApiContext): void => {
  const { control, store } = context;
  api.get(
    "/api/v1/flow-groups",
    { schema: { tags, summary: "List flow groups", response: { 200: success(flowGroupListSchema) } } },
    () => ({
      success: true as const,
      data: { flow_groups: (store.config.flow_groups ?? []).map((group) => ({ ...group })) },
    }),
  );
  const commands = {
    start: (id: string) => control.startGroup(id),
    stop: (id: string) => control.stopGroup(id),
  };
  for (const [word, command] of Object.entries(commands)) {
    api.post(
      `/api/v1/flow-groups/:group_id/${word}`,
      {
        schema: {
          tags,
          summary: `${word === "start" ? "Start" : "Stop"} every flow of a group`,
          params: flowGroupParams,
          response: { 200: success(flowGroupAnswer), "4xx": failureSchema, "5xx": failureSchema },
        },
      },
      async (request) => {
        const id = request.params.group_id;
        await command(id);
        const group = store.config.flow_groups?.find((candidate) => candidate.id === id);
        return {
          success: true as const,
          data: { id, flows: (group?.flow_ids ?? []).map((flowId) => ({ id: flowId, state: stateOf(context, flowId) })) },
        };
      },
    );
  }
};
