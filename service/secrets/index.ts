export { isSameSecret } from "./comparison.ts";
