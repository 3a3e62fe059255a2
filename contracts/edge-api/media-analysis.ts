import { z } from "zod";

const STREAM_KINDS = ["video", "audio", "subtitle", "data", "unknown"] as const;

const pid = () => z.int().min(0).max(0x1fff);
const rate = () => z.number().nonnegative();
const count = () => z.int().nonnegative();
const language = () => z.string().length(3).describe("ISO 639, three small letters.");
/** What came from the wire: bounded, without control characters; markup in it is plain text. */
const wireText = (what: string) =>
  z.string().max(256).describe(`${what}, as the stream has it: at most 128 characters, plain text, no control characters.`);

const streamShape = {
  pid: pid().describe("PID of the elementary stream."),
  program_numbers: z.array(z.int().min(1).max(0xffff)).describe("Programs that the stream belongs to; more than one where they share it."),
  codec: z
    .string()
    .describe('As people call it: "H.264/AVC", "H.265/HEVC", "MPEG-2 Video", "JPEG XS", "AAC-LC", "MP2", "AC-3", "SMPTE 302M" ...'),
  stream_type: z.int().min(0).max(255).describe("Of the program map (ISO/IEC 13818-1 table 2-34)."),
  bitrate_bps: rate().describe("Whole transport packets, over the last second or more; 0 before the first second."),
  scrambled: z.literal(true).optional().describe("The payload is encrypted; nothing is known but what the program map says."),
};

const colourSchema = z.object({
  primaries: z.string().optional().describe('Like "bt709", "bt2020" (ITU-T H.273).'),
  transfer: z.string().optional().describe('Like "bt709", "smpte2084", "arib-std-b67".'),
  matrix: z.string().optional().describe('Like "bt709", "bt2020nc".'),
  full_range: z.boolean().optional().describe("Full range instead of video range."),
});

const gopSchema = z.object({
  length: count().describe("Frames of the last complete GOP."),
  shortest: count().describe("Frames of the shortest since the stream began."),
  longest: count().describe("Frames of the longest since the stream began."),
  structure: z.string().describe('In order of showing up to the second anchor: "I", "IP", "IBBP".'),
  closed: z.boolean().describe("The last GOP began with a picture behind which nothing refers to what was before."),
});

const videoStreamSchema = z
  .object({
    ...streamShape,
    resolution: z.string().optional().describe('Like "1920x1080", as shown: cropping is taken off.'),
    frame_rate: z
      .number()
      .positive()
      .optional()
      .describe("Frames per second by the time stamps; before two of them came, as the stream declares."),
    profile: z.string().optional().describe('Like "High 4:2:2", "Main 10".'),
    level: z.string().optional().describe('Like "4.1"; of MPEG-2 like "Main", of JPEG XS like "2k-1, 3 bpp".'),
    tier: z.string().optional().describe("Of HEVC: Main or High."),
    chroma: z.string().optional().describe('"4:2:0", "4:2:2", "4:4:4" or "4:0:0".'),
    bit_depth: z.int().optional().describe("Bits of a luma sample."),
    scan: z.enum(["progressive", "interlaced"]).optional().describe("Whether fields may be coded."),
    field_order: z.enum(["top", "bottom"]).optional().describe("The field that is shown first, of interlaced video."),
    sample_aspect_ratio: z.string().optional().describe('Width to height of a sample, like "1:1", "64:45".'),
    colour: colourSchema.optional().describe("What the stream says of its colours."),
    gop: gopSchema.optional().describe("Absent until a GOP was seen from its beginning to its end."),
    captions: z
      .object({ cea608: z.boolean(), cea708: z.boolean() })
      .optional()
      .describe("Closed captions in the pictures of the last seconds."),
    timecode: z.string().optional().describe('Of the last picture that has one: "10:00:00:00", with ";" before the frames for drop frame.'),
  })
  .meta({ id: "VideoStream" });

const audioStreamSchema = z
  .object({
    ...streamShape,
    encapsulation: z.enum(["ADTS", "LATM"]).optional().describe("Of AAC."),
    sample_rate_hz: z.number().positive().optional().describe("Samples per second as decoded."),
    channels: z.int().min(1).optional().describe("Low frequency channel included."),
    layout: z.string().optional().describe('Like "stereo", "5.1".'),
    profile: z.string().optional().describe('Of AAC: "LC", "HE-AAC", "HE-AACv2" ...'),
    bits_per_sample: z.int().optional().describe("Of SMPTE 302M: 16, 20 or 24."),
    declared_bitrate_bps: rate().optional().describe("Of the coded audio alone, as its frames declare; AAC and Opus declare none."),
    language: language().optional(),
    languages: z.array(language()).optional().describe("When there is more than one."),
    audio_type: z.string().optional().describe('What it is for: "clean effects", "hearing impaired", "visual impaired commentary".'),
  })
  .meta({ id: "AudioStream" });

const subtitlePageSchema = z.object({
  language: language().optional(),
  type: z.string().describe('Like "normal", "hearing impaired, 16:9"; of teletext like "subtitle page".'),
  page: z.string().optional().describe('Of teletext, like "888".'),
  composition_page_id: z.int().optional().describe("Of DVB subtitles."),
  ancillary_page_id: z.int().optional().describe("Of DVB subtitles."),
});

const subtitleStreamSchema = z
  .object({
    ...streamShape,
    languages: z.array(language()).describe("Each once."),
    pages: z.array(subtitlePageSchema).describe("As the program map declares them."),
  })
  .meta({ id: "SubtitleStream" });

export const scte35CueSchema = z
  .object({
    command: z.string().describe('Like "splice_insert", "time_signal", "encrypted (DES-CBC)".'),
    event_id: z.int().min(0).max(0xffff_ffff).optional().describe("Of the splice, or of the segmentation of a time_signal."),
    pts: z.int().min(0).optional().describe("When, in 90 kHz of 33 bits, with pts_adjustment; absent: at once, or not said."),
    cancelled: z.literal(true).optional().describe("The event is called off."),
    immediate: z.literal(true).optional().describe("At once."),
    out_of_network: z.boolean().optional().describe("true: leave the programme of the network, false: return to it."),
    auto_return: z.boolean().optional().describe("The break ends by itself."),
    duration_ms: count().optional().describe("Of the break or the segment."),
    segmentation_type: z.string().optional().describe('Like "Provider Placement Opportunity Start".'),
    segmentation_type_id: z.int().min(0).max(255).optional().describe("The same as a number (SCTE 35 table 23)."),
    upid: z.string().optional().describe('What the segment is: kind and value, like "TI:000000002ca0a18a".'),
  })
  .meta({ id: "Scte35Cue" });

const scte35StreamSchema = z
  .object({
    ...streamShape,
    cues: count().describe("Cues that were told as events."),
    repeated: count().describe("Repetitions of these."),
    heartbeats: count().describe("splice_null and bandwidth_reservation."),
    encrypted: count().describe("Sections that are encrypted."),
    malformed: count().describe("Sections that are no right ones."),
    suppressed: count().describe("Cues beyond the most that are told in a second."),
    last_cue: scte35CueSchema.optional().describe("The last that was told."),
  })
  .meta({ id: "Scte35Stream" });

const dataStreamSchema = z
  .object({
    ...streamShape,
    kind: z.enum(["data", "unknown"]),
    languages: z.array(language()).optional(),
  })
  .meta({ id: "DataStream" });

const mediaProgramSchema = z.object({
  program_number: z.int().min(1).max(0xffff),
  pmt_pid: pid().describe("PID of its program map."),
  pcr_pid: pid().optional().describe("PID of its clock."),
  service_name: wireText("Name of the service").optional(),
  provider: wireText("Who provides the service").optional(),
  video_streams: count().describe("How many."),
  audio_streams: count().describe("How many."),
  total_bitrate_bps: rate().describe("Of its map, its streams and its clock; null packets are no part of it."),
});

export const mediaAnalysisSchema = z
  .object({
    protocol: z.string().optional().describe("Type of the input that is analysed."),
    payload_format: z.string().optional().describe('"raw_ts", "rtp_ts" ...'),
    fec: z.object({ standard: z.string(), columns: z.int(), rows: z.int() }).optional().describe("Forward error correction of the input."),
    redundancy: z.object({ standard: z.string() }).optional().describe("Redundant paths of the input."),
    program_count: count().describe("Programs of the program association; those whose map has not come are not in `programs` yet."),
    programs: z.array(mediaProgramSchema),
    video_streams: z.array(videoStreamSchema),
    audio_streams: z.array(audioStreamSchema),
    subtitle_streams: z.array(subtitleStreamSchema),
    scte35_streams: z.array(scte35StreamSchema),
    data_streams: z.array(dataStreamSchema).describe("What is neither picture nor sound, subtitle nor cue, and what is not known."),
    streams_omitted: count().optional().describe("Streams of the program maps that are not looked at, because there are more than 512."),
    jpeg_xs_pid: pid().optional().describe("The first PID of JPEG XS (VSF TR-07)."),
    total_bitrate_bps: rate().describe("Of the whole transport stream, null packets included."),
    null_bitrate_bps: rate().describe("Of null packets."),
  })
  .meta({ id: "MediaAnalysis" });

export const psiCatalogSchema = z
  .object({
    programs: z.array(
      z.object({
        program_number: z.int().min(1).max(0xffff),
        pmt_pid: pid().describe("PID of its program map."),
        pcr_pid: pid().optional().describe("PID of its clock."),
        service_name: wireText("Name of the service").optional(),
        provider: wireText("Who provides the service").optional(),
        streams: z.array(
          z.object({
            pid: pid(),
            stream_type: z.int().min(0).max(255),
            codec: z.string().describe("As people call it; by the program map alone."),
            kind: z.enum(STREAM_KINDS),
            language: language().optional(),
            descriptors_hex: z.string().optional().describe("Descriptors of the stream as they stand in the program map."),
          }),
        ),
      }),
    ),
    transport_stream_id: z.int().min(0).max(0xffff).optional(),
    last_updated_us: z.int().nonnegative().describe("When the tables said something new last, in microseconds; 0: nothing was said yet."),
  })
  .meta({ id: "PsiCatalog" });

export type MediaAnalysisAnswer = z.output<typeof mediaAnalysisSchema>;
export type PsiCatalog = z.output<typeof psiCatalogSchema>;
