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
export { rtpPacket, type RtpPacketOptions } from "./rtp-packets.ts";
export { markOf, tsUnit } from "./ts-units.ts";
export { Mux, threePrograms, type MuxContent, type MuxProgram, type MuxStream } from "./mux.ts";
