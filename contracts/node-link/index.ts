export * from "./limits.ts";
export { ACK_CODES, type AckCode, type CommandAck } from "./answers.ts";
export { AUTH_ERRORS, authByToken, authBySecret, type AuthErrorCode } from "./auth.ts";
export { COMMAND_ROLES, type CommandDeclaration, type CommandRole } from "./command.ts";
export {
  COMMANDS,
  actionSchema,
  paramsSchema,
  readAction,
  type Action,
  type CommandData,
  type CommandName,
  type CommandParams,
  type ReadAction,
} from "./commands.ts";
export type { Read } from "./envelope.ts";
export { managerMessage, readManagerMessage, type ManagerMessage } from "./manager-messages.ts";
export { mediaFrameHeader, readMediaFrame, writeMediaFrame, type MediaFrameHeader } from "./media-frame.ts";
export { nodeMessage, readNodeMessage, type NodeMessage } from "./node-messages.ts";
export { type LinkEvent, type LinkStats, type LinkThumbnail } from "./telemetry.ts";
