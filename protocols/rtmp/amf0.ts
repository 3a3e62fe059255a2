import { encodeUtf8, decodeUtf8, setU16, setU32, u16, u32 } from "@bilbycast/foundation/bytes";

/** A value of AMF0. A Map is an anonymous object; read from the wire it may have been a typed object or an ECMA array as well. */
export type AmfValue = number | boolean | string | null | undefined | AmfObject | AmfEcmaArray | readonly AmfValue[];
export type AmfObject = ReadonlyMap<string, AmfValue>;
/** For writing only: an object that is marked as an associative array, as `onMetaData` is. */
export type AmfEcmaArray = { readonly ecmaArray: AmfObject };

/** Type markers. AMF0 §2.1. */
const NUMBER = 0x00;
const BOOLEAN = 0x01;
const STRING = 0x02;
const OBJECT = 0x03;
const NULL = 0x05;
const UNDEFINED = 0x06;
const ECMA_ARRAY = 0x08;
const OBJECT_END = 0x09;
const STRICT_ARRAY = 0x0a;
const DATE = 0x0b;
const LONG_STRING = 0x0c;
const UNSUPPORTED = 0x0d;
const XML_DOCUMENT = 0x0f;
const TYPED_OBJECT = 0x10;

/** What a message of a server may hold; more is taken for malformed. */
const MOST_VALUES = 1_024;
const MOST_DEPTH = 16;
/** Longest text with a length of 16 bits. */
const SHORT_TEXT = 0xffff;

/** The values of a command or data message, one behind the other. */
export const writeAmf = (values: readonly AmfValue[]): Uint8Array => {
  const parts: Uint8Array[] = [];
  for (const value of values) {
    writeValue(parts, value);
  }
  return joined(parts);
};

/** Values one behind the other; `undefined` when one of them is cut off, unknown, or there are more than anybody sends. */
export const readAmf = (bytes: Uint8Array): AmfValue[] | undefined => {
  const reader = new AmfReader(bytes);
  const values: AmfValue[] = [];
  while (reader.left > 0 && !reader.isMalformed) {
    values.push(reader.value(0));
  }
  return reader.isMalformed ? undefined : values;
};

const writeValue = (parts: Uint8Array[], value: AmfValue): void => {
  if (typeof value === "number") {
    const bytes = new Uint8Array(9);
    new DataView(bytes.buffer).setFloat64(1, value);
    parts.push(bytes);
  } else if (typeof value === "boolean") {
    parts.push(Uint8Array.of(BOOLEAN, value ? 1 : 0));
  } else if (typeof value === "string") {
    writeText(parts, value);
  } else if (value === null || value === undefined) {
    parts.push(Uint8Array.of(value === null ? NULL : UNDEFINED));
  } else if (value instanceof Map) {
    parts.push(Uint8Array.of(OBJECT));
    writeProperties(parts, value as AmfObject);
  } else if ("ecmaArray" in value) {
    parts.push(counted(ECMA_ARRAY, value.ecmaArray.size));
    writeProperties(parts, value.ecmaArray);
  } else {
    const list = value as readonly AmfValue[];
    parts.push(counted(STRICT_ARRAY, list.length));
    for (const entry of list) {
      writeValue(parts, entry);
    }
  }
};

const writeText = (parts: Uint8Array[], text: string): void => {
  const bytes = encodeUtf8(text);
  if (bytes.length > SHORT_TEXT) {
    parts.push(counted(LONG_STRING, bytes.length), bytes);
  } else {
    parts.push(Uint8Array.of(STRING, bytes.length >> 8, bytes.length), bytes);
  }
};

const writeProperties = (parts: Uint8Array[], properties: AmfObject): void => {
  for (const [key, value] of properties) {
    const name = encodeUtf8(key).subarray(0, SHORT_TEXT);
    const length = new Uint8Array(2);
    setU16(length, 0, name.length);
    parts.push(length, name);
    writeValue(parts, value);
  }
  parts.push(Uint8Array.of(0, 0, OBJECT_END));
};

const counted = (marker: number, count: number): Uint8Array => {
  const bytes = new Uint8Array(5);
  bytes[0] = marker;
  setU32(bytes, 1, count);
  return bytes;
};

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

class AmfReader {
  isMalformed = false;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  value(depth: number): AmfValue {
    this.#values++;
    if (depth > MOST_DEPTH || this.#values > MOST_VALUES) {
      return this.#give();
    }
    switch (this.#byte()) {
      case NUMBER:
        return this.#number();
      case BOOLEAN:
        return this.#byte() !== 0;
      case STRING:
        return this.#text(this.#u16());
      case OBJECT:
        return this.#properties(depth);
      case NULL:
        return null;
      case UNDEFINED:
      case UNSUPPORTED:
        return undefined;
      case ECMA_ARRAY:
        // The count is a hint: what ends it is the marker.
        this.#u32();
        return this.#properties(depth);
      case STRICT_ARRAY:
        return this.#list(depth);
      case DATE: {
        const milliseconds = this.#number();
        this.#u16();
        return milliseconds;
      }
      case LONG_STRING:
      case XML_DOCUMENT:
        return this.#text(this.#u32());
      case TYPED_OBJECT:
        this.#text(this.#u16());
        return this.#properties(depth);
      default:
        return this.#give();
    }
  }

  #properties(depth: number): AmfObject {
    const properties = new Map<string, AmfValue>();
    while (!this.isMalformed) {
      const key = this.#text(this.#u16());
      if (key === "" && this.#bytes[this.#at] === OBJECT_END) {
        this.#at++;
        break;
      }
      properties.set(key, this.value(depth + 1));
    }
    return properties;
  }

  #list(depth: number): AmfValue[] {
    const values: AmfValue[] = [];
    for (let left = this.#u32(); left > 0 && !this.isMalformed; left--) {
      values.push(this.value(depth + 1));
    }
    return values;
  }

  #number(): number {
    const at = this.#take(8);
    return this.isMalformed ? 0 : this.#view.getFloat64(at);
  }

  #text(length: number): string {
    const at = this.#take(length);
    return this.isMalformed ? "" : decodeUtf8(this.#bytes.subarray(at, at + length));
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  #u16(): number {
    return u16(this.#bytes, this.#take(2));
  }

  #u32(): number {
    return u32(this.#bytes, this.#take(4));
  }

  /** Where the next bytes lie; behind the end where there are not so many. */
  #take(length: number): number {
    const at = this.#at;
    if (length > this.left) {
      this.#give();
      return this.#bytes.length;
    }
    this.#at = at + length;
    return at;
  }

  #give(): undefined {
    this.isMalformed = true;
    this.#at = this.#bytes.length;
    return undefined;
  }
}
