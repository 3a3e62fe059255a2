/** segmentation_upid: what the segment is, in a numbering of somebody's. ANSI/SCTE 35 §10.3.3.1, table 22. */
export type Upid = {
  type: number;
  typeName: string;
  /** Printable characters where the numbering has them, else hexadecimal digits. Of "MID" the list of what is inside. */
  value: string;
};

const TEXT = "text";
const HEX = "hex";

const TYPES: ReadonlyMap<number, readonly [name: string, form: "text" | "hex"]> = new Map([
  [0x01, ["User Defined", HEX]],
  [0x02, ["ISCI", TEXT]],
  [0x03, ["Ad-ID", TEXT]],
  [0x04, ["UMID", HEX]],
  [0x05, ["ISAN", HEX]],
  [0x06, ["ISAN", HEX]],
  [0x07, ["TID", TEXT]],
  [0x08, ["TI", HEX]],
  [0x09, ["ADI", TEXT]],
  [0x0a, ["EIDR", HEX]],
  [0x0b, ["ATSC Content Identifier", HEX]],
  [0x0c, ["MPU", HEX]],
  [0x0d, ["MID", HEX]],
  [0x0e, ["ADS Information", TEXT]],
  [0x0f, ["URI", TEXT]],
  [0x10, ["UUID", HEX]],
  [0x11, ["SCR", TEXT]],
]);

const MID = 0x0d;

export const readUpid = (type: number, bytes: Uint8Array): Upid => {
  const [typeName, form] = TYPES.get(type) ?? ["Reserved", HEX];
  const parts = type === MID ? partsOf(bytes) : undefined;
  const value = parts?.map((part) => `${part.typeName}:${part.value}`).join(" ") ?? (form === TEXT ? textOf(bytes) : hexOf(bytes));
  return { type, typeName, value };
};

/** Of a multiple identifier; `undefined` when they do not fill it. One inside another is left as its bytes: depth is bounded. */
const partsOf = (bytes: Uint8Array): Upid[] | undefined => {
  const parts: Upid[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const type = bytes[at] ?? 0;
    const end = at + 2 + (bytes[at + 1] ?? 0);
    const part = bytes.subarray(at + 2, end);
    if (end > bytes.length) {
      return undefined;
    }
    parts.push(type === MID ? { type, typeName: "MID", value: hexOf(part) } : readUpid(type, part));
    at = end;
  }
  return at === bytes.length ? parts : undefined;
};

const textOf = (bytes: Uint8Array): string => {
  const isPrintable = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isPrintable ? String.fromCharCode(...bytes) : hexOf(bytes);
};

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
