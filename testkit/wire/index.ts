export { LinkWire } from "./link-wire.ts";
export { RecordingWire, type SentMessage } from "./recording-wire.ts";
