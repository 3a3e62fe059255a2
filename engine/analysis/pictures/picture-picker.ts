import { after, milliseconds, NEVER, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import type { PictureQuestion, VideoCodec } from "@bilbycast/engine/media";
import { beginsRandomAccess, payloadUnitStart, PACKET_SIZE, type PsiCatalogue } from "@bilbycast/protocols/mpegts";
import { PesReader } from "../media/pes-reader.ts";
import { chooseVideo, NOTHING_YET, type ChosenVideo } from "./chosen-video.ts";
import { LiveUnits } from "./live-units.ts";
import { isSameWish, type PictureTrouble, type PictureTroubleCode, type PictureWishes } from "./picture-wishes.ts";
import { UnitCutter } from "./unit-cutter.ts";
import { UnitReader } from "./unit-reader.ts";

/** Bytes of an access unit; 50 Mbit/s of intra frames alone have 250 kB. */
const LONGEST_UNIT = 4_194_304;
/** Of a stretch of units, where none can be decoded alone. */
const LONGEST_STRETCH = 8_388_608;
const STRETCH_LASTS: Microseconds = seconds(4);
/** Only PES packets that say that decoding may begin with them are looked at for so long, then all. */
const FAST_LASTS: Microseconds = seconds(3);
/** From then on no picture is expected that can be decoded alone. Longer than ten seconds, which encoders make by default. */
const SEEKING_LASTS: Microseconds = seconds(12);
/** PES packets that announced what they did not keep: then the stream refreshes bit by bit. */
const FALSE_STARTS = 2;
/** Between two pictures, however often one is asked for. */
const SMALLEST_GAP: Microseconds = milliseconds(500);
const SILENCE: Microseconds = seconds(2);

const WIDTH = 320;
const HEIGHT = 180;

const IDLE = 0;
const FAST = 1;
const FULL = 2;
const STRETCH = 3;
const LIVE = 4;

/** What is asked of whoever decodes; `tag` and name are put to it by whoever sends it. */
export type PickedUnits = Omit<Extract<PictureQuestion, { ask: "picture" }>, "source" | "name" | "takenAtMs"> & { takenAt: Instant };

/**
 * Takes out of one input's transport stream what pictures are made of. Between pictures it looks at nothing. When one is due, it gathers the next
 * access unit that needs no other, with its parameter sets and its second field; of streams that have none, a stretch of units; while somebody
 * looks, all units.
 */
export class PicturePicker {
  readonly #give: (units: PickedUnits) => void;
  #wishes: PictureWishes | undefined;
  #mode = IDLE;
  #dueAt: Instant = 0 as Instant;
  #armedAt: Instant = 0 as Instant;
  #gaveAt: Instant = -SMALLEST_GAP as Instant;
  #escalateAt: Instant = NEVER;
  #revision = -1;
  #choice: ChosenVideo = NOTHING_YET;
  #pes: PesReader<undefined> | undefined;
  #cutter: UnitCutter | undefined;
  #reader: UnitReader | undefined;
  #gathers = false;
  #falseStarts = 0;
  /** It was seen that the stream has no picture that can be decoded alone. */
  #refreshes = false;
  #lastCounter = -1;
  #first: Uint8Array | undefined;
  #firstAt: Instant = 0 as Instant;
  #stretch: Uint8Array[] = [];
  #stretchBytes = 0;
  #live: LiveUnits | undefined;
  #now: Instant = 0 as Instant;
  #dataAt: Instant | undefined;
  #videoAt: Instant = 0 as Instant;
  #scrambledAt: Instant | undefined;
  #lacksSets = false;
  #beganAt: Instant | undefined;
  #trouble: { code: PictureTroubleCode; since: Instant } | undefined;

  constructor(give: (units: PickedUnits) => void) {
    this.#give = give;
  }

  get wishes(): PictureWishes | undefined {
    return this.#wishes;
  }

  wish(wishes: PictureWishes | undefined): void {
    const before = this.#wishes;
    if (isSameWish(before, wishes)) {
      return;
    }
    this.#wishes = wishes;
    if (before?.program !== wishes?.program) {
      this.#revision = -1;
    }
    if (wishes === undefined || wishes.live !== before?.live) {
      this.#rest(this.#now);
    } else {
      this.#dueAt = Math.min(this.#dueAt, after(this.#now, wishes.interval)) as Instant;
    }
  }

  /** A picture is wanted as soon as can be: something has changed. */
  capture(): void {
    if (this.#mode === IDLE) {
      this.#dueAt = after(this.#gaveAt, SMALLEST_GAP);
    }
  }

  /** Takes the packets in bytes [from, end), after the catalogue has. */
  take(bytes: Uint8Array, from: number, end: number, catalogue: PsiCatalogue, now: Instant): void {
    const wishes = this.#wishes;
    this.#now = now;
    this.#dataAt = now;
    if (wishes === undefined) {
      return;
    }
    if (catalogue.revision !== this.#revision) {
      this.#revision = catalogue.revision;
      this.#follow(chooseVideo(catalogue, wishes.program), now);
    }
    const { video } = this.#choice;
    if (video === undefined || (this.#mode === IDLE && !this.#isArmed(wishes, now))) {
      return;
    }
    if (now >= this.#escalateAt) {
      this.#escalate(now);
    }
    for (let at = from; at + PACKET_SIZE <= end && this.#mode !== IDLE; at += PACKET_SIZE) {
      if ((((bytes[at + 1] ?? 0) & 0x1f) << 8) + (bytes[at + 2] ?? 0) === video.pid) {
        this.#packet(bytes, at, video.streamType);
      }
    }
  }

  /** Packets were missed, by us and not on their way: no picture is to look as if the stream were broken. */
  lost(): void {
    this.#lastCounter = -1;
    this.#live?.restart(this.#now);
    this.#break();
  }

  /** Why no picture can be taken now. To be asked about once a second. `epochMs`: milliseconds of the time of day at instant 0. */
  trouble(now: Instant, epochMs: number): PictureTrouble | undefined {
    this.#beganAt ??= now;
    const code = this.#wishes === undefined ? undefined : this.#troubleNow(now);
    if (code === undefined) {
      this.#trouble = undefined;
      return undefined;
    }
    if (this.#trouble?.code !== code) {
      this.#trouble = { code, since: code === "no_data" ? (this.#dataAt ?? this.#beganAt) : now };
    }
    return { code, message: MESSAGES[code](this.#choice), sinceMs: Math.round(epochMs + this.#trouble.since / 1_000) };
  }

  #troubleNow(now: Instant): PictureTroubleCode | undefined {
    if (this.#dataAt === undefined || now - this.#dataAt > SILENCE) {
      return "no_data";
    }
    if (this.#choice.lacks !== undefined) {
      return this.#choice.lacks;
    }
    if (this.#scrambledAt !== undefined && now - this.#scrambledAt < SILENCE) {
      return "scrambled";
    }
    if (this.#mode !== IDLE && now - Math.max(this.#videoAt, this.#armedAt) > SILENCE) {
      return "no_video";
    }
    if (this.#mode === IDLE || this.#cutter === undefined) {
      return undefined;
    }
    return this.#cutter.tooLong > 0 ? "too_large" : this.#lacksSets ? "no_parameter_sets" : undefined;
  }

  #follow(choice: ChosenVideo, now: Instant): void {
    const before = this.#choice.video;
    this.#choice = choice;
    const { video } = choice;
    if (video?.pid === before?.pid && video?.codec === before?.codec) {
      return;
    }
    this.#rest(now);
    this.#dueAt = now;
    this.#refreshes = false;
    this.#reader = video === undefined ? undefined : new UnitReader(video.codec);
  }

  #isArmed(wishes: PictureWishes, now: Instant): boolean {
    if (!wishes.live && now < this.#dueAt) {
      return false;
    }
    this.#mode = wishes.live ? LIVE : FAST;
    this.#armedAt = now;
    this.#falseStarts = this.#refreshes ? FALSE_STARTS - 1 : 0;
    this.#lacksSets = false;
    this.#lastCounter = -1;
    this.#escalateAt = wishes.live ? NEVER : after(now, FAST_LASTS);
    const codec = this.#codec();
    this.#cutter = new UnitCutter(codec, LONGEST_UNIT, (bytes, size, starts, arrival) => this.#unit(bytes, size, starts, arrival));
    this.#live = wishes.live ? new LiveUnits(now, (units, starts, takenAt) => this.#say("every", units, true, starts, takenAt)) : undefined;
    this.#gathers = wishes.live;
    this.#openPes();
    return true;
  }

  #codec(): VideoCodec {
    return this.#choice.video?.codec ?? "h264";
  }

  #openPes(): void {
    const cutter = this.#cutter;
    this.#pes = new PesReader<undefined>({
      begin: () => {},
      payload: (bytes, from, end) => cutter?.push(bytes, from, end, this.#now),
      break: () => cutter?.reset(),
      tick: () => {},
      facts: undefined,
    });
  }

  /** What was looked for in one way is looked for in another. */
  #escalate(now: Instant): void {
    if (this.#mode === FAST) {
      this.#seekFully();
    } else if (this.#mode === FULL) {
      this.#beginStretch(now);
    } else if (this.#mode === STRETCH) {
      this.#endStretch(now);
    }
  }

  #seekFully(): void {
    this.#mode = FULL;
    this.#gathers = true;
    this.#escalateAt = after(this.#armedAt, SEEKING_LASTS);
    this.#cutter?.reset();
    this.#openPes();
  }

  #beginStretch(now: Instant): void {
    this.#mode = STRETCH;
    this.#gathers = true;
    this.#escalateAt = after(now, STRETCH_LASTS);
  }

  #endStretch(now: Instant): void {
    const units = this.#stretch;
    if (units.length > 0) {
      this.#say("every", units, true, true, now);
    }
    this.#rest(now);
  }

  #packet(bytes: Uint8Array, at: number, streamType: number): void {
    const fourth = bytes[at + 3] ?? 0;
    this.#videoAt = this.#now;
    if ((fourth & 0x10) === 0) {
      return;
    }
    if ((fourth & 0xc0) !== 0) {
      this.#scrambledAt = this.#now;
      this.#lastCounter = -1;
      this.#break();
      return;
    }
    const counter = fourth & 0x0f;
    const last = this.#lastCounter;
    if (counter === last) {
      return;
    }
    this.#lastCounter = counter;
    if (last !== -1 && counter !== ((last + 1) & 0x0f)) {
      this.#break();
    }
    const announces = this.#mode <= FULL && payloadUnitStart(bytes, at) && beginsRandomAccess(bytes, at, streamType);
    if (!this.#gathers) {
      if (!announces) {
        return;
      }
      this.#gathers = true;
      this.#cutter?.reset();
      this.#openPes();
    } else if (announces && this.#mode === FULL && ++this.#falseStarts > FALSE_STARTS) {
      // The ones before gave nothing, or nobody would look any more.
      this.#refreshes = true;
      this.#beginStretch(this.#now);
    }
    this.#pes?.packet(bytes, at);
    if (this.#pes?.scrambled === true) {
      this.#scrambledAt = this.#now;
    }
  }

  #break(): void {
    this.#pes?.break();
    this.#first = undefined;
    if (this.#mode === FAST) {
      this.#gathers = false;
    }
  }

  #unit(bytes: Uint8Array, size: number, starts: readonly number[], arrival: Instant): void {
    const reader = this.#reader;
    if (reader === undefined || this.#mode === IDLE) {
      return;
    }
    const { isIntra, field } = reader.read(bytes, size, starts);
    const begins = isIntra && field !== "second";
    const whole = begins ? reader.complete(bytes, size, starts) : undefined;
    if (begins) {
      this.#lacksSets = whole === undefined;
    }
    if (this.#mode === LIVE) {
      this.#live?.add(whole ?? bytes.slice(0, size), whole !== undefined, arrival);
    } else if (this.#mode === STRETCH) {
      this.#lengthen(whole ?? bytes.slice(0, size));
    } else if (this.#first !== undefined) {
      this.#key(field === "second" ? [this.#first, bytes.slice(0, size)] : [this.#first], this.#firstAt);
    } else if (whole !== undefined && field === "first") {
      this.#first = whole;
      this.#firstAt = arrival;
    } else if (whole !== undefined) {
      this.#key([whole], arrival);
    } else if (this.#mode === FAST) {
      this.#gathers = false;
      this.#falseStarts++;
      if (this.#falseStarts >= FALSE_STARTS) {
        this.#refreshes = true;
        this.#beginStretch(this.#now);
        this.#lengthen(bytes.slice(0, size));
      }
    }
  }

  #lengthen(unit: Uint8Array): void {
    this.#stretch.push(unit);
    this.#stretchBytes += unit.length;
    if (this.#stretchBytes > LONGEST_STRETCH) {
      this.#endStretch(this.#now);
    }
  }

  #key(units: Uint8Array[], takenAt: Instant): void {
    this.#say("key", units, true, true, takenAt);
    this.#rest(this.#now);
  }

  #say(from: "key" | "every", units: Uint8Array[], wanted: boolean, starts: boolean, takenAt: Instant): void {
    this.#gaveAt = this.#now;
    const spec = { kind: "pictures", codec: this.#codec(), width: WIDTH, height: HEIGHT, from } as const;
    this.#give({ ask: "picture", spec, units, wanted, starts, takenAt });
  }

  /** Nothing is gathered until the next one is due. */
  #rest(now: Instant): void {
    this.#mode = IDLE;
    this.#gathers = false;
    this.#escalateAt = NEVER;
    this.#pes = undefined;
    this.#cutter = undefined;
    this.#first = undefined;
    this.#stretch = [];
    this.#stretchBytes = 0;
    this.#live = undefined;
    this.#dueAt = after(now, this.#wishes?.interval ?? 0);
  }
}

const MESSAGES: Readonly<Record<PictureTroubleCode, (choice: ChosenVideo) => string>> = {
  no_data: () => "nothing comes in",
  no_tables: () => "what comes in has no program tables yet",
  no_program: ({ wanted }) => `the stream has no program ${wanted ?? ""}`.trim(),
  no_video: () => "the program has no video, or none of it comes",
  unsupported_codec: ({ codecName }) => `the video is ${codecName ?? "of an unknown kind"}, of which no pictures are made`,
  scrambled: () => "the video is scrambled",
  no_parameter_sets: () => "the video comes without the parameter sets that a decoder needs",
  too_large: () => "a picture of the video has more than 4 MiB",
};
