import { z } from "zod";
import { authError, authErrorReceived, registerAck, registerAckReceived } from "./auth.ts";
import { actionSchema } from "./commands.ts";
import { anything, nothing, readBy, received, sent, type Read } from "./envelope.ts";
import { COMMAND_ID_MAX } from "./limits.ts";

/** What a manager says, as ours sends it to an edge. */
export const managerMessage = z.union([
  sent("register_ack", registerAck),
  sent("auth_ok", nothing()),
  authError,
  sent("ping", nothing()),
  sent("pong", nothing()),
  sent("command", z.strictObject({ command_id: z.string().min(1).max(COMMAND_ID_MAX), action: actionSchema })),
]);

const RECEIVED = {
  register_ack: received("register_ack", registerAckReceived),
  auth_ok: received("auth_ok", anything()),
  auth_error: authErrorReceived,
  ping: received("ping", anything()),
  pong: received("pong", anything()),
  command: received("command", z.looseObject({ command_id: z.string().min(1).max(COMMAND_ID_MAX), action: z.looseObject({}) })),
};

/** As any manager may have said it; the action of a command is for `readAction`. */
export type ManagerMessage = { [Type in keyof typeof RECEIVED]: z.output<(typeof RECEIVED)[Type]> }[keyof typeof RECEIVED];

export const readManagerMessage = (frame: unknown): Read<ManagerMessage> => readBy<ManagerMessage>(RECEIVED, frame);
