import { z } from "zod";
import { flowSchema, partUnion, type Flow } from "@bilbycast/contracts/config";
import {
  activateInputAnswer,
  activateInputBody,
  assignOutputBody,
  failureSchema,
  flowListSchema,
  flowOutputParams,
  flowParams,
  flowStateSchema,
  removeOutputQuery,
  success,
  successOfChange,
  type FlowSummary,
} from "@bilbycast/contracts/edge-api";
import { Fault } from "@bilbycast/foundation/fault";
import { addOutput, createFlow, deleteFlow, removeOutput, replaceFlow } from "../flow-edits.ts";
import { flowState } from "../flow-stats.ts";
import { switchInput } from "../flow-switch.ts";
import { brokenFlowStats, viewOf } from "./config-view.ts";
import { changed, objectBody, passBody, type Api, type ApiContext } from "./context.ts";
import { outputView } from "./part-routes.ts";

/** Flows: list, read, create, replace, delete, start, stop, restart, switch the input, add and remove outputs. */
export const flowRoutes = (api: Api, context: ApiContext): void => {
  editRoutes(api, context);
  runRoutes(api, context);
  outputRoutes(api, context);
};

const flowTags = ["flows"];

const editRoutes = (api: Api, context: ApiContext): void => {
  const { control } = context;
  const flowAnswer = { 200: success(flowSchema), "4xx": failureSchema, "5xx": failureSchema };
  const changeAnswer = { ...flowAnswer, 200: successOfChange(flowSchema) };
  const flowBody = nestedFlowBody(context);
  api.get(
    "/api/v1/flows",
    { schema: { summary: "List flows with their state", tags: flowTags, response: { 200: success(flowListSchema) } } },
    () => ({
      success: true as const,
      data: { flows: [...context.store.config.flows.map((flow) => summaryOf(flow, context)), ...brokenSummaries(context)] },
    }),
  );
  api.get(
    "/api/v1/flows/:flow_id",
    { schema: { summary: "Read a flow", tags: flowTags, params: flowParams, response: flowAnswer } },
    (request) => ({
      success: true as const,
      data: flowView(context, request.params.flow_id),
    }),
  );
  api.post(
    "/api/v1/flows",
    {
      schema: {
        summary: "Create a flow, by the ids of its parts or with them inside",
        tags: flowTags,
        body: flowBody,
        response: changeAnswer,
      },
      validatorCompiler: passBody,
    },
    async (request) => {
      const body = objectBody(request.body);
      const warnings = await control.change((draft) => createFlow(draft, body));
      return changed(flowView(context, String(body["id"])), warnings);
    },
  );
  api.put(
    "/api/v1/flows/:flow_id",
    {
      schema: {
        summary: "Replace a flow; what did not change is not touched",
        tags: flowTags,
        params: flowParams,
        body: flowBody,
        response: changeAnswer,
      },
      validatorCompiler: passBody,
    },
    async (request) => {
      const body = objectBody(request.body);
      const warnings = await control.change((draft) => replaceFlow(draft, request.params.flow_id, body));
      return changed(flowView(context, request.params.flow_id), warnings);
    },
  );
  deleteRoute(api, context);
};

const deleteRoute = (api: Api, { control }: ApiContext): void => {
  api.delete(
    "/api/v1/flows/:flow_id",
    {
      schema: {
        summary: "Stop and delete a flow",
        tags: flowTags,
        params: flowParams,
        response: { 200: success(z.null()), "4xx": failureSchema, "5xx": failureSchema },
      },
    },
    async (request) => {
      await control.change((draft) => deleteFlow(draft, request.params.flow_id));
      return { success: true as const, data: null };
    },
  );
};

const runRoutes = (api: Api, context: ApiContext): void => {
  const { control } = context;
  const schema = {
    tags: flowTags,
    params: flowParams,
    response: { 200: success(flowStateSchema), "4xx": failureSchema, "5xx": failureSchema },
  };
  const commands = {
    start: (id: string) => control.startFlow(id),
    stop: (id: string) => control.stopFlow(id),
    restart: (id: string) => control.restartFlow(id),
  };
  for (const [word, command] of Object.entries(commands)) {
    api.post(`/api/v1/flows/:flow_id/${word}`, { schema: { ...schema, summary: `${word} a flow` } }, async (request) => {
      const id = request.params.flow_id;
      await command(id);
      return { success: true as const, data: { id, state: stateOf(context, id) } };
    });
  }
  api.post(
    "/api/v1/flows/:flow_id/activate-input",
    {
      schema: {
        summary: "Put another input of a running flow on air",
        tags: flowTags,
        params: flowParams,
        body: activateInputBody,
        response: { 200: success(activateInputAnswer), "4xx": failureSchema, "5xx": failureSchema },
      },
    },
    async (request) => {
      const { flow_id: flowId } = request.params;
      const { input_id: inputId, splice_mode_override: requested } = request.body;
      return { success: true as const, data: await switchInput(context, flowId, inputId, requested) };
    },
  );
};

const outputRoutes = (api: Api, context: ApiContext): void => {
  const { control, declarations } = context;
  const output = partUnion(declarations, "output");
  const failures = { "4xx": failureSchema, "5xx": failureSchema };
  api.post(
    "/api/v1/flows/:flow_id/outputs",
    {
      schema: {
        summary: "Add an output to a flow",
        tags: flowTags,
        params: flowParams,
        body: z.union([output, assignOutputBody]),
        response: { 200: successOfChange(output), ...failures },
      },
      validatorCompiler: passBody,
    },
    async (request) => {
      const body = objectBody(request.body);
      const warnings = await control.change((draft) => addOutput(draft, request.params.flow_id, body));
      const id = body["type"] === undefined ? (body["output_id"] ?? body["id"]) : body["id"];
      return changed(outputView(context, String(id)), warnings);
    },
  );
  api.delete(
    "/api/v1/flows/:flow_id/outputs/:output_id",
    {
      schema: {
        summary: "Take an output off a flow",
        tags: flowTags,
        params: flowOutputParams,
        querystring: removeOutputQuery,
        response: { 200: success(z.null()), ...failures },
      },
    },
    async (request) => {
      const { flow_id: flowId, output_id: outputId } = request.params;
      await control.change((draft) => removeOutput(draft, flowId, outputId, request.query.keep === "true"));
      return { success: true as const, data: null };
    },
  );
};

/** A flow as it may be posted: by the ids of its parts, or with them inside as version 1 writes it. */
const nestedFlowBody = ({ declarations }: ApiContext) =>
  flowSchema.extend({
    input: partUnion(declarations, "input").optional().describe("Version 1: the one input, inside."),
    outputs: z.array(partUnion(declarations, "output")).optional().describe("Version 1: the outputs, inside."),
  });

const flowView = ({ store }: ApiContext, id: string): Flow => {
  const flow = viewOf(store, "flows", id);
  if (flow === undefined) {
    throw new Fault("flow_not_found", `There is no flow "${id}"`, { details: { flow_id: id } });
  }
  return flow as Flow;
};

/** The state of a flow in the words of the contract. */
export const stateOf = (context: Pick<ApiContext, "sample">, id: string) => {
  const sample = context.sample();
  return flowState(
    sample.snapshot.flows.find((flow) => flow.id === id),
    sample,
  );
};

const summaryOf = (flow: Flow, context: ApiContext): FlowSummary => {
  const inputs = context.store.config.inputs.filter((input) => flow.input_ids.includes(input.id));
  const type = (inputs.find((input) => input.active) ?? inputs[0])?.type;
  return {
    id: flow.id,
    name: flow.name,
    enabled: flow.enabled,
    state: stateOf(context, flow.id),
    ...(type === undefined ? {} : { input_type: type }),
    input_count: flow.input_ids.length,
    output_count: flow.output_ids.length,
  };
};

/** Flows that the file has and that cannot run stand behind the others. */
const brokenSummaries = ({ store }: ApiContext): FlowSummary[] =>
  brokenFlowStats(store).map(({ flow_id: id, flow_name: name }) => ({
    id,
    name,
    enabled: true,
    state: "failed",
    input_count: 0,
    output_count: 0,
  }));
