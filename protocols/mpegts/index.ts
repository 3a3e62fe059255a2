export {
  adaptationFieldLength,
  areWholePackets,
  continuityCounter,
  discontinuityIndicator,
  hasAdaptationField,
  hasPayload,
  isScrambled,
  NULL_PID,
  PACKET_SIZE,
  payloadOffset,
  payloadUnitStart,
  pid,
  PID_COUNT,
  setContinuityCounter,
  setDiscontinuityIndicator,
  SYNC_BYTE,
  transportError,
  UNIT_PACKETS,
  UNIT_SIZE,
  writeHeader,
  type HeaderFields,
} from "./packet.ts";
export {
  difference,
  dtsOffset,
  hasPcr,
  isVideoPes,
  PCR_HZ,
  PCR_PER_STAMP,
  PCR_WRAP,
  ptsOffset,
  readPcr,
  readStamp,
  STAMP_WRAP,
  wrapped,
  writePcr,
  writeStamp,
} from "./media-time.ts";
export { PcrUnwrapper, StampUnwrapper } from "./media-unwrapper.ts";
export {
  adaptationFieldSize,
  readAdaptationField,
  writeAdaptationField,
  type AdaptationExtension,
  type AdaptationField,
} from "./adaptation-field.ts";
export {
  pesHeaderSize,
  pesPayloadOffset,
  readPesHeader,
  writePesHeader,
  type PesHeader,
  type PesOptionalHeader,
} from "./pes/pes-header.ts";
export { PesAssembler } from "./pes/pes-assembler.ts";
export { mostPacketsOfPes, PesPacketizer, type PesFrame } from "./pes/pes-packetizer.ts";
export { CHUNK_SIZE, Playout, type PlayoutOptions } from "./playout.ts";
export { TsUnits, type TsUnitsCounts } from "./units.ts";
export { crc32 } from "@bilbycast/foundation/bytes";
export {
  formatIdentifier,
  ISO_639_LANGUAGE,
  languageOf,
  readDescriptors,
  SUBTITLING,
  TELETEXT,
  writeDescriptors,
  type Descriptor,
} from "./psi/descriptors.ts";
export {
  CAT_PID,
  CAT_TABLE,
  PAT_PID,
  PAT_TABLE,
  PMT_TABLE,
  readConditionalAccess,
  readProgramAssociation,
  readProgramMap,
  writeConditionalAccessTable,
  writeProgramAssociation,
  writeProgramAssociationTable,
  writeProgramMap,
  type ConditionalAccess,
  type ElementaryStream,
  type ProgramAssociation,
  type ProgramMap,
} from "./psi/program-tables.ts";
export { LONGEST_SECTION, readSection, writeSection, type Section } from "./psi/section.ts";
export { SectionAssembler } from "./psi/section-assembler.ts";
export { packetizeSection, packetsOfSection } from "./psi/section-packetizer.ts";
export {
  readServiceDescriptor,
  readShortEvent,
  writeNetworkName,
  writeServiceDescriptor,
  writeShortEvent,
  type ServiceDescriptor,
  type ShortEvent,
} from "./psi/service-descriptors.ts";
export {
  readCaDescriptor,
  readComponentTag,
  readLanguages,
  readMaximumBitrate,
  readRegistration,
  readSubtitles,
  readTeletextPages,
  writeCaDescriptor,
  writeComponentTag,
  writeLanguages,
  writeMaximumBitrate,
  writeRegistration,
  writeSubtitles,
  writeTeletextPages,
  type CaDescriptor,
  type Language,
  type Registration,
  type Subtitles,
  type TeletextPage,
} from "./psi/stream-descriptors.ts";
export {
  readAacDescriptor,
  readAc3Descriptor,
  readEnhancedAc3Descriptor,
  writeAacDescriptor,
  writeAc3Descriptor,
  writeEnhancedAc3Descriptor,
  type AacDescriptor,
  type Ac3Descriptor,
  type EnhancedAc3Descriptor,
} from "./psi/audio-descriptors.ts";
export { readDvbText, writeDvbText } from "./psi/dvb-text.ts";
export { EIT_PID, NIT_PID, SDT_PID, TDT_PID } from "./psi/service-information.ts";
export { readServiceDescription, writeServiceDescriptionTable, type Service, type ServiceDescription } from "./psi/service-description.ts";
export { readNetworkInformation, writeNetworkInformationTable, type NetworkInformation } from "./psi/network-information.ts";
export {
  readEventInformation,
  writePresentFollowing,
  type EventInformation,
  type PresentFollowing,
  type ServiceEvent,
} from "./psi/event-information.ts";
export { readEventSchedule, writeEventSchedule, type EventSchedule, type Schedule } from "./psi/event-schedule.ts";
export {
  readLocalTimes,
  readTime,
  readTimeOffset,
  writeLocalTimes,
  writeTime,
  writeTimeOffset,
  type LocalTime,
  type TimeOffset,
} from "./psi/time-tables.ts";
export { PsiCatalogue, type CatalogueProgram, type SectionListener } from "./catalogue/psi-catalogue.ts";
export { ArrivalMeter, type ArrivalSnapshot, type MediaDeliveryIndex } from "./arrival/arrival-meter.ts";
export type { Interval } from "./arrival/interval-meter.ts";
export { CHECK_NAMES, CHECKS, type Check } from "./tr101290/checks.ts";
export { PCR_TRUST_PLACES, PcrTrust, readPcrTrust, type PcrTrustFigures } from "./pcr-trust.ts";
export { ContinuityFixer } from "./switching/continuity-fixer.ts";
export { type PcrLog } from "./switching/pcr-log.ts";
export { PsiCache } from "./switching/psi-cache.ts";
export { beginsRandomAccess, findRandomAccess } from "./switching/random-access.ts";
export type { Estimate } from "./tr101290/clock-frequency.ts";
export type { CheckResult, Evidence } from "./tr101290/ledger.ts";
export type { PcrClock, PcrFacts } from "./tr101290/pcr-clock.ts";
export type { SignalState } from "./tr101290/signal.ts";
export { Tr101290, type Tr101290Snapshot } from "./tr101290/tr101290.ts";
export { ConstantRateStage } from "./remux/constant-rate-stage.ts";
export { RemuxStage } from "./remux/remux-stage.ts";
export { readsTables, type PidOverride, type RemuxRules } from "./remux/rules.ts";
export { Multiplexer, type MultiplexerOptions } from "./multiplex/multiplexer.ts";
export { multiplexRate, type StreamRate } from "./multiplex/multiplex-rate.ts";
export type { AccessUnit, MultiplexStream, StreamCounts } from "./multiplex/stream-feed.ts";
export type { MultiplexService } from "./multiplex/table-turns.ts";
