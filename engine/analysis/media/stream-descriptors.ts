import { readJpegXsDescriptor, type JpegXsDescriptor } from "@bilbycast/protocols/jpegxs";
import {
  ISO_639_LANGUAGE,
  readLanguages,
  readSubtitles,
  readTeletextPages,
  SUBTITLING,
  TELETEXT,
  type Descriptor,
  type Subtitles,
  type TeletextPage,
} from "@bilbycast/protocols/mpegts";
import type { SubtitlePage } from "./form.ts";

const MPEG_EXTENSION = 0x3f;
const VBI_TELETEXT = 0x46;
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
  unique(entriesOf(descriptors, [ISO_639_LANGUAGE], readLanguages).map((entry) => language(entry)));

/** What the audio is for, where the first language says so. */
export const audioTypeOf = (descriptors: readonly Descriptor[]): string | undefined =>
  AUDIO_TYPES[entriesOf(descriptors, [ISO_639_LANGUAGE], readLanguages)[0]?.audioType ?? 0];

/** Pages of teletext and subtitling descriptors. EN 300 468 §6.2.41, §6.2.43, §6.2.47. */
export const pagesOf = (descriptors: readonly Descriptor[]): SubtitlePage[] => [
  ...entriesOf(descriptors, [TELETEXT, VBI_TELETEXT], readTeletextPages).map(teletextPage),
  ...entriesOf(descriptors, [SUBTITLING], readSubtitles).map(subtitlePage),
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

const entriesOf = <Entry>(
  descriptors: readonly Descriptor[],
  tags: readonly number[],
  read: (data: Uint8Array) => readonly Entry[],
): Entry[] =>
  descriptors
    .filter(({ tag }) => tags.includes(tag))
    .flatMap(({ data }) => read(data))
    .slice(0, MOST_ENTRIES);

/** Three letters; anything else is no language code. */
const language = (entry: { language: string }): string | undefined => {
  const code = entry.language.toLowerCase();
  return /^[a-z]{3}$/.test(code) ? code : undefined;
};

const teletextPage = (entry: TeletextPage): SubtitlePage => {
  // Magazine 8 is sent as 0; the page has two BCD digits.
  const page = `${entry.magazine || 8}${entry.page.toString(16).padStart(2, "0")}`;
  return { ...said(language(entry)), type: TELETEXT_TYPES[entry.teletextType] ?? `reserved ${entry.teletextType}`, page };
};

const subtitlePage = (entry: Subtitles): SubtitlePage => ({
  ...said(language(entry)),
  type: subtitlingType(entry.subtitlingType),
  composition_page_id: entry.compositionPageId,
  ancillary_page_id: entry.ancillaryPageId,
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
