export { DelayPacer } from "./delay-pacer.ts";
