export { Fault, isFault, type FaultBody } from "./fault.ts";
export { faultBodyOf, messageOf } from "./message-of.ts";
