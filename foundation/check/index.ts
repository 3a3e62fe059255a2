export { check, CheckFailed } from "./check.ts";
