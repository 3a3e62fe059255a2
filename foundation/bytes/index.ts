export { setU16, setU32, u16, u32 } from "./big-endian.ts";
export { BitReader } from "./bit-reader.ts";
export { crc32, crcDifference } from "./crc32.ts";
export { decodeUtf8, encodeUtf8 } from "./utf8.ts";
