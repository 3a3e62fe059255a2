import { formatIdentifier, type Descriptor } from "@bilbycast/protocols/mpegts";

export type StreamKind = "video" | "audio" | "subtitle" | "data" | "unknown";

/** How a stream is read; "none" for one of which only the program map tells. */
export type StreamFormat =
  | "h264"
  | "hevc"
  | "mpeg-video"
  | "jpeg-xs"
  | "adts"
  | "latm"
  | "mpeg-audio"
  | "ac3"
  | "opus"
  | "s302m"
  | "scte35"
  | "none";

/** What an elementary stream is by its program map. */
export type StreamIdentity = { kind: StreamKind; /** As people call it. */ codec: string; format: StreamFormat };

const identity = (kind: StreamKind, codec: string, format: StreamFormat = "none"): StreamIdentity => ({ kind, codec, format });

const AAC = identity("audio", "AAC", "adts");
const AC3 = identity("audio", "AC-3", "ac3");
const EAC3 = identity("audio", "E-AC-3", "ac3");
const AC4 = identity("audio", "AC-4");
const DTS = identity("audio", "DTS");
const DTS_HD = identity("audio", "DTS-HD");
const DSM_CC = identity("data", "DSM-CC");
const HEVC = identity("video", "H.265/HEVC", "hevc");
const MPEG_AUDIO = identity("audio", "MPEG Audio", "mpeg-audio");
const MPEG2_VIDEO = identity("video", "MPEG-2 Video", "mpeg-video");
const SCTE35 = identity("data", "SCTE-35", "scte35");
const KLV = identity("data", "KLV");
const ID3 = identity("data", "ID3");
const METADATA = identity("data", "Metadata");
const TELETEXT = identity("subtitle", "DVB Teletext");

/** stream_type: ISO/IEC 13818-1 table 2-34, ATSC A/53 part 3, SCTE 35, and what others use of the private range. */
const BY_STREAM_TYPE: ReadonlyMap<number, StreamIdentity> = new Map([
  [0x01, identity("video", "MPEG-1 Video", "mpeg-video")],
  [0x02, MPEG2_VIDEO],
  [0x03, MPEG_AUDIO],
  [0x04, MPEG_AUDIO],
  [0x05, identity("data", "Private Sections")],
  [0x06, identity("data", "Private Data")],
  [0x07, identity("data", "MHEG")],
  [0x08, DSM_CC],
  [0x0a, DSM_CC],
  [0x0b, DSM_CC],
  [0x0c, DSM_CC],
  [0x0d, DSM_CC],
  [0x0f, AAC],
  [0x10, identity("video", "MPEG-4 Visual")],
  [0x11, identity("audio", "AAC-LATM", "latm")],
  [0x15, METADATA],
  [0x16, METADATA],
  [0x1b, identity("video", "H.264/AVC", "h264")],
  [0x1c, identity("audio", "AAC (raw)")],
  [0x1d, identity("subtitle", "Timed Text")],
  [0x1f, identity("video", "H.264/SVC")],
  [0x20, identity("video", "H.264/MVC")],
  [0x21, identity("video", "JPEG 2000")],
  [0x24, HEVC],
  [0x25, identity("video", "H.265/HEVC (temporal subset)")],
  [0x2d, identity("audio", "MPEG-H 3D Audio")],
  [0x2e, identity("audio", "MPEG-H 3D Audio")],
  [0x32, identity("video", "JPEG XS", "jpeg-xs")],
  [0x33, identity("video", "H.266/VVC")],
  [0x34, identity("video", "H.266/VVC (temporal subset)")],
  [0x35, identity("video", "EVC")],
  [0x36, identity("video", "LCEVC")],
  [0x42, identity("video", "AVS")],
  [0x80, MPEG2_VIDEO],
  [0x81, AC3],
  [0x82, identity("subtitle", "SCTE-27 Subtitles")],
  [0x86, SCTE35],
  [0x87, EAC3],
  [0x8a, DTS],
  [0xd1, identity("video", "Dirac")],
  [0xd2, identity("video", "AVS2")],
  [0xd4, identity("video", "AVS3")],
  [0xea, identity("video", "VC-1")],
]);

/** stream_type in programs of Blu-ray: registration "HDMV". */
const BY_BLU_RAY_TYPE: ReadonlyMap<number, StreamIdentity> = new Map([
  [0x80, identity("audio", "LPCM")],
  [0x82, DTS],
  [0x83, identity("audio", "TrueHD")],
  [0x84, EAC3],
  [0x85, DTS_HD],
  [0x86, DTS_HD],
  [0x90, identity("subtitle", "PGS")],
  [0xa1, EAC3],
  [0xa2, DTS_HD],
]);

/** format_identifier of a registration descriptor of the stream. */
const BY_REGISTRATION: ReadonlyMap<string, StreamIdentity> = new Map([
  ["AC-3", AC3],
  ["EAC3", EAC3],
  ["AC-4", AC4],
  ["AV01", identity("video", "AV1")],
  ["BSSD", identity("audio", "SMPTE 302M", "s302m")],
  ["CUEI", SCTE35],
  ["DTS1", DTS],
  ["DTS2", DTS],
  ["DTS3", DTS],
  ["HEVC", HEVC],
  ["ID3 ", ID3],
  ["JXSV", identity("video", "JPEG XS", "jpeg-xs")],
  ["KLVA", KLV],
  ["Opus", identity("audio", "Opus", "opus")],
  ["VANC", identity("data", "SMPTE 2038")],
  ["VC-1", identity("video", "VC-1")],
  ["drac", identity("video", "Dirac")],
]);

/** Descriptors that say what a stream of private data is. EN 300 468 tables 12 and 109, ARIB STD-B10. */
const BY_DESCRIPTOR: ReadonlyMap<number, StreamIdentity> = new Map([
  [0x45, identity("data", "VBI Data")],
  [0x46, TELETEXT],
  [0x56, TELETEXT],
  [0x59, identity("subtitle", "DVB Subtitles")],
  [0x6a, AC3],
  [0x6f, identity("data", "AIT")],
  [0x7a, EAC3],
  [0x7b, DTS],
  [0x7c, AAC],
  [0xfd, identity("subtitle", "ARIB Captions")],
]);

/** descriptor_tag_extension of the extension descriptor of DVB (0x7F). */
const EXTENSION = 0x7f;
const BY_EXTENSION: ReadonlyMap<number, StreamIdentity> = new Map([
  [0x0e, DTS_HD],
  [0x15, AC4],
  [0x20, identity("subtitle", "TTML Subtitles")],
  [0x21, identity("audio", "DTS-UHD")],
]);

/** Types that say only how something private is carried: what it is stands in descriptors. */
const CARRIERS = new Set([0x05, 0x06, 0x15, 0x16]);

/** What a stream is, by its stream_type, its own descriptors and those of its program. */
export const identify = (streamType: number, descriptors: readonly Descriptor[], programInfo: readonly Descriptor[]): StreamIdentity => {
  const known = BY_STREAM_TYPE.get(streamType);
  if (known !== undefined && streamType < 0x80 && !CARRIERS.has(streamType)) {
    return known;
  }
  const ofBluRay = formatIdentifier(programInfo) === "HDMV" ? BY_BLU_RAY_TYPE.get(streamType) : undefined;
  const described = CARRIERS.has(streamType) ? byDescriptors(descriptors) : undefined;
  return (
    ofBluRay ?? registered(descriptors) ?? described ?? known ?? identity("unknown", `Type 0x${streamType.toString(16).padStart(2, "0")}`)
  );
};

const registered = (descriptors: readonly Descriptor[]): StreamIdentity | undefined =>
  BY_REGISTRATION.get(formatIdentifier(descriptors) ?? "");

const byDescriptors = (descriptors: readonly Descriptor[]): StreamIdentity | undefined => {
  for (const { tag, data } of descriptors) {
    const found = tag === EXTENSION ? BY_EXTENSION.get(data[0] ?? 0) : BY_DESCRIPTOR.get(tag);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
};
