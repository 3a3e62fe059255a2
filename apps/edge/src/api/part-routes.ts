import { z } from "zod";
import { partUnion, type Part, type Side } from "@bilbycast/contracts/config";
import { failureSchema, outputActiveBody, partParams, success, successOfChange } from "@bilbycast/contracts/edge-api";
import { Fault } from "@bilbycast/foundation/fault";
import { createPart, deletePart, replacePart, setOutputActive } from "../part-edits.ts";
import { viewOf } from "./config-view.ts";
import { changed, objectBody, passBody, type Api, type ApiContext } from "./context.ts";

/** Inputs and outputs by themselves, on a flow or not. */
export const partRoutes = (api: Api, context: ApiContext): void => {
  sideRoutes(api, context, "input");
  sideRoutes(api, context, "output");
  const answer = { 200: successOfChange(partUnion(context.declarations, "output")), "4xx": failureSchema, "5xx": failureSchema };
  api.post(
    "/api/v1/outputs/:id/active",
    { schema: { summary: "Open or close an output", tags: ["outputs"], params: partParams, body: outputActiveBody, response: answer } },
    async (request) => {
      const warnings = await context.control.change((draft) => setOutputActive(draft, request.params.id, request.body.active));
      return changed(outputView(context, request.params.id), warnings);
    },
  );
};

/** An output as it is in force. Throws the Fault `output_not_found`. */
export const outputView = (context: ApiContext, id: string): Part => partView(context, "output", id);

const sideRoutes = (api: Api, context: ApiContext, side: Side): void => {
  const { control, store } = context;
  const part = partUnion(context.declarations, side);
  const failures = { "4xx": failureSchema, "5xx": failureSchema };
  const answer = { 200: success(part), ...failures };
  const changeAnswer = { 200: successOfChange(part), ...failures };
  const tags = [`${side}s`];
  const list = { 200: success(z.record(z.string(), z.array(part))) };
  api.get(`/api/v1/${side}s`, { schema: { summary: `List ${side}s`, tags, response: list } }, () => ({
    success: true as const,
    data: { [`${side}s`]: store.config[`${side}s`].map((candidate) => partView(context, side, candidate.id)) },
  }));
  api.post(
    `/api/v1/${side}s`,
    { schema: { summary: `Create an ${side}`, tags, body: part, response: changeAnswer }, validatorCompiler: passBody },
    async (request) => {
      const body = objectBody(request.body);
      const warnings = await control.change((draft) => createPart(draft, side, body));
      return changed(partView(context, side, String(body["id"])), warnings);
    },
  );
  api.get(`/api/v1/${side}s/:id`, { schema: { summary: `Read an ${side}`, tags, params: partParams, response: answer } }, (request) => ({
    success: true as const,
    data: partView(context, side, request.params.id),
  }));
  api.put(
    `/api/v1/${side}s/:id`,
    {
      schema: { summary: `Replace an ${side}`, tags, params: partParams, body: part, response: changeAnswer },
      validatorCompiler: passBody,
    },
    async (request) => {
      const body = objectBody(request.body);
      const warnings = await control.change((draft) => replacePart(draft, side, request.params.id, body));
      return changed(partView(context, side, request.params.id), warnings);
    },
  );
  api.delete(
    `/api/v1/${side}s/:id`,
    {
      schema: {
        summary: `Delete an ${side} that is on no flow`,
        tags,
        params: partParams,
        response: { 200: success(z.null()), ...failures },
      },
    },
    async (request) => {
      await control.change((draft) => deletePart(draft, side, request.params.id));
      return { success: true as const, data: null };
    },
  );
};

const partView = ({ store }: ApiContext, side: Side, id: string): Part => {
  const part = viewOf(store, `${side}s`, id);
  if (part === undefined) {
    throw new Fault(`${side}_not_found`, `There is no ${side} "${id}"`, { details: { [`${side}_id`]: id } });
  }
  return part as Part;
};
