export { rtpPacket, type RtpPacketOptions } from "./rtp-packets.ts";
export { markOf, tsUnit } from "./ts-units.ts";
