export { Meter, MeterTable } from "./meter.ts";
