import { check } from "@bilbycast/foundation/check";
import { after, instant, milliseconds, type Instant } from "@bilbycast/foundation/time";
import { PCR_HZ, PCR_WRAP, wrapped } from "../media-time.ts";
import { NULL_PID, PACKET_SIZE, PID_COUNT, UNIT_PACKETS, writeHeader } from "../packet.ts";
import { RateGrid } from "./rate-grid.ts";
import { StreamFeed, type AccessUnit, type MultiplexStream, type StreamCounts } from "./stream-feed.ts";
import { TableTurns, type MultiplexService } from "./table-turns.ts";

export type MultiplexerOptions = {
  /** Bits of TS packets per second, whole, 200 000 to 1 000 000 000; see `multiplexRate`. */
  rate: number;
  service: MultiplexService;
  /** 1 to 16. The first video has the PCR, else the first. */
  streams: readonly MultiplexStream[];
  /** Packets in a unit, 1 to 7; 7. A unit is never longer than 20 ms, so at low rates it may have fewer. */
  unitPackets?: number;
  /** The decoder's clock with the first packet, 27 MHz ticks, whole, never wrapped; ten years from 0 at the most. */
  clock: number;
};

const LOWEST_RATE = 200_000;
const HIGHEST_RATE = 1_000_000_000;
const MOST_STREAMS = 16;
const FIRST_FREE_PID = 0x20;
/** From one PCR to the next. ISO/IEC 13818-1 §2.7.2 allows 100 ms, broadcasters ask for 40. */
const PCR_EVERY = (40 * PCR_HZ) / 1_000;
const LONGEST_UNIT = milliseconds(20);
const TICKS_PER_MICROSECOND = PCR_HZ / 1_000_000;
const SOUND_QUEUE = 65_536;
const SMALLEST_VIDEO_QUEUE = 262_144;

/**
 * Makes a transport stream of one program at a truly constant rate: every unit has its place on an absolute grid, every PCR is the time of its
 * byte on it, and what nobody needs is null packets. Nothing that comes late, early, too big or not at all moves the grid.
 *
 *     push ─> queue of each stream ─┬─ the most urgent ─> unit ─> peek, due, advance
 *     tables, PCR, null packets ────┘
 *
 * `peek` decides what is in the next unit from what waits then; who works ahead of the time takes units until `due` is far enough ahead.
 */
export class Multiplexer {
  /** Packets so far, and how many of them are null packets. */
  packets = 0;
  nulls = 0;
  /** Packets in each unit. */
  readonly unitPackets: number;
  readonly #grid: RateGrid;
  readonly #feeds: readonly StreamFeed[];
  readonly #clockFeed: StreamFeed;
  readonly #tables: TableTurns;
  /** The unit, a null packet, and the queues. */
  readonly #memory: Uint8Array;
  readonly #unit: Uint8Array;
  readonly #stuffing: number;
  readonly #unitTicks: number;
  #isMade = false;
  #unitStart: number;
  #lastPcr = -Infinity;
  #anchorTicks: number;
  #anchorTime = instant(0);

  constructor(options: MultiplexerOptions) {
    const { rate, streams, service, clock } = options;
    checkOptions(options);
    this.#grid = new RateGrid(rate, clock);
    this.#unitStart = clock;
    this.#anchorTicks = clock;
    const { packetTicks } = this.#grid;
    const longest = Math.max(1, Math.floor((LONGEST_UNIT * TICKS_PER_MICROSECOND) / packetTicks));
    this.unitPackets = Math.min(options.unitPackets ?? UNIT_PACKETS, longest);
    this.#unitTicks = this.unitPackets * packetTicks;
    const videoQueue = Math.max(SMALLEST_VIDEO_QUEUE, Math.ceil((1.25 * rate) / 8));
    const sizes = streams.map(({ streamId, queueBytes }) => queueBytes ?? ((streamId & 0xf0) === 0xe0 ? videoQueue : SOUND_QUEUE));
    this.#stuffing = this.unitPackets * PACKET_SIZE;
    let base = this.#stuffing + PACKET_SIZE;
    this.#memory = new Uint8Array(sizes.reduce((sum, size) => sum + size, base)).fill(0xff, this.#stuffing, base);
    writeHeader(this.#memory, this.#stuffing, { pid: NULL_PID });
    this.#unit = this.#memory.subarray(0, this.#stuffing);
    const video = streams.findIndex(({ streamId }) => (streamId & 0xf0) === 0xe0);
    const clockStream = Math.max(0, video);
    this.#feeds = streams.map((stream, i) => {
      const feed = new StreamFeed(stream, i === clockStream, this.#memory, base, sizes[i] ?? 0);
      base += sizes[i] ?? 0;
      return feed;
    });
    this.#clockFeed = this.#feed(clockStream);
    this.#tables = new TableTurns(service, streams[clockStream]?.pid ?? NULL_PID, streams, packetTicks);
  }

  /** What became of the access units of a stream, by its place in the options. */
  counts(stream: number): Readonly<StreamCounts> {
    return this.#feed(stream).counts;
  }

  /** Bits of TS packets per second. */
  get rate(): number {
    return this.#grid.rate;
  }

  /** The decoder's clock where the next unit that `peek` makes begins, 27 MHz ticks: what is decoded before that is late. */
  get clock(): number {
    return this.#grid.ticks;
  }

  /** Copies an access unit in. False: it was refused, and counted. */
  push(stream: number, unit: AccessUnit): boolean {
    return this.#feed(stream).push(unit);
  }

  /** The next unit, whole packets; its bytes stay until `advance`. There always is one. */
  peek(): Uint8Array {
    if (!this.#isMade) {
      this.#isMade = true;
      this.#unitStart = this.#grid.ticks;
      for (let i = 0; i < this.unitPackets; i++) {
        this.#makePacket(i * PACKET_SIZE, i === 0);
        this.packets++;
      }
    }
    return this.#unit;
  }

  /** When the next unit is due: that its first byte goes out. */
  get due(): Instant {
    const start = this.#isMade ? this.#unitStart : this.#grid.ticks;
    return after(this.#anchorTime, Math.floor((start - this.#anchorTicks) / TICKS_PER_MICROSECOND));
  }

  /** The unit that `peek` gave is done with. */
  advance(): void {
    check(this.#isMade, "there is no unit to be done with");
    this.#isMade = false;
  }

  /** The next unit becomes due at `at`, and all later ones accordingly. */
  anchor(at: Instant): void {
    this.#anchorTicks = this.#isMade ? this.#unitStart : this.#grid.ticks;
    this.#anchorTime = at;
  }

  #feed(stream: number): StreamFeed {
    const feed = this.#feeds[stream];
    check(feed !== undefined, "a stream of the multiplex is named");
    return feed;
  }

  #makePacket(at: number, opensUnit: boolean): void {
    const { ticks, pcr } = this.#grid;
    for (const feed of this.#feeds) {
      feed.expire(ticks);
    }
    this.#grid.step();
    if ((opensUnit && this.#writeClock(at, pcr, ticks)) || this.#tables.write(this.#memory, at, ticks)) {
      return;
    }
    const feed = this.#mostUrgent(ticks);
    if (feed !== undefined) {
      feed.write(at, -1, ticks, this.#grid.ticks);
    } else {
      this.#memory.copyWithin(at, this.#stuffing, this.#stuffing + PACKET_SIZE);
      this.nulls++;
    }
  }

  /** A PCR opens a unit, so that it leaves at its own time. With it goes what waits in its stream, if anything may. */
  #writeClock(at: number, pcr: number, ticks: number): boolean {
    const feed = this.#clockFeed;
    const isReady = feed.isReady(ticks);
    const isDue = ticks + this.#unitTicks - this.#lastPcr > PCR_EVERY;
    if (!isDue && !(isReady && feed.awaitsClock)) {
      return false;
    }
    this.#lastPcr = ticks;
    if (isReady) {
      feed.write(at, wrapped(pcr, PCR_WRAP), ticks, this.#grid.ticks);
    } else {
      feed.writeClock(at, wrapped(pcr, PCR_WRAP), ticks);
    }
    return true;
  }

  /** Earliest deadline first; of two, sound before video. */
  #mostUrgent(ticks: number): StreamFeed | undefined {
    let best: StreamFeed | undefined;
    let bestUrgency = Infinity;
    for (const feed of this.#feeds) {
      if (feed.isReady(ticks) && !feed.awaitsClock) {
        const urgency = feed.urgency(ticks);
        if (urgency < bestUrgency || (urgency === bestUrgency && !feed.isVideo)) {
          best = feed;
          bestUrgency = urgency;
        }
      }
    }
    return best;
  }
}

const checkOptions = ({ rate, streams, service, unitPackets = UNIT_PACKETS }: MultiplexerOptions): void => {
  check(rate >= LOWEST_RATE && rate <= HIGHEST_RATE, "a multiplex has a rate that its tables and clock fit");
  check(unitPackets >= 1 && unitPackets <= UNIT_PACKETS, "a unit has 1 to 7 packets");
  check(streams.length >= 1 && streams.length <= MOST_STREAMS, "a multiplex has 1 to 16 streams");
  const pids = [service.programMapPid, ...streams.map(({ pid }) => pid)];
  check(
    pids.every((pid) => pid >= FIRST_FREE_PID && pid < PID_COUNT - 1),
    "a PID is one that programs may have",
  );
  check(new Set(pids).size === pids.length, "each stream has a PID of its own");
};
