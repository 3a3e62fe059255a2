import { z } from "zod";
import { commandAck, commandAckReceived, configResponse, configResponseReceived } from "./answers.ts";
import { authByToken, authBySecret, authReceived } from "./auth.ts";
import { anything, nothing, readBy, received, sent, type Read } from "./envelope.ts";
import {
  eventPayload,
  eventReceived,
  healthPayload,
  healthReceived,
  statsPayload,
  statsReceived,
  thumbnailPayload,
  thumbnailReceived,
} from "./telemetry.ts";

/** What a node says, as our edge sends it. */
export const nodeMessage = z.union([
  sent("auth", z.union([authByToken, authBySecret])),
  sent("stats", statsPayload),
  sent("health", healthPayload),
  sent("thumbnail", thumbnailPayload),
  sent("event", eventPayload),
  sent("command_ack", commandAck),
  sent("config_response", configResponse),
  sent("pong", nothing()),
  sent("ping", nothing()),
]);

const RECEIVED = {
  auth: received("auth", authReceived),
  stats: received("stats", statsReceived),
  health: received("health", healthReceived),
  thumbnail: received("thumbnail", thumbnailReceived),
  event: received("event", eventReceived),
  command_ack: received("command_ack", commandAckReceived),
  config_response: received("config_response", configResponseReceived),
  pong: received("pong", anything()),
  ping: received("ping", anything()),
};

/** As any node may have said it. */
export type NodeMessage = { [Type in keyof typeof RECEIVED]: z.output<(typeof RECEIVED)[Type]> }[keyof typeof RECEIVED];

/** Reads a frame of a node: edge, gateway or relay. */
export const readNodeMessage = (frame: unknown): Read<NodeMessage> => readBy<NodeMessage>(RECEIVED, frame);
