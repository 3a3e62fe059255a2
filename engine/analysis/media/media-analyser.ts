import { seconds, type Instant } from "@bilbycast/foundation/time";
import { PACKET_SIZE, type CatalogueProgram, type Descriptor, type PsiCatalogue } from "@bilbycast/protocols/mpegts";
import { wireText } from "../wire-text.ts";
import { FollowedStream } from "./followed-stream.ts";
import type { MediaAnalysis, MediaProgram, TellMedia } from "./form.ts";
import { PidRates } from "./pid-rates.ts";
import { identify } from "./stream-identity.ts";

/** Elementary streams that are looked at. */
const MOST_STREAMS = 512;
/** How often between two ticks a change of the program maps is followed. */
const MOST_CHANGES = 200;
/** Between two ticks of the readers. */
const TICK = seconds(1);

const NO_PCR = 0x1fff;

/** In the second byte of a packet. ISO/IEC 13818-1 §2.4.3.2. */
const TRANSPORT_ERROR = 0x80;

/**
 * Says what the streams of a transport stream are while it plays: codecs and their parameters, rates, languages, cues. It follows a
 * catalogue, which somebody else feeds with the same packets.
 */
export class MediaAnalyser {
  readonly #catalogue: PsiCatalogue;
  readonly #tell: TellMedia;
  readonly #rates = new PidRates();
  #streams = new Map<number, FollowedStream>();
  /** What each stream was followed by: another stream_type or descriptor makes another stream. */
  #keys = new Map<number, string>();
  #programs: CatalogueProgram[] = [];
  #omitted = 0;
  #revision = 0;
  #changes = 0;
  #enabled = true;
  #tickedAt = -TICK;
  /** PIDs whose cues were announced. */
  readonly #announced = new Set<number>();

  constructor(catalogue: PsiCatalogue, tell: TellMedia) {
    this.#catalogue = catalogue;
    this.#tell = tell;
  }

  /** Takes the packet at `at`, as `take` does. */
  push(bytes: Uint8Array, at: number, now: Instant): void {
    this.take(bytes, at, at + PACKET_SIZE, now);
  }

  /** Takes the packets in bytes [from, end), after the catalogue has. Nothing is allocated but where a picture, a frame or a table begins. */
  take(bytes: Uint8Array, from: number, end: number, now: Instant): void {
    if (!this.#enabled) {
      return;
    }
    if (this.#catalogue.revision !== this.#revision) {
      this.#follow();
    }
    const rates = this.#rates;
    rates.open(now);
    for (let at = from; at + PACKET_SIZE <= end; at += PACKET_SIZE) {
      const second = bytes[at + 1] ?? 0;
      const row = rates.row(((second & 0x1f) << 8) | (bytes[at + 2] ?? 0));
      row.count++;
      if (row.stream !== undefined && (second & TRANSPORT_ERROR) === 0) {
        row.stream.packet(bytes, at);
      }
    }
  }

  /** Packets were missed, of any PID: what is half is forgotten, and the open window gives no rates. */
  lost(): void {
    this.#rates.spoil();
    for (const stream of this.#streams.values()) {
      stream.break();
    }
  }

  /** Off: a packet costs a comparison, and everything is forgotten. */
  setEnabled(on: boolean): void {
    if (this.#enabled && !on) {
      this.#forget();
    }
    this.#enabled = on;
  }

  /** What is known now. To be called about once a second: a window of at least a second is closed by it. */
  snapshot(now: Instant): MediaAnalysis {
    if (this.#enabled) {
      this.#rates.close(now);
      this.#tick(now);
    }
    const analysis: MediaAnalysis = {
      program_count: this.#enabled ? this.#catalogue.programMapPids().size : 0,
      programs: this.#programs.map((program) => this.#programForm(program)),
      video_streams: [],
      audio_streams: [],
      subtitle_streams: [],
      scte35_streams: [],
      data_streams: [],
      ...(this.#omitted > 0 ? { streams_omitted: this.#omitted } : {}),
      total_bitrate_bps: this.#rates.total,
      null_bitrate_bps: this.#rates.null,
    };
    for (const stream of this.#streams.values()) {
      this.#addStream(analysis, stream);
    }
    return analysis;
  }

  /** Budgets are renewed and what has not come for long is forgotten, also while every window is spoiled. */
  #tick(now: Instant): void {
    if (now - this.#tickedAt < TICK) {
      return;
    }
    this.#tickedAt = now;
    this.#changes = 0;
    for (const stream of this.#streams.values()) {
      stream.tick();
    }
  }

  #addStream(analysis: MediaAnalysis, stream: FollowedStream): void {
    const bitrate = this.#rates.of(stream.pid);
    const { kind, format } = stream.identity;
    if (kind === "video") {
      analysis.video_streams.push(stream.videoForm(bitrate));
      if (format === "jpeg-xs") {
        analysis.jpeg_xs_pid ??= stream.pid;
      }
    } else if (kind === "audio") {
      analysis.audio_streams.push(stream.audioForm(bitrate));
    } else if (kind === "subtitle") {
      analysis.subtitle_streams.push(stream.subtitleForm(bitrate));
    } else {
      const cues = stream.scte35Form(bitrate);
      if (cues === undefined) {
        analysis.data_streams.push(stream.dataForm(bitrate));
      } else {
        analysis.scte35_streams.push(cues);
      }
    }
  }

  #programForm(program: CatalogueProgram): MediaProgram {
    const { programNumber, programMapPid, pcrPid, service, elementaryStreams } = program;
    const kinds = elementaryStreams.map(({ pid }) => this.#streams.get(pid)?.identity.kind);
    const pids = new Set([programMapPid, ...elementaryStreams.map(({ pid }) => pid)]);
    if (pcrPid !== NO_PCR) {
      pids.add(pcrPid);
    }
    return {
      program_number: programNumber,
      pmt_pid: programMapPid,
      ...(pcrPid === NO_PCR ? {} : { pcr_pid: pcrPid }),
      ...(service?.name === undefined ? {} : { service_name: wireText(service.name) }),
      ...(service?.providerName === undefined ? {} : { provider: wireText(service.providerName) }),
      video_streams: kinds.filter((kind) => kind === "video").length,
      audio_streams: kinds.filter((kind) => kind === "audio").length,
      total_bitrate_bps: [...pids].reduce((sum, pid) => sum + this.#rates.of(pid), 0),
    };
  }

  /** The catalogue says something new: streams that stay the same are read on, others begin anew or end. */
  #follow(): void {
    if (this.#changes >= MOST_CHANGES) {
      return;
    }
    this.#changes++;
    this.#revision = this.#catalogue.revision;
    this.#programs = this.#catalogue.programs();
    const before = this.#streams;
    const keysBefore = this.#keys;
    this.#streams = new Map();
    this.#keys = new Map();
    this.#omitted = 0;
    for (const { programNumber, programInfo, elementaryStreams } of this.#programs) {
      for (const { pid, streamType, descriptors } of elementaryStreams) {
        const known = this.#streams.get(pid);
        if (known !== undefined) {
          known.programNumbers.push(programNumber);
        } else if (this.#streams.size >= MOST_STREAMS) {
          this.#omitted++;
        } else {
          const key = keyOf(streamType, descriptors, programInfo);
          const kept = keysBefore.get(pid) === key ? before.get(pid) : undefined;
          const stream = kept ?? this.#open(pid, streamType, descriptors, programInfo);
          stream.programNumbers = [programNumber];
          this.#streams.set(pid, stream);
          this.#keys.set(pid, key);
        }
      }
    }
    for (const pid of before.keys()) {
      this.#rates.row(pid).stream = undefined;
    }
    for (const [pid, stream] of this.#streams) {
      this.#rates.row(pid).stream = stream;
    }
    this.#announce();
  }

  #open(pid: number, streamType: number, descriptors: readonly Descriptor[], programInfo: readonly Descriptor[]): FollowedStream {
    return new FollowedStream(pid, streamType, identify(streamType, descriptors, programInfo), descriptors, (cue) =>
      this.#tell({ event: "scte35_cue", details: { pid, ...cue } }),
    );
  }

  /** Tells of each PID of cues once. */
  #announce(): void {
    for (const { pid, identity, programNumbers } of this.#streams.values()) {
      if (identity.format === "scte35" && !this.#announced.has(pid)) {
        this.#announced.add(pid);
        this.#tell({ event: "scte35_pid", details: { pid, program_numbers: [...programNumbers] } });
      }
    }
  }

  #forget(): void {
    this.#streams.clear();
    this.#keys.clear();
    this.#announced.clear();
    this.#programs = [];
    this.#omitted = 0;
    this.#rates.clear();
    // The catalogue goes on, and is read again from its beginning when this one is switched on.
    this.#revision = 0;
  }
}

const keyOf = (streamType: number, ...lists: (readonly Descriptor[])[]): string =>
  [streamType, ...lists.map((list) => list.map(({ tag, data }) => `${tag}:${data.join(" ")}`).join(","))].join("|");
