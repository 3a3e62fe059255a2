export { RtpEncapsulation } from "./encapsulation.ts";
export {
  FIXED_HEADER_SIZE,
  isRtcp,
  payloadEnd,
  payloadStart,
  payloadType,
  sequenceNumber,
  ssrc,
  timestamp,
  writeHeader,
} from "./header.ts";
export { NumberedOrPlain } from "./numbered-or-plain.ts";
export { RtpPacketizer, type RtpSource } from "./packetizer.ts";
export { RtpPath, type PathMerge, type RtpPathCounters } from "./path.ts";
export { RtpReceiver, type RtpReceiverCounters } from "./receiver.ts";
export { sequenceDistance, unwrapSequence } from "./sequence.ts";
