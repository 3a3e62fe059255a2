/** What the analysis says, in the words and units of the API: plain data, ready for JSON. A field is absent until it is known. */
export type MediaAnalysis = {
  program_count: number;
  programs: MediaProgram[];
  video_streams: VideoStreamForm[];
  audio_streams: AudioStreamForm[];
  subtitle_streams: SubtitleStreamForm[];
  scte35_streams: Scte35StreamForm[];
  data_streams: DataStreamForm[];
  /** Streams of the program maps beyond those that are looked at; absent: none. */
  streams_omitted?: number;
  /** The first PID of JPEG XS (VSF TR-07). */
  jpeg_xs_pid?: number;
  /** Of the whole transport stream, null packets included. */
  total_bitrate_bps: number;
  /** Of null packets. */
  null_bitrate_bps: number;
};

export type MediaProgram = {
  program_number: number;
  pmt_pid: number;
  pcr_pid?: number;
  service_name?: string;
  provider?: string;
  /** How many. */
  video_streams: number;
  audio_streams: number;
  /** Of its map, its streams and its PCR. */
  total_bitrate_bps: number;
};

export type StreamForm = {
  pid: number;
  /** More than one where programs share it. */
  program_numbers: number[];
  codec: string;
  stream_type: number;
  bitrate_bps: number;
  /** The payload is encrypted, and nothing else is known of it. */
  scrambled?: true;
};

export type VideoFacts = {
  codec?: string;
  /** Like "1920x1080", as shown. */
  resolution?: string;
  frame_rate?: number;
  profile?: string;
  level?: string;
  tier?: string;
  chroma?: string;
  bit_depth?: number;
  scan?: "progressive" | "interlaced";
  field_order?: "top" | "bottom";
  sample_aspect_ratio?: string;
  colour?: { primaries?: string; transfer?: string; matrix?: string; full_range?: boolean };
  gop?: { length: number; shortest: number; longest: number; structure: string; closed: boolean };
  captions?: { cea608: boolean; cea708: boolean };
  timecode?: string;
};

export type VideoStreamForm = StreamForm & VideoFacts;

export type AudioFacts = {
  codec?: string;
  encapsulation?: "ADTS" | "LATM";
  sample_rate_hz?: number;
  channels?: number;
  layout?: string;
  profile?: string;
  bits_per_sample?: number;
  declared_bitrate_bps?: number;
};

export type AudioStreamForm = StreamForm & AudioFacts & { language?: string; languages?: string[]; audio_type?: string };

export type SubtitlePage = {
  language?: string;
  type: string;
  /** Of teletext, like "888". */
  page?: string;
  /** Of DVB subtitles. */
  composition_page_id?: number;
  ancillary_page_id?: number;
};

export type SubtitleStreamForm = StreamForm & { languages: string[]; pages: SubtitlePage[] };

export type Scte35Facts = {
  /** Cues that were told. */
  cues: number;
  /** Repetitions of cues that were told before. */
  repeated: number;
  /** splice_null and bandwidth_reservation. */
  heartbeats: number;
  encrypted: number;
  malformed: number;
  /** Cues beyond the most that are told in a second. */
  suppressed: number;
  last_cue?: Scte35Cue;
};

export type Scte35StreamForm = StreamForm & Scte35Facts;

export type DataStreamForm = StreamForm & { kind: "data" | "unknown"; languages?: string[] };

/** One cue: a splice_insert, or one segmentation of a time_signal. */
export type Scte35Cue = {
  command: string;
  event_id?: number;
  /** 90 kHz, 33 bits, pts_adjustment added; absent: at once, or not said. */
  pts?: number;
  cancelled?: true;
  immediate?: true;
  out_of_network?: boolean;
  auto_return?: boolean;
  duration_ms?: number;
  segmentation_type?: string;
  segmentation_type_id?: number;
  upid?: string;
};

/** What the analysis tells when it happens. */
export type MediaEvent =
  | { event: "scte35_pid"; details: { pid: number; program_numbers: number[] } }
  | { event: "scte35_cue"; details: Scte35Cue & { pid: number } };

export type TellMedia = (event: MediaEvent) => void;
