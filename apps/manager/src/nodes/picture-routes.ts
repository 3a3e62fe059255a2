import { NODE_ENDPOINTS } from "@bilbycast/contracts/manager-api";
import type { FastifyReply } from "fastify";
import { serve } from "../app.ts";
import { refusal } from "../http/faults.ts";
import type { NodeRooms } from "./routes.ts";

/** The newest pictures. Their addresses stay the same; ETag and Age tell which one came and how old it is. */
export const pictureRoutes = ({ app, states }: NodeRooms): void => {
  const answer = (reply: FastifyReply, nodeId: string, key: string): Buffer | undefined => {
    const state = states.get(nodeId);
    const picture = state?.pictures.get(key);
    if (picture === undefined) {
      throw refusal("picture_absent", "There is no picture of it", { reason: state === undefined ? "node_not_connected" : "none_yet" });
    }
    const tag = `"${picture.tag}"`;
    void reply
      .type("image/jpeg")
      .header("ETag", tag)
      .header("Age", String(Math.max(0, Math.floor((Date.now() - picture.takenAt) / 1_000))))
      .header("X-Taken-At", new Date(picture.takenAt).toISOString())
      .header("Cache-Control", "private, no-cache");
    if (reply.request.headers["if-none-match"] === tag) {
      void reply.code(304);
      return undefined;
    }
    return picture.jpeg;
  };
  serve(app, NODE_ENDPOINTS.flowPicture, ({ params, reply }) => answer(reply, params.node_id, `flow:${params.flow_id}`));
  serve(app, NODE_ENDPOINTS.inputPicture, ({ params, reply }) => answer(reply, params.node_id, `input:${params.input_id}`));
};
