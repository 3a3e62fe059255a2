import { u16 } from "@bilbycast/foundation/bytes";
import { readJpegXsDescriptor, type JpegXsDescriptor } from "@bilbycast/protocols/jpegxs";
import type { Descriptor } from "@bilbycast/protocols/mpegts";
import type { SubtitlePage } from "./form.ts";

const ISO_639_LANGUAGE = 0x0a;
const MPEG_EXTENSION = 0x3f;
const VBI_TELETEXT = 0x46;
const TELETEXT = 0x56;
const SUBTITLING = 0x59;
const DVB_EXTENSION = 0x7f;
/** descriptor_tag_extension under which Opus in MPEG-TS has its channels. */
const OPUS_CHANNELS = 0x80;

/** Of a descriptor's entries so many are told. */
const MOST_ENTRIES = 32;

/** audio_type. ISO/IEC 13818-1 table 2-60. */
const AUDIO_TYPES: readonly (string | undefined)[] = [undefined, "clean effects", "hearing impaired", "visual impaired commentary"];

/** teletext_type. EN 300 468 table 94. */
const TELETEXT_TYPES: readonly (string | undefined)[] = [
  undefined,
  "initial page",
  "subtitle page",
  "additional information page",
  "programme schedule page",
  "hearing impaired page",
];

/** Languages of ISO 639 descriptors, each once. */
export const languagesOf = (descriptors: readonly Descriptor[]): string[] =>
  unique(entriesOf(descriptors, [ISO_639_LANGUAGE], 4).map((entry) => language(entry)));

/** What the audio is for, where the first language says so. */
export const audioTypeOf = (descriptors: readonly Descriptor[]): string | undefined =>
  AUDIO_TYPES[entriesOf(descriptors, [ISO_639_LANGUAGE], 4)[0]?.[3] ?? 0];

/** Pages of teletext and subtitling descriptors. EN 300 468 §6.2.41, §6.2.43, §6.2.47. */
export const pagesOf = (descriptors: readonly Descriptor[]): SubtitlePage[] => [
  ...entriesOf(descriptors, [TELETEXT, VBI_TELETEXT], 5).map(teletextPage),
  ...entriesOf(descriptors, [SUBTITLING], 8).map(subtitlePage),
];

/** Channels of Opus by its channel_config_code; `undefined` where it says nothing of use. ETSI TS 103 491. */
export const opusChannelsOf = (descriptors: readonly Descriptor[]): number | undefined => {
  const data = descriptors.find(({ tag, data: [extension] }) => tag === DVB_EXTENSION && extension === OPUS_CHANNELS)?.data;
  const code = data?.[1];
  if (code === undefined) {
    return undefined;
  }
  // 0 and 0x82 are two mono channels; with 0x81 the count follows.
  return code === 0 || code === 0x82 ? 2 : code <= 8 ? code : code === 0x81 ? data?.[2] : undefined;
};

export const jpegXsOf = (descriptors: readonly Descriptor[]): JpegXsDescriptor | undefined => {
  for (const { tag, data } of descriptors) {
    const found = tag === MPEG_EXTENSION ? readJpegXsDescriptor(data) : undefined;
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
};

export const unique = (texts: readonly (string | undefined)[]): string[] => [...new Set(texts.filter((text) => text !== undefined))];

const entriesOf = (descriptors: readonly Descriptor[], tags: readonly number[], size: number): Uint8Array[] => {
  const entries: Uint8Array[] = [];
  for (const { tag, data } of descriptors) {
    for (let at = 0; tags.includes(tag) && at + size <= data.length && entries.length < MOST_ENTRIES; at += size) {
      entries.push(data.subarray(at, at + size));
    }
  }
  return entries;
};

/** Three letters; anything else is no language code. */
const language = (entry: Uint8Array): string | undefined => {
  const code = String.fromCharCode(...entry.subarray(0, 3)).toLowerCase();
  return /^[a-z]{3}$/.test(code) ? code : undefined;
};

const teletextPage = (entry: Uint8Array): SubtitlePage => {
  const kind = entry[3] ?? 0;
  // Magazine 8 is sent as 0; the page has two BCD digits.
  const page = `${kind & 7 || 8}${(entry[4] ?? 0).toString(16).padStart(2, "0")}`;
  return { ...said(language(entry)), type: TELETEXT_TYPES[kind >> 3] ?? `reserved ${kind >> 3}`, page };
};

const subtitlePage = (entry: Uint8Array): SubtitlePage => ({
  ...said(language(entry)),
  type: subtitlingType(entry[3] ?? 0),
  composition_page_id: u16(entry, 4),
  ancillary_page_id: u16(entry, 6),
});

const said = (code: string | undefined): { language?: string } => (code === undefined ? {} : { language: code });

/** component_type of stream_content 3. EN 300 468 table 26. */
const subtitlingType = (type: number): string => {
  const ratio = SUBTITLE_RATIOS[type & 0x0f];
  if (ratio !== undefined && (type & 0xf0) === 0x10) {
    return `normal${ratio}`;
  }
  return ratio !== undefined && (type & 0xf0) === 0x20 ? `hearing impaired${ratio}` : `type 0x${type.toString(16).padStart(2, "0")}`;
};

const SUBTITLE_RATIOS: readonly (string | undefined)[] = ["", ", 4:3", ", 16:9", ", 2.21:1", ", HD", ", plano-stereoscopic HD", ", UHD"];
