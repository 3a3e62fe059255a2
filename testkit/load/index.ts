export { FarLoad } from "./far-load.ts";
export { Load } from "./load.ts";
export { DatagramForm, FORM_SIZE } from "./datagram-form.ts";
export type { LoadPlan, SinkReport } from "./load-orders.ts";
