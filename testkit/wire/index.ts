export { RecordingWire, type SentMessage } from "./recording-wire.ts";
