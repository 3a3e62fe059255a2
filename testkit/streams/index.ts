export { liveLayout, type Layout, type LiveTsOptions } from "./live-layout.ts";
export { LIVE_DATAGRAM, LiveTs } from "./live-ts.ts";
export {
  descriptor,
  eitBody,
  patBody,
  pmtBody,
  psiSection,
  sdtBody,
  sectionCrc,
  sectionPackets,
  type MapStream,
  type SectionParts,
} from "./psi-sections.ts";
export { rtpPacket, type RtpPacketOptions } from "./rtp-packets.ts";
export { sourceOf } from "./stream-mark.ts";
export { markOf, tsUnit } from "./ts-units.ts";
