export { Multiplex, type MultiplexOptions, type Part, type Script } from "./multiplex.ts";
export {
  association,
  audioPid,
  conditionalAccess,
  ecmPid,
  mapPid,
  programMap,
  serviceInformation,
  subtitlePid,
  timeAndDate,
  videoPid,
} from "./multiplex-tables.ts";
export { MadeMux, type MadePes, type MadeProgram, type MadeStream } from "./made-mux.ts";
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
export { Mux, threePrograms, type MuxContent, type MuxProgram, type MuxStream } from "./mux.ts";
