export { rtpPacket, type RtpPacketOptions } from "./rtp-packets.ts";
export { markOf, tsUnit } from "./ts-units.ts";
export { Mux, threePrograms, type MuxContent, type MuxProgram, type MuxStream } from "./mux.ts";
