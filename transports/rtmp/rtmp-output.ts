import { ElementaryStreams, type AudioFrame, type ProgramChoice, type VideoUnit } from "@bilbycast/engine/elementary";
import type { OutputConfig, Running, SessionOutputContext } from "@bilbycast/engine/transport";
import { readServerUrl } from "@bilbycast/foundation/address";
import { check } from "@bilbycast/foundation/check";
import { seconds, type Instant } from "@bilbycast/foundation/time";
import type { declaration } from "./declaration.ts";
import { FrameQueue, type Frame } from "./frame-queue.ts";
import { audioFrame, metadataOf, videoFrame } from "./media-messages.ts";
import { OutputNews } from "./output-news.ts";
import { PublishingLink, type LinkEnd, type Target } from "./publishing-link.ts";

type Config = OutputConfig<typeof declaration>;
type Context = SessionOutputContext<typeof declaration>;

/** What waits for a slow server: four seconds, or 16 MiB where they are more. */
const BOUNDS = { bytes: 16_777_216, span: 4_000 };
/** A connection that lasted so long was a success: attempts are counted anew. */
const SUCCESS = seconds(10);
/** What waits since before is no beginning any more. */
const STALE = seconds(5);

/** One program of the flow, published to a server: connects when there is something to send, and again when that ends. */
export class RtmpOutput implements Running {
  readonly #config: Config;
  readonly #context: Context;
  readonly #target: Target;
  readonly #streams: ElementaryStreams;
  readonly #queue = new FrameQueue(BOUNDS);
  readonly #news: OutputNews;
  readonly #units: Running;
  readonly #retry: ReturnType<Context["timer"]>;
  #link: PublishingLink | undefined;
  /** Whether a frame that comes may open a connection: not while a retry is waited for, nor after the last one. */
  #mayConnect = true;
  #failures = 0;
  #publishingSince: Instant | undefined;
  #pushedAt: Instant;
  #videoPid: number | undefined;
  #video: VideoUnit | undefined;
  #audio: AudioFrame | undefined;
  #told = "";
  #broken = 0;

  constructor(config: Config, context: Context) {
    this.#config = config;
    this.#context = context;
    this.#target = targetOf(config);
    this.#news = new OutputNews(config, context);
    this.#pushedAt = context.now();
    this.#streams = new ElementaryStreams({
      programNumber: config.program_number,
      codecs: ["h264", "hevc"],
      onChoice: (choice) => this.#chosen(choice),
      onVideo: (unit) => this.#takeVideo(unit),
      onAudio: (frame) => this.#takeAudio(frame),
    });
    this.#retry = context.timer(() => this.#mayTry());
    this.#units = context.receive((unit) => this.#takeUnit(unit));
    context.stats.programAbsent.set(1);
    this.#news.waiting(undefined);
  }

  close(): void {
    this.#units.close();
    this.#retry.close();
    this.#link?.close();
    this.#link = undefined;
    this.#context.stats.publishing.set(0);
  }

  #takeUnit(unit: Uint8Array): void {
    this.#streams.push(unit, this.#context.now());
    const { dropped } = this.#streams;
    if (dropped !== this.#broken) {
      this.#context.stats.framesBroken.add(dropped - this.#broken);
      this.#broken = dropped;
    }
  }

  #chosen(choice: ProgramChoice | undefined): void {
    this.#context.stats.programAbsent.set(choice === undefined ? 1 : 0);
    if (choice?.video?.pid !== this.#videoPid) {
      this.#videoPid = choice?.video?.pid;
      this.#queue.needKey();
    }
    this.#video = choice?.video === undefined ? undefined : this.#video;
    this.#audio = choice?.audio === undefined ? undefined : this.#audio;
    this.#news.chosen(choice, this.#link === undefined && this.#mayConnect);
  }

  #takeVideo(unit: VideoUnit): void {
    this.#video = unit;
    if (unit.isNew) {
      this.#context.stats.timelineJumps.add(1);
      this.#queue.needKey();
    }
    this.#take(videoFrame(unit));
  }

  #takeAudio(frame: AudioFrame): void {
    this.#audio = frame;
    this.#take(audioFrame(frame));
  }

  #take(frame: Frame): void {
    const { stats } = this.#context;
    this.#pushedAt = this.#context.now();
    if (this.#link?.isPublishing === true) {
      const given = this.#queue.push(frame);
      stats.framesDropped.add(given);
      if (given > 1) {
        this.#news.slow();
      }
    } else {
      stats.framesUnconnected.add(this.#queue.keep(frame));
    }
    if (this.#link === undefined && this.#mayConnect && this.#isBeginning(frame)) {
      this.#connect();
    }
    this.#drain();
  }

  /** With this frame something begins that a server can be sent. */
  #isBeginning(frame: Frame): boolean {
    return frame.kind === "video" ? frame.isKey : this.#streams.choice?.video === undefined;
  }

  #connect(): void {
    const fourCcs = this.#streams.choice?.video?.codec === "hevc" ? ["hvc1"] : [];
    this.#mayConnect = false;
    this.#news.connecting();
    this.#link = new PublishingLink(this.#target, fourCcs, this.#context, {
      publishing: () => this.#published(),
      ready: () => this.#drain(),
      ended: (end) => this.#ended(end),
    });
  }

  #published(): void {
    const { stats } = this.#context;
    this.#publishingSince = this.#context.now();
    this.#told = "";
    stats.connections.add(1);
    stats.publishing.set(1);
    this.#news.publishing();
    if (this.#context.now() - this.#pushedAt > STALE) {
      stats.framesUnconnected.add(this.#queue.clear());
    }
    this.#drain();
  }

  #drain(): void {
    const { stats } = this.#context;
    while (this.#link?.hasRoom === true) {
      const frame = this.#queue.shift();
      if (frame === undefined) {
        break;
      }
      this.#describe(this.#link);
      this.#link.send(frame, this.#video?.codec ?? "h264");
      stats.packetsSent.add(1);
      (frame.kind === "video" ? stats.videoFramesSent : stats.audioFramesSent).add(1);
    }
    stats.queuedBytes.set(this.#queue.bytes);
  }

  /** Tells the server what the streams are, when that is not what it was told. */
  #describe(link: PublishingLink): void {
    const { choice } = this.#streams;
    if (choice === undefined) {
      return;
    }
    const { width, height } = this.#video?.format ?? {};
    const facts = [choice.video?.codec, choice.audio?.pid, width, height, this.#audio?.sampleRate, this.#audio?.channels].join();
    if (facts !== this.#told) {
      this.#told = facts;
      link.metadata(metadataOf({ choice, video: this.#video, audio: this.#audio }));
    }
  }

  #ended(end: LinkEnd): void {
    const { stats } = this.#context;
    const now = this.#context.now();
    const lasted = this.#publishingSince !== undefined && now - this.#publishingSince >= SUCCESS;
    this.#link = undefined;
    this.#publishingSince = undefined;
    stats.publishing.set(0);
    (end.wasPublishing ? stats.connectionsLost : stats.connectionsFailed).add(1);
    stats.framesUnconnected.add(this.#queue.clear());
    stats.queuedBytes.set(0);
    this.#failures = lasted ? 0 : this.#failures + 1;
    const { max_reconnect_attempts: most, reconnect_delay_secs: delay } = this.#config;
    // The first attempt is not a repeated one.
    if (most !== undefined && this.#failures > most) {
      this.#news.gaveUp(end, this.#failures);
      return;
    }
    this.#news.ended(end);
    this.#retry.set((now + seconds(delay)) as Instant);
  }

  #mayTry(): void {
    this.#mayConnect = true;
    if (this.#context.now() - this.#pushedAt > STALE || this.#queue.length === 0) {
      this.#context.stats.framesUnconnected.add(this.#queue.clear());
      this.#news.waiting(this.#streams.choice);
    } else {
      this.#connect();
    }
  }
}

const PORTS = { rtmp: 1_935, rtmps: 443 };

const targetOf = ({ dest_url: url, stream_key: streamKey }: Config): Target => {
  const server = readServerUrl(url, PORTS);
  check(server !== undefined, "the declaration lets no other URL pass");
  const app = server.path.slice(1).replace(/\/+$/, "");
  return { host: server.host, port: server.port, tls: server.scheme === "rtmps", app, tcUrl: `${server.origin}/${app}`, streamKey };
};
