export { readS302mHeader, S302M_RATE, type S302mHeader } from "./header.ts";
