import { crc32, inflateSync } from "node:zlib";
import { LOGO_LIMITS } from "@bilbycast/contracts/manager-api";
import { refusal } from "../http/faults.ts";

/** ISO/IEC 15948 (PNG) §5.2. */
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** What makes the picture, §11.2 and §11.3. Texts, times, profiles and what other programs put into a file is not kept. */
const KEPT: ReadonlySet<string> = new Set(["IHDR", "PLTE", "tRNS", "gAMA", "sRGB", "IDAT", "IEND"]);

/** Bit depths of each colour type and its samples to a pixel, §11.2.2. */
const COLOURS: Readonly<Record<number, { depths: readonly number[]; samples: number }>> = {
  0: { depths: [1, 2, 4, 8, 16], samples: 1 },
  2: { depths: [8, 16], samples: 3 },
  3: { depths: [1, 2, 4, 8], samples: 1 },
  4: { depths: [8, 16], samples: 2 },
  6: { depths: [8, 16], samples: 4 },
};

/** Start and step of the seven passes of Adam7, by x and y: §8.2. */
const ADAM7: readonly (readonly [x: number, y: number, stepX: number, stepY: number])[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

type Chunk = { type: string; data: Buffer; whole: Buffer };
type Header = { width: number; height: number; bitsPerPixel: number; colourType: number; isInterlaced: boolean };

export type Logo = { readonly png: Buffer; readonly width: number; readonly height: number };

/**
 * The picture of an upload and nothing else of it. Throws the Fault `logo_invalid` for what is no PNG, is broken, is larger than it may be, or
 * unpacks to another size than it says.
 */
export const readLogo = (bytes: Buffer): Logo => {
  if (bytes.length > LOGO_LIMITS.bytes) {
    throw invalid(`It has ${bytes.length} bytes, and may have ${LOGO_LIMITS.bytes}`);
  }
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) {
    throw invalid("It is no PNG: its first bytes are those of something else");
  }
  const chunks = readChunks(bytes);
  const header = readHeader(chunks[0]);
  const { width, height, colourType } = header;
  if (chunks.at(-1)?.type !== "IEND" || chunks.filter(({ type }) => type === "IHDR" || type === "IEND").length !== 2) {
    throw invalid("It does not begin and end as a PNG does");
  }
  if (colourType === 3 && !chunks.some(({ type, data }) => type === "PLTE" && data.length >= 3)) {
    throw invalid("Its palette is missing");
  }
  checkPixels(Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data)), header);
  const kept = chunks.filter(({ type }) => KEPT.has(type));
  return { png: Buffer.concat([SIGNATURE, ...kept.map(({ whole }) => whole)]), width, height };
};

const invalid = (message: string): Error => refusal("logo_invalid", message, { field: "body.png" });

/** Length, type, data and CRC of each: §5.3. */
const readChunks = (bytes: Buffer): Chunk[] => {
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at < bytes.length;) {
    const length = at + 12 <= bytes.length ? bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    const end = at + 12 + length;
    if (end > bytes.length) {
      throw invalid("It ends in the middle of a chunk");
    }
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (!/^[A-Za-z]{4}$/.test(type) || crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) {
      throw invalid("A chunk of it is broken");
    }
    // An upper case letter first: nobody may draw the picture without knowing what it is (§5.4).
    if (/^[A-Z]/.test(type) && !KEPT.has(type)) {
      throw invalid(`It has a chunk ${type}, which no PNG has`);
    }
    chunks.push({ type, data: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) });
    at = end;
  }
  return chunks;
};

/** §11.2.2. */
const readHeader = (chunk: Chunk | undefined): Header => {
  if (chunk?.type !== "IHDR" || chunk.data.length !== 13) {
    throw invalid("It does not begin with a header");
  }
  const { data } = chunk;
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const [depth = 0, colourType = 0, compression, filter, interlace = 0] = data.subarray(8);
  const colour = COLOURS[colourType];
  if (colour?.depths.includes(depth) !== true || compression !== 0 || filter !== 0 || interlace > 1) {
    throw invalid("Its header says what no PNG is");
  }
  if (width === 0 || height === 0 || width > LOGO_LIMITS.width || height > LOGO_LIMITS.height) {
    throw invalid(`It is ${width} by ${height} pixels, and may be ${LOGO_LIMITS.width} by ${LOGO_LIMITS.height}`);
  }
  return { width, height, bitsPerPixel: depth * colour.samples, colourType, isInterlaced: interlace === 1 };
};

/** A few bytes may unpack to gigabytes: no more is unpacked than the picture has, and no less may come. */
const checkPixels = (packed: Buffer, header: Header): void => {
  const expected = sizeOf(header);
  let size = -1;
  try {
    size = inflateSync(packed, { maxOutputLength: expected }).length;
  } catch {
    // Told below.
  }
  if (size !== expected) {
    throw invalid("Its pixels are not those that its header says");
  }
};

/** Bytes of the pixels before they are packed, a filter byte with each row: §7.2. */
const sizeOf = ({ width, height, bitsPerPixel, isInterlaced }: Header): number => {
  const passes = isInterlaced ? ADAM7 : ([[0, 0, 1, 1]] as const);
  return passes.reduce((sum, [x, y, stepX, stepY]) => {
    const [columns, rows] = [Math.ceil(Math.max(0, width - x) / stepX), Math.ceil(Math.max(0, height - y) / stepY)];
    return columns === 0 ? sum : sum + rows * (1 + Math.ceil((columns * bitsPerPixel) / 8));
  }, 0);
};
