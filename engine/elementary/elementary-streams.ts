import type { Instant } from "@bilbycast/foundation/time";
import { isScrambled, PACKET_SIZE, pid as pidOf, PsiCatalogue, transportError } from "@bilbycast/protocols/mpegts";
import { AudioFrames, type AudioFrame } from "./audio-frames.ts";
import { chooseStreams, isSameChoice, type ProgramChoice } from "./program-choice.ts";
import { Timeline } from "./timeline.ts";
import { VideoUnits, type VideoCodec, type VideoUnit } from "./video-units.ts";

export type ElementaryOptions = {
  /** The program whose streams are taken; the lowest of all when absent. */
  programNumber?: number | undefined;
  /** Video that can be used; audio is AAC in ADTS. */
  codecs: readonly VideoCodec[];
  /** Other streams are taken, or none since the program is gone. */
  onChoice: (choice: ProgramChoice | undefined) => void;
  /** What is given is the receiver's own. */
  onVideo: (unit: VideoUnit) => void;
  onAudio: (frame: AudioFrame) => void;
};

const VIDEO = 0;
const AUDIO = 1;

/**
 * The picture and the sound of one program of a transport stream as access units, on one time line. The program may leave and come back, its
 * streams may change: what is taken follows the tables.
 */
export class ElementaryStreams {
  readonly #options: ElementaryOptions;
  readonly #catalogue = new PsiCatalogue();
  readonly #timeline = new Timeline();
  #revision = 0;
  #choice: ProgramChoice | undefined;
  #video: VideoUnits | undefined;
  #audio: AudioFrames | undefined;
  #videoPid = -1;
  #audioPid = -1;
  #droppedBefore = 0;

  constructor(options: ElementaryOptions) {
    this.#options = options;
  }

  /** Access units and frames that came and could not be used. */
  get dropped(): number {
    return this.#droppedBefore + (this.#video?.dropped ?? 0) + (this.#audio?.dropped ?? 0);
  }

  get choice(): ProgramChoice | undefined {
    return this.#choice;
  }

  /** Takes the packets of a unit. */
  push(unit: Uint8Array, now: Instant): void {
    for (let at = 0; at + PACKET_SIZE <= unit.length; at += PACKET_SIZE) {
      const pid = pidOf(unit, at);
      if (pid === this.#videoPid) {
        this.#video?.push(unit, at, now);
      } else if (pid === this.#audioPid) {
        this.#audio?.push(unit, at, now);
      } else if (this.#catalogue.follows(pid) && !transportError(unit, at) && !isScrambled(unit, at)) {
        this.#catalogue.pushTable(pid, unit, at, now);
        if (this.#catalogue.revision !== this.#revision) {
          this.#revision = this.#catalogue.revision;
          this.#choose();
        }
      }
    }
  }

  #choose(): void {
    const { programNumber, codecs, onChoice } = this.#options;
    const choice = chooseStreams(this.#catalogue.programs(), this.#catalogue.programMapPids().keys(), programNumber, codecs);
    const before = this.#choice;
    if (isSameChoice(before, choice)) {
      return;
    }
    this.#choice = choice;
    this.#droppedBefore = this.dropped;
    if (choice?.video?.pid !== before?.video?.pid || choice?.video?.codec !== before?.video?.codec) {
      this.#video =
        choice?.video === undefined ? undefined : new VideoUnits(choice.video.codec, VIDEO, this.#timeline, this.#options.onVideo);
    } else {
      this.#droppedBefore -= this.#video?.dropped ?? 0;
    }
    if (choice?.audio?.pid !== before?.audio?.pid) {
      this.#audio = choice?.audio === undefined ? undefined : new AudioFrames(AUDIO, this.#timeline, this.#options.onAudio);
    } else {
      this.#droppedBefore -= this.#audio?.dropped ?? 0;
    }
    this.#videoPid = choice?.video?.pid ?? -1;
    this.#audioPid = choice?.audio?.pid ?? -1;
    onChoice(choice);
  }
}
