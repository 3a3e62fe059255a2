import { z } from "zod";
import { failureSchema, flowParams, thumbnailInputParams, thumbnailQuery } from "@bilbycast/contracts/edge-api";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Fault } from "@bilbycast/foundation/fault";
import { absenceOf, ageOf } from "../thumbnail-stats.ts";
import type { Api, ApiContext } from "./context.ts";

const tags = ["thumbnails"];

const description =
  "320x180. Picture-Age-Ms says how long ago the picture was on the wire, Picture-Time when; with If-None-Match only a new one comes. " +
  "With live=true there are five a second for the next five seconds, of at most eight inputs of the node at a time.";

const response = {
  200: { description: "The newest picture", content: { "image/jpeg": { schema: z.string().meta({ format: "binary" }) } } },
  "4xx": failureSchema,
  "5xx": failureSchema,
};

type Context = Pick<ApiContext, "engine" | "sample" | "store">;

/** The newest picture of a flow or of one of its inputs. */
export const thumbnailRoutes = (api: Api, context: Context): void => {
  api.get(
    "/api/v1/flows/:flow_id/thumbnail",
    { schema: { tags, summary: "The newest picture of a flow", description, params: flowParams, querystring: thumbnailQuery, response } },
    (request, reply) => send(context, request, reply, request.params.flow_id, undefined, request.query.live),
  );
  api.get(
    "/api/v1/flows/:flow_id/inputs/:input_id/thumbnail",
    {
      schema: {
        tags,
        summary: "The newest picture of an input, on air or standing by",
        description,
        params: thumbnailInputParams,
        querystring: thumbnailQuery,
        response,
      },
    },
    (request, reply) => send(context, request, reply, request.params.flow_id, request.params.input_id, request.query.live),
  );
};

const send = (
  { engine, sample, store }: Context,
  request: Pick<FastifyRequest, "headers">,
  reply: FastifyReply,
  flowId: string,
  inputId: string | undefined,
  isLive: boolean,
): never => {
  const flow = store.config.flows.find(({ id }) => id === flowId);
  if (flow === undefined) {
    throw new Fault("flow_not_found", `There is no flow "${flowId}"`, { details: { flow_id: flowId } });
  }
  if (inputId !== undefined && !flow.input_ids.includes(inputId)) {
    throw new Fault("input_not_found", `The flow "${flowId}" has no input "${inputId}"`, {
      details: { flow_id: flowId, input_id: inputId },
    });
  }
  const picture = engine.picture(flowId, inputId);
  const absence = absenceOf(
    sample().snapshot.flows.find(({ id }) => id === flowId),
    inputId,
  );
  if (isLive && !UNSEEN.has(absence.code)) {
    engine.look(flowId, inputId);
  }
  if (picture === undefined) {
    throw new Fault("thumbnail_absent", `There is no picture: ${absence.message}`, { details: { reason: absence.code } });
  }
  const tag = `"${Math.round(picture.takenAtMs)}-${picture.number}"`;
  reply.header("ETag", tag);
  reply.header("Cache-Control", "no-cache");
  reply.header("Picture-Age-Ms", String(ageOf(picture.takenAtMs, Date.now())));
  reply.header("Picture-Time", new Date(picture.takenAtMs).toISOString());
  if (request.headers["if-none-match"] === tag) {
    return reply.code(304).send() as never;
  }
  // A route's type knows bodies of JSON only.
  return reply.type("image/jpeg").send(Buffer.from(picture.jpeg)) as never;
};

/** Where looking makes no pictures. */
const UNSEEN = new Set(["flow_not_running", "no_input", "input_not_running", "thumbnail_off"]);
