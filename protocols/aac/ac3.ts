import { BitReader } from "@bilbycast/foundation/bytes";
import type { AudioFormat, AudioFrame } from "./audio-format.ts";
import type { FrameShape } from "./frame-walker.ts";

const SYNC_WORD = 0x0b77;
const HEADER_SIZE = 8;

/** By fscod. ETSI TS 102 366 §4.4.1.3. */
const SAMPLE_RATES: readonly number[] = [48_000, 44_100, 32_000];
/** kbit/s by half of frmsizecod. Table 4.13. */
const BIT_RATES: readonly number[] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];
/** Full channels by acmod; 0 is two mono programmes. Table 4.3. */
const CHANNELS: readonly number[] = [2, 1, 2, 3, 3, 4, 4, 5];
/** Names by acmod, without and with the low frequency channel. */
const LAYOUTS: readonly (readonly [string, string])[] = [
  ["1+1", "1+1+LFE"],
  ["mono", "1.1"],
  ["stereo", "2.1"],
  ["3.0", "3.1"],
  ["3.0(back)", "3.1(back)"],
  ["4.0", "4.1"],
  ["quad(side)", "4.1(quad)"],
  ["5.0(side)", "5.1(side)"],
];
const BLOCK_SAMPLES = 256;
/** numblkscod. Annex E, §E.1.3.1.4: 1, 2, 3 or 6 blocks. */
const BLOCKS: readonly number[] = [1, 2, 3, 6];

/** strmtyp of a substream that only adds channels to the one before. */
const DEPENDENT = 1;

/** bsid: 8 and less AC-3, 9 and 10 AC-3 at half and a quarter of the rates, 11 to 16 E-AC-3. */
const LAST_AC3 = 10;
const LAST_EAC3 = 16;

const readFrame = (bytes: Uint8Array, size: number): AudioFrame | undefined => {
  const bsid = (bytes[5] ?? 0) >> 3;
  const reader = new BitReader(bytes, 0, size);
  if (size < HEADER_SIZE || reader.read(16) !== SYNC_WORD || bsid > LAST_EAC3) {
    return undefined;
  }
  return bsid <= LAST_AC3 ? readAc3(reader, Math.max(0, bsid - 8)) : readEac3(reader);
};

/** syncinfo and the front of bsi. §4.3.1, §4.3.2. */
const readAc3 = (reader: BitReader, halvings: number): AudioFrame | undefined => {
  reader.skip(16);
  const fullRate = SAMPLE_RATES[reader.read(2)];
  const sizeCode = reader.read(6);
  const kilobits = BIT_RATES[sizeCode >> 1];
  reader.skip(8);
  const acmod = reader.read(3);
  // cmixlev, surmixlev and dsurmod are there or not.
  reader.skip(((acmod & 1) !== 0 && acmod !== 1 ? 2 : 0) + ((acmod & 4) === 0 ? 0 : 2) + (acmod === 2 ? 2 : 0));
  const lfe = reader.flag();
  if (fullRate === undefined || kilobits === undefined) {
    return undefined;
  }
  // Words of two bytes; at 44.1 kHz they do not come out even and the code's last bit adds one.
  const words = Math.floor((kilobits * 96_000) / fullRate) + (fullRate === 44_100 ? sizeCode & 1 : 0);
  const scale = 2 ** halvings;
  const format = formatOf("ac3", acmod, lfe, fullRate / scale, (kilobits * 1000) / scale, 6);
  return { frameSize: words * 2, format };
};

/** syncinfo and the front of bsi of E-AC-3. Annex E §E.1.2. A dependent substream has no format of its own. */
const readEac3 = (reader: BitReader): AudioFrame | undefined => {
  const streamType = reader.read(2);
  reader.skip(3);
  const frameSize = (reader.read(11) + 1) * 2;
  const rateCode = reader.read(2);
  const lowCode = reader.read(2);
  const low = SAMPLE_RATES[lowCode];
  const sampleRate = rateCode === 3 ? (low === undefined ? undefined : low / 2) : SAMPLE_RATES[rateCode];
  const blocks = rateCode === 3 ? 6 : (BLOCKS[lowCode] ?? 6);
  const acmod = reader.read(3);
  const lfe = reader.flag();
  if (sampleRate === undefined || streamType === 3) {
    return undefined;
  }
  const bitRate = Math.round((frameSize * 8 * sampleRate) / (blocks * BLOCK_SAMPLES));
  return { frameSize, format: streamType === DEPENDENT ? undefined : formatOf("eac3", acmod, lfe, sampleRate, bitRate, blocks) };
};

const formatOf = (
  codec: "ac3" | "eac3",
  acmod: number,
  lfe: boolean,
  sampleRate: number,
  bitRate: number,
  blocks: number,
): AudioFormat => ({
  codec,
  sampleRate,
  channels: (CHANNELS[acmod] ?? 0) + (lfe ? 1 : 0),
  channelLayout: LAYOUTS[acmod]?.[lfe ? 1 : 0],
  bitRate,
  frameSamples: blocks * BLOCK_SAMPLES,
});

/** AC-3 and E-AC-3: stream_type 0x81, 0x87, or 0x06 with a descriptor. */
export const ac3Shape: FrameShape = { headerSize: HEADER_SIZE, headSize: HEADER_SIZE, read: readFrame };
