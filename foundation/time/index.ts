export { NEVER, after, instant, microseconds, milliseconds, seconds, type Instant, type Microseconds } from "./instant.ts";
