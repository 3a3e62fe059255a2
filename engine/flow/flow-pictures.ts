import { Fault } from "@bilbycast/foundation/fault";
import { after, seconds, type Instant } from "@bilbycast/foundation/time";
import {
  PictureAlarms,
  type AnalysisHandle,
  type AnalysisWishes,
  type PictureAlarm,
  type PictureAlarmChange,
  type PictureTrouble,
  type PictureWishes,
} from "@bilbycast/engine/analysis";
import { LoopTimer, monotonicNow, wallClockMs } from "@bilbycast/engine/io";
import type { MediaMessage } from "@bilbycast/engine/media";
import type { EngineMedia } from "./engine-media.ts";
import { whereIs } from "./flow-parts.ts";
import type { RunningFlow, RunningPart } from "./running-flow.ts";
import type { EngineEvent } from "./spec.ts";

/** A picture of an input, or of a flow, which has that of its active input. */
export type FlowPicture = {
  jpeg: Uint8Array;
  /** When it was on the wire. Milliseconds since the epoch. */
  takenAtMs: number;
  /** Of the coded picture. */
  width: number;
  height: number;
  luma: number;
  /** Counts up with each picture of the input. */
  number: number;
};

/** What is known of an input's pictures. */
export type PictureSnapshot = {
  picture?: Omit<FlowPicture, "jpeg"> & { bytes: number };
  /** Somebody looks: five a second. */
  isLive: boolean;
  alarms: readonly PictureAlarm[];
  /** Pictures that were wanted and not made since they are wished for, by why. */
  failures: Readonly<Record<PictureFailure, number>>;
  /** Why none can be taken now. */
  trouble?: { code: string; message: string };
};

/** not_decodable: the codec made nothing of what it was given. decoder_ended: its process ended, or there is none. */
export type PictureFailure = "not_decodable" | "decoder_ended";

export type PictureListener = (flowId: string, inputId: string, picture: FlowPicture, isActive: boolean) => void;

type Owner = { flow: RunningFlow; part: RunningPart };

type Watched = Owner & {
  name: string;
  alarms: PictureAlarms;
  picture: FlowPicture | undefined;
  trouble: PictureTrouble | undefined;
  /** Why the last one that was tried was not made. */
  refusal: PictureSnapshot["trouble"] | undefined;
  failures: Record<PictureFailure, number>;
  liveUntil: Instant | undefined;
};

/** Inputs that are shown live at a time on one node. */
const MOST_LIVE = 8;
/** From the last look on. */
const LIVE_FOR = seconds(5);
const LOOK_EVERY = seconds(1);
const NOTHING: AnalysisWishes = { tr101290: false, media: false };

/** The newest picture of each input, what is wrong with it, and who looks. Nothing here touches a packet. */
export class FlowPictures {
  readonly #media: EngineMedia;
  readonly #tell: (event: EngineEvent) => void;
  readonly #onPicture: PictureListener;
  readonly #watched = new Map<number, Watched>();
  /** By flow, the input that was on its bus. */
  #active = new Map<RunningFlow, number>();
  readonly #timer = new LoopTimer(() => this.#look());
  #analysis: AnalysisHandle | undefined;
  #isConnected = false;

  constructor(media: EngineMedia, tell: (event: EngineEvent) => void, onPicture: PictureListener) {
    this.#media = media;
    this.#tell = tell;
    this.#onPicture = onPicture;
    media.listen({
      onMessage: (message) => this.#hear(message),
      onRestart: () => this.#connect(),
      ownerOf: (job) => {
        const owner = [...this.#watched.values()].find(({ name }) => name === job);
        return owner === undefined ? {} : { flowId: owner.flow.spec.id, inputId: owner.part.spec.id };
      },
    });
  }

  /** Who takes what pictures are made of. */
  attach(analysis: AnalysisHandle): void {
    this.#analysis = analysis;
  }

  /** The analysers began anew: they need another way to the decoders. */
  analysisRestarted(): void {
    if (this.#isConnected) {
      this.#media.endPictures();
      this.#connect();
    }
  }

  /** What is wished of an input; it is watched from now on, or no more. */
  wishesOf(tag: number, flow: RunningFlow, part: RunningPart): PictureWishes | undefined {
    const wanted = flow.spec.pictures;
    if (wanted === undefined) {
      this.#end(tag);
      return undefined;
    }
    const name = `${flow.spec.id}/${part.spec.id}`;
    const watched = this.#watched.get(tag) ?? this.#begin(tag, { flow, part }, name);
    const isLive = watched.liveUntil !== undefined;
    return { name, interval: wanted.interval, live: isLive, ...(wanted.program === undefined ? {} : { program: wanted.program }) };
  }

  forget(tag: number): void {
    this.#end(tag);
  }

  /** Looks for flows that have another input on their bus, whose picture is wanted at once. */
  switched(flows: Iterable<RunningFlow>): void {
    const active = new Map<RunningFlow, number>();
    for (const flow of flows) {
      const tag = flow.active === undefined ? undefined : flow.inputs.get(flow.active)?.tag;
      if (tag !== undefined) {
        active.set(flow, tag);
        const before = this.#active.get(flow);
        if (before !== undefined && before !== tag) {
          this.#analysis?.capture(tag);
        }
      }
    }
    this.#active = active;
  }

  /** Once a second, what the analysers say. */
  report(tag: number, trouble: PictureTrouble | undefined): void {
    const watched = this.#watched.get(tag);
    if (watched !== undefined) {
      watched.trouble = trouble;
      this.#say(watched, watched.alarms.trouble(trouble, wallClockMs()));
    }
  }

  /** Five pictures a second of an input for the next five seconds. Throws the Faults `pictures_off`, `preview_limit`. */
  look(tag: number | undefined): void {
    const watched = tag === undefined ? undefined : this.#watched.get(tag);
    if (tag === undefined || watched === undefined) {
      throw new Fault("pictures_off", "No pictures are made of it: its flow's thumbnail is false, or it does not run.");
    }
    const isNews = watched.liveUntil === undefined;
    const others = this.#liveCount;
    if (isNews && others >= MOST_LIVE) {
      throw new Fault("preview_limit", `${MOST_LIVE} inputs of this node are shown live already, and it shows no more at a time.`);
    }
    watched.liveUntil = after(monotonicNow(), LIVE_FOR);
    if (isNews) {
      this.#watchAnew(tag, watched);
    }
    if (isNews && others === 0) {
      this.#timer.in(LOOK_EVERY);
    }
  }

  pictureOf(tag: number): FlowPicture | undefined {
    return this.#watched.get(tag)?.picture;
  }

  /** `undefined` while no pictures are wished for. */
  snapshot(tag: number): PictureSnapshot | undefined {
    const watched = this.#watched.get(tag);
    if (watched === undefined) {
      return undefined;
    }
    const { picture, alarms, failures, liveUntil } = watched;
    const trouble = this.#troubleOf(watched);
    return {
      ...(picture === undefined ? {} : { picture: factsOf(picture) }),
      isLive: liveUntil !== undefined,
      alarms: alarms.alarms,
      failures: { ...failures },
      ...(trouble === undefined ? {} : { trouble }),
    };
  }

  stop(): void {
    this.#timer.close();
  }

  get #liveCount(): number {
    return [...this.#watched.values()].filter(({ liveUntil }) => liveUntil !== undefined).length;
  }

  #troubleOf({ trouble, refusal }: Watched): PictureSnapshot["trouble"] {
    if (this.#media.snapshot().state === "unavailable") {
      return { code: "media_unavailable", message: "there is nothing to decode with on this machine" };
    }
    if (trouble !== undefined) {
      return { code: trouble.code, message: trouble.message };
    }
    return refusal;
  }

  #begin(tag: number, owner: Owner, name: string): Watched {
    const watched: Watched = {
      ...owner,
      name,
      alarms: new PictureAlarms(),
      picture: undefined,
      trouble: undefined,
      refusal: undefined,
      failures: { not_decodable: 0, decoder_ended: 0 },
      liveUntil: undefined,
    };
    this.#watched.set(tag, watched);
    owner.part.pictures = () => this.snapshot(tag);
    if (!this.#isConnected) {
      this.#isConnected = true;
      this.#connect();
    }
    return watched;
  }

  #end(tag: number): void {
    const watched = this.#watched.get(tag);
    this.#watched.delete(tag);
    if (watched !== undefined) {
      watched.part.pictures = undefined;
      this.#say(watched, watched.alarms.end());
    }
  }

  #connect(): void {
    this.#analysis?.sendPicturesTo(this.#media.picturePort());
  }

  #hear(message: Extract<MediaMessage, { report: "picture" | "noPicture" }>): void {
    const watched = this.#watched.get(message.source);
    if (watched === undefined) {
      return;
    }
    if (message.report === "noPicture") {
      const code = message.isLost ? "decoder_ended" : "not_decodable";
      watched.refusal = { code, message: message.message };
      watched.failures[code] += 1;
      this.#say(watched, watched.alarms.refused(message.message, wallClockMs()));
      return;
    }
    const { picture, takenAtMs } = message;
    const { jpeg, width, height, luma } = picture;
    watched.refusal = undefined;
    watched.picture = { jpeg, width, height, luma, takenAtMs, number: (watched.picture?.number ?? 0) + 1 };
    this.#say(watched, watched.alarms.picture(picture, takenAtMs));
    const { flow, part } = watched;
    this.#onPicture(flow.spec.id, part.spec.id, watched.picture, flow.active === part.spec.id);
  }

  /** Ends what nobody looks at any more. */
  #look(): void {
    const now = monotonicNow();
    for (const [tag, watched] of this.#watched) {
      if (watched.liveUntil !== undefined && now >= watched.liveUntil) {
        watched.liveUntil = undefined;
        this.#watchAnew(tag, watched);
      }
    }
    if (this.#liveCount > 0) {
      this.#timer.in(LOOK_EVERY);
    }
  }

  /** Tells the analysers what is wished of an input now. */
  #watchAnew(tag: number, { flow, part }: Owner): void {
    const pictures = this.wishesOf(tag, flow, part);
    const wishes = flow.spec.analysis ?? NOTHING;
    this.#analysis?.watch(tag, flow.lane.lane, { ...wishes, ...(pictures === undefined ? {} : { pictures }) });
  }

  #say({ flow, part }: Owner, changes: readonly PictureAlarmChange[]): void {
    for (const { alarm, isRaised, why } of changes) {
      const { code, words } = EVENTS[alarm][isRaised ? "raised" : "cleared"];
      this.#tell({
        severity: isRaised ? "warning" : "info",
        category: "thumbnail",
        code,
        message: `Input ${part.spec.id} ${words}${why === undefined ? "" : `: ${why}`}.`,
        ...whereIs(flow, part),
        ...(why === undefined ? {} : { details: { reason: why } }),
      });
    }
  }
}

const EVENTS = {
  no_signal: {
    raised: { code: "thumbnail_no_signal", words: "has given no picture for ten seconds" },
    cleared: { code: "thumbnail_signal_returned", words: "gives pictures again" },
  },
  black: {
    raised: { code: "thumbnail_black", words: "is black" },
    cleared: { code: "thumbnail_black_ended", words: "is black no more" },
  },
  freeze: {
    raised: { code: "thumbnail_freeze", words: "has not moved for 30 seconds" },
    cleared: { code: "thumbnail_freeze_ended", words: "moves again" },
  },
} as const;

const factsOf = ({ jpeg, ...facts }: FlowPicture): NonNullable<PictureSnapshot["picture"]> => ({ ...facts, bytes: jpeg.length });
