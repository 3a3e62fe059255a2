export { Caller } from "./caller.ts";
export type { Endpoint, EndpointOptions } from "./endpoint.ts";
export type { ReportEvent, SrtEvent } from "./events.ts";
export { Listener } from "./listener.ts";
export { SRT_COUNTERS, SRT_GAUGES, type SrtMeters } from "./meters.ts";
export { SrtReceiver } from "./receiver.ts";
export type { RejectReason } from "./reject-reason.ts";
export { SrtSender } from "./sender.ts";
export { DEFAULT_SETTINGS, type SrtSettings } from "./settings.ts";
