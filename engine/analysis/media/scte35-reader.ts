import { SectionAssembler } from "@bilbycast/protocols/mpegts";
import { readSpliceInfo, SPLICE_INFO_TABLE, type Segmentation, type SpliceInfo } from "@bilbycast/protocols/scte";
import type { Scte35Cue, Scte35Facts } from "./form.ts";
import type { StreamReader } from "./stream-reader.ts";

/** Cues by which a repetition is known. */
const REMEMBERED = 256;
/** Cues that are told between two ticks at most. */
const MOST_CUES = 32;
/** Packets that are read between two ticks at most; real streams have a few. */
const MOST_PACKETS = 5_000;
/** 90 kHz. */
const TICKS_PER_MS = 90;

/** Reads the cue messages of a PID, and tells each cue once however often it is repeated. */
export class Scte35Reader implements StreamReader<Scte35Facts> {
  readonly #tell: (cue: Scte35Cue) => void;
  readonly #assembler = new SectionAssembler((section) => this.#take(section));
  /** Oldest first. */
  readonly #told = new Set<string>();
  #counts = { cues: 0, repeated: 0, heartbeats: 0, encrypted: 0, malformed: 0, suppressed: 0 };
  #sinceTick = 0;
  #packets = 0;
  #last: Scte35Cue | undefined;

  constructor(tell: (cue: Scte35Cue) => void) {
    this.#tell = tell;
  }

  packet(bytes: Uint8Array, at: number): void {
    if (this.#packets++ < MOST_PACKETS) {
      this.#assembler.push(bytes, at);
    }
  }

  break(): void {
    this.#assembler.reset();
  }

  tick(): void {
    this.#sinceTick = 0;
    this.#packets = 0;
  }

  get facts(): Scte35Facts {
    return this.#last === undefined ? { ...this.#counts } : { ...this.#counts, last_cue: this.#last };
  }

  #take(section: Uint8Array): void {
    if (section[0] !== SPLICE_INFO_TABLE) {
      return;
    }
    const info = readSpliceInfo(section);
    if (info === undefined) {
      this.#counts.malformed++;
      return;
    }
    if (info.encryption !== undefined) {
      this.#counts.encrypted++;
    }
    const cues = cuesOf(info);
    if (cues.length === 0) {
      this.#counts.heartbeats++;
    }
    for (const cue of cues) {
      this.#consider(cue);
    }
  }

  #consider(cue: Scte35Cue): void {
    const key = JSON.stringify(cue);
    if (this.#told.has(key)) {
      this.#counts.repeated++;
      return;
    }
    if (this.#sinceTick >= MOST_CUES) {
      this.#counts.suppressed++;
      return;
    }
    if (this.#told.size >= REMEMBERED) {
      const [oldest = ""] = this.#told;
      this.#told.delete(oldest);
    }
    this.#told.add(key);
    this.#sinceTick++;
    this.#counts.cues++;
    this.#last = cue;
    this.#tell(cue);
  }
}

/** The cues of a section; none for one that only keeps the PID alive. */
const cuesOf = ({ command, encryption, descriptors }: SpliceInfo): Scte35Cue[] => {
  const segmentations = descriptors.filter((each) => each.name === "segmentation");
  if (command === undefined) {
    return [{ command: `encrypted (${encryption ?? "unknown"})` }];
  }
  switch (command.name) {
    case "splice_null":
    case "bandwidth_reservation":
      return [];
    case "splice_insert": {
      const { eventId, cancelled, immediate, outOfNetwork, autoReturn, duration, pts } = command;
      const [first] = segmentations;
      return [
        {
          command: command.name,
          event_id: eventId,
          ...(pts === undefined ? {} : { pts }),
          ...(cancelled ? { cancelled } : { out_of_network: outOfNetwork }),
          ...(immediate ? { immediate } : {}),
          ...(autoReturn === undefined ? {} : { auto_return: autoReturn }),
          ...(duration === undefined ? {} : { duration_ms: Math.round(duration / TICKS_PER_MS) }),
          ...(first === undefined ? {} : typeOf(first)),
        },
      ];
    }
    case "time_signal": {
      const time = command.pts === undefined ? { immediate: true as const } : { pts: command.pts };
      const cues = segmentations.map((each): Scte35Cue => ({
        command: command.name,
        event_id: each.eventId,
        ...time,
        ...segmentFacts(each),
      }));
      return cues.length === 0 ? [{ command: command.name, ...time }] : cues;
    }
    case "splice_schedule":
      return command.eventIds.map((eventId) => ({ command: command.name, event_id: eventId }));
    case "private_command":
      return [{ command: `private_command ${command.identifier}` }];
    case "unknown":
      return [{ command: `reserved command ${command.type}` }];
  }
};

const typeOf = ({ typeName, typeId, upid }: Segmentation): Partial<Scte35Cue> => ({
  segmentation_type: typeName,
  segmentation_type_id: typeId,
  ...(upid === undefined ? {} : { upid: `${upid.typeName}:${upid.value}` }),
});

const segmentFacts = (segmentation: Segmentation): Partial<Scte35Cue> =>
  segmentation.cancelled
    ? { cancelled: true }
    : {
        ...typeOf(segmentation),
        ...(segmentation.duration === undefined ? {} : { duration_ms: Math.round(segmentation.duration / TICKS_PER_MS) }),
      };
