import { NODE_ENDPOINTS } from "@bilbycast/contracts/manager-api";
import type { FastifyReply } from "fastify";
import { serve } from "../app.ts";
import { refusal } from "../http/faults.ts";
import { RemotePictures } from "../node-link/remote-pictures.ts";
import type { NodeRooms } from "./routes.ts";

/** The newest pictures, whichever instance has the node. Their addresses stay the same; ETag and Age tell which one came and how old it is. */
export const pictureRoutes = ({ app, hub, states }: NodeRooms): void => {
  const pictures = new RemotePictures(app, hub, states);
  const answer = async (reply: FastifyReply, nodeId: string, key: string): Promise<Buffer | undefined> => {
    const picture = await pictures.newest(nodeId, key);
    if (picture === undefined) {
      const isHere = states.get(nodeId)?.isHere === true || (await hub.ownerOf(nodeId)) !== undefined;
      throw refusal("picture_absent", "There is no picture of it", { reason: isHere ? "none_yet" : "node_not_connected" });
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
