// The judge of transport streams. It is written from ISO/IEC 13818-1 and EN 300 468 alone and shares no line with the code
// that it judges: nothing in this folder may import from `protocols`, or both would be wrong in the same way.

export { NO_ERRORS, type CheckReport, type Discontinuity, type ErrorKind, type Finding } from "./check-report.ts";
export { PacketDigests, type DigestReport, type MaskedField } from "./packet-digests.ts";
export { TsChecker, type CheckerOptions } from "./ts-checker.ts";
