export { MadeMux, type MadePes, type MadeProgram, type MadeStream } from "./made-mux.ts";
export { rtpPacket, type RtpPacketOptions } from "./rtp-packets.ts";
export { markOf, tsUnit } from "./ts-units.ts";
