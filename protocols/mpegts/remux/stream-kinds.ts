import { formatIdentifier, type Descriptor } from "../psi/descriptors.ts";
import type { ElementaryStream } from "../psi/program-tables.ts";

/** MPEG-1, MPEG-2, MPEG-4, H.264, H.265, H.266 and JPEG 2000 video, JPEG XS, AVS, Dirac, VC-1. ISO/IEC 13818-1 table 2-34, SMPTE RA. */
const VIDEO = new Set([0x01, 0x02, 0x10, 0x1b, 0x20, 0x21, 0x24, 0x32, 0x33, 0x42, 0xd1, 0xd2, 0xea]);
/** MPEG-1, MPEG-2, AAC in ADTS and LATM, MPEG-4 raw, MPEG-H; AC-3 and E-AC-3 as ATSC has them. */
const AUDIO = new Set([0x03, 0x04, 0x0f, 0x11, 0x1c, 0x2d, 0x2e, 0x81, 0x87]);
/** PES private data, which descriptors explain. */
const PRIVATE = 0x06;
/** AC-3, E-AC-3, DTS and AAC descriptors. EN 300 468 annex D, H. */
const AUDIO_TAGS = new Set([0x6a, 0x7a, 0x7b, 0x7c]);
const AUDIO_FORMATS = new Set(["AC-3", "EAC3", "BSSD", "Opus", "DTS1", "DTS2", "DTS3"]);
const VIDEO_FORMATS = new Set(["HEVC", "VC-1", "drac", "AV01"]);

export const isVideo = ({ streamType, descriptors }: ElementaryStream): boolean =>
  VIDEO.has(streamType) || (streamType === PRIVATE && VIDEO_FORMATS.has(formatIdentifier(descriptors) ?? ""));

export const isAudio = ({ streamType, descriptors }: ElementaryStream): boolean =>
  AUDIO.has(streamType) || (streamType === PRIVATE && isPrivateAudio(descriptors));

const isPrivateAudio = (descriptors: readonly Descriptor[]): boolean =>
  descriptors.some(({ tag }) => AUDIO_TAGS.has(tag)) || AUDIO_FORMATS.has(formatIdentifier(descriptors) ?? "");
