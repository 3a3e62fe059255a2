import { PicturePicker, type PickedUnits } from "@bilbycast/engine/analysis";
import { check } from "@bilbycast/foundation/check";
import { instant } from "@bilbycast/foundation/time";
import { crc32, PACKET_SIZE, PsiCatalogue } from "@bilbycast/protocols/mpegts";
import { integer, seeded, type Random } from "@bilbycast/testkit/random";
import { hostileMakers } from "./hostile-packets.ts";

const PID = 0x101;
const MAP_PID = 0x100;
/** Bytes of units that one question may have. */
const MOST_ASKED = 16_777_216;
/** Packets of one picker. */
const LIFETIME = 20_000;

/** stream_type, and what begins there: start codes that say much and hold nothing. */
const KINDS = [
  { streamType: 0x1b, codes: [0x67, 0x68, 0x65, 0x41, 0x06, 0x09, 0x01, 0x85] },
  { streamType: 0x24, codes: [0x40, 0x42, 0x44, 0x26, 0x02, 0x4e, 0x46, 0x50] },
  { streamType: 0x02, codes: [0xb3, 0xb5, 0xb8, 0x00, 0x01, 0xaf, 0xb2, 0xb7] },
] as const;

/**
 * Feeds hostile video to pickers of pictures: start codes without number or without end, parameter sets of rubbish, packets that are lost,
 * doubled, scrambled and cut. Throws, naming the seed, when one throws or asks for more than its bound.
 */
export const fuzzPictures = (seed: number, packets: number): { asked: number } => {
  const random = seeded(seed);
  let asked = 0;
  for (let done = 0; done < packets; done += LIFETIME) {
    try {
      asked += live(random, Math.min(LIFETIME, packets - done));
    } catch (cause) {
      throw new Error(`PicturePicker failed with seed ${seed} behind packet ${done}`, { cause });
    }
  }
  return { asked };
};

const live = (random: Random, packets: number): number => {
  let asked = 0;
  const picker = new PicturePicker((units) => {
    asked++;
    judge(units);
  });
  const catalogue = new PsiCatalogue();
  const makers = Object.values(hostileMakers(random));
  const kind = KINDS[integer(random, KINDS.length)] ?? KINDS[0];
  const video = new HostileVideo(random, kind);
  let now = 1_000_000;
  picker.wish({ name: "f/i", interval: 1_000_000, live: false });
  for (let done = 0; done < packets; done++) {
    const chance = random();
    const bytes =
      done % 500 === 0 ? video.tables() : chance < 0.02 ? (makers[integer(random, makers.length)]?.() ?? video.packet()) : video.packet();
    now += random() < 0.001 ? integer(random, 3_000_000) : integer(random, 2_000);
    catalogue.take(bytes, 0, bytes.length, instant(now));
    picker.take(bytes, 0, bytes.length, catalogue, instant(now));
    if (random() < 0.001) {
      picker.wish({
        name: "f/i",
        interval: 1_000_000,
        live: random() < 0.5,
        ...(random() < 0.1 ? { program: integer(random, 3) + 1 } : {}),
      });
    }
    if (random() < 0.001) {
      picker.lost();
    }
    if (random() < 0.01) {
      picker.capture();
      picker.trouble(instant(now), 0);
    }
  }
  return asked;
};

const judge = ({ units, takenAt }: PickedUnits): void => {
  const size = units.reduce((sum, unit) => sum + unit.length, 0);
  check(units.length > 0 && size > 0 && size <= MOST_ASKED, `${units.length} units of ${size} bytes`);
  check(Number.isFinite(takenAt), "a picture has its time");
};

/** A program whose video is made to be costly. */
class HostileVideo {
  readonly #random: Random;
  readonly #kind: (typeof KINDS)[number];
  #counter = 0;
  #tableCounter = 0;

  constructor(random: Random, kind: (typeof KINDS)[number]) {
    this.#random = random;
    this.#kind = kind;
  }

  tables(): Uint8Array {
    this.#tableCounter = (this.#tableCounter + 1) & 0x0f;
    return new Uint8Array([
      ...tablePacket(0, this.#tableCounter, pat()),
      ...tablePacket(MAP_PID, this.#tableCounter, pmt(this.#kind.streamType)),
    ]);
  }

  packet(): Uint8Array {
    const random = this.#random;
    const bytes = Uint8Array.from({ length: PACKET_SIZE }, () => (random() < 0.3 ? 0 : integer(random, 256)));
    this.#counter = random() < 0.005 ? integer(random, 16) : (this.#counter + 1) & 0x0f;
    const begins = random() < 0.1;
    bytes.set([0x47, (begins ? 0x40 : 0) | (PID >> 8), PID & 0xff, 0x10 | (random() < 0.002 ? 0x80 : 0) | this.#counter]);
    if (begins) {
      bytes.set([0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1], 4);
    }
    for (let at = begins ? 18 : 4; at + 8 < PACKET_SIZE; at += 4 + integer(random, 60)) {
      const { codes } = this.#kind;
      bytes.set([0, 0, 1, codes[integer(random, codes.length)] ?? 0, random() < 0.5 ? 0x88 : integer(random, 256)], at);
    }
    return bytes;
  }
}

const tablePacket = (pid: number, counter: number, section: readonly number[]): number[] => {
  const head = [0x47, 0x40 | (pid >> 8), pid & 0xff, 0x10 | counter, 0];
  return [...head, ...section, ...Array.from({ length: PACKET_SIZE - head.length - section.length }, () => 0xff)];
};

const withCrc = (bytes: readonly number[]): number[] => {
  const crc = crc32(Uint8Array.from(bytes), 0, bytes.length);
  return [...bytes, crc >>> 24, (crc >>> 16) & 0xff, (crc >>> 8) & 0xff, crc & 0xff];
};

const pat = (): number[] => withCrc([0, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xe0 | (MAP_PID >> 8), MAP_PID & 0xff]);

const pmt = (streamType: number): number[] =>
  withCrc([2, 0xb0, 18, 0, 1, 0xc1, 0, 0, 0xe0 | (PID >> 8), PID & 0xff, 0xf0, 0, streamType, 0xe0 | (PID >> 8), PID & 0xff, 0xf0, 0]);
