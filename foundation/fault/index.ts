export { Fault, isFault, type FaultBody } from "./fault.ts";
