import { decodeUtf8, encodeUtf8, setU16, setU32, u16, u32 } from "@bilbycast/foundation/bytes";

/** Commands of extension blocks. */
const HSREQ = 1;
const HSRSP = 2;
const KMREQ = 3;
const KMRSP = 4;
const SID = 5;
const CONGESTION = 6;
const FILTER = 7;
const GROUP = 8;

/** Bytes on the wire. */
const LONGEST_STREAM_ID = 512;
const LONGEST_CONGESTION = 16;
const LONGEST_FILTER = 64;

/** Flags of HSREQ and HSRSP. */
export const TSBPD_SENDER = 0x01;
export const TSBPD_RECEIVER = 0x02;
export const CAN_ENCRYPT = 0x04;
export const TOO_LATE_DROP = 0x08;
export const PERIODIC_NAK = 0x10;
export const REXMIT_FLAG = 0x20;
export const STREAM_API = 0x40;
export const FILTER_CAPABLE = 0x80;

/** What a side can do and how long it wants to wait: HSREQ and HSRSP. */
export type Capabilities = {
  /** 0x00XXYYZZ. */
  version: number;
  flags: number;
  /** Of the side that says it, as a receiver; milliseconds, 16 bits. */
  receiveLatency: number;
  /** That it wants the peer's receiver to have. */
  sendLatency: number;
};

/** Membership of a socket group. */
export type GroupBlock = { id: number; type: number; flags: number; weight: number };

export type HandshakeExtensions = {
  request?: Capabilities;
  response?: Capabilities;
  streamId?: string;
  congestion?: string;
  filter?: string;
  group?: GroupBlock;
  /** Key material messages; a response may be one word, which says what is wrong. */
  keyRequest?: Uint8Array;
  keyResponse?: Uint8Array;
};

/** Reads extension blocks; `undefined` when one reaches past the end, comes twice or is not as it must be. Unknown ones are skipped. */
export const readExtensions = (bytes: Uint8Array): HandshakeExtensions | undefined => {
  const extensions: HandshakeExtensions = {};
  let seen = 0;
  for (let at = 0; at < bytes.length;) {
    const command = u16(bytes, at);
    const length = 4 * u16(bytes, at + 2);
    if (at + 4 + length > bytes.length) {
      return undefined;
    }
    const content = bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    if (command < HSREQ || command > GROUP) {
      continue;
    }
    if ((seen & (1 << command)) !== 0 || !readBlock(command, content, extensions)) {
      return undefined;
    }
    seen |= 1 << command;
  }
  return extensions;
};

/** The blocks in the order in which libsrt writes them. */
export const writeExtensions = (extensions: HandshakeExtensions): Uint8Array => {
  const { request, response, streamId, congestion, filter, group, keyRequest, keyResponse } = extensions;
  const blocks: [command: number, content: Uint8Array | undefined][] = [
    [HSREQ, request && writeCapabilities(request)],
    [HSRSP, response && writeCapabilities(response)],
    [SID, streamId === undefined ? undefined : writeString(streamId)],
    [CONGESTION, congestion === undefined ? undefined : writeString(congestion)],
    [FILTER, filter === undefined ? undefined : writeString(filter)],
    [GROUP, group && writeGroup(group)],
    [KMREQ, keyRequest],
    [KMRSP, keyResponse],
  ];
  return joined(blocks.flatMap(([command, content]) => (content === undefined ? [] : [blockOf(command, content)])));
};

const readBlock = (command: number, content: Uint8Array, extensions: HandshakeExtensions): boolean => {
  switch (command) {
    case HSREQ:
    case HSRSP: {
      const capabilities = readCapabilities(content);
      if (capabilities !== undefined) {
        extensions[command === HSREQ ? "request" : "response"] = capabilities;
      }
      return capabilities !== undefined;
    }
    case KMREQ:
    case KMRSP:
      extensions[command === KMREQ ? "keyRequest" : "keyResponse"] = content.slice();
      return content.length > 0;
    case SID:
      return assignString(extensions, "streamId", content, LONGEST_STREAM_ID);
    case CONGESTION:
      return assignString(extensions, "congestion", content, LONGEST_CONGESTION);
    case FILTER:
      return assignString(extensions, "filter", content, LONGEST_FILTER);
    default:
      if (content.length >= 8) {
        const word = u32(content, 4);
        extensions.group = { id: u32(content, 0), type: word >>> 24, flags: (word >>> 16) & 0xff, weight: word & 0xffff };
      }
      return content.length >= 8;
  }
};

const readCapabilities = (content: Uint8Array): Capabilities | undefined =>
  content.length < 12
    ? undefined
    : { version: u32(content, 0), flags: u32(content, 4), receiveLatency: u16(content, 8), sendLatency: u16(content, 10) };

const writeCapabilities = ({ version, flags, receiveLatency, sendLatency }: Capabilities): Uint8Array => {
  const content = new Uint8Array(12);
  setU32(content, 0, version);
  setU32(content, 4, flags);
  setU16(content, 8, receiveLatency);
  setU16(content, 10, sendLatency);
  return content;
};

const writeGroup = ({ id, type, flags, weight }: GroupBlock): Uint8Array => {
  const content = new Uint8Array(8);
  setU32(content, 0, id);
  setU32(content, 4, (type << 24) | (flags << 16) | weight);
  return content;
};

const assignString = (
  extensions: HandshakeExtensions,
  name: "streamId" | "congestion" | "filter",
  content: Uint8Array,
  longest: number,
): boolean => {
  if (content.length > longest) {
    return false;
  }
  const bytes = reversedWords(content);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) {
    end--;
  }
  extensions[name] = decodeUtf8(bytes.subarray(0, end));
  return true;
};

const writeString = (text: string): Uint8Array => {
  const bytes = encodeUtf8(text);
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return reversedWords(padded);
};

/** libsrt swaps the bytes of every word of a control packet, of text as well: so each group of four is backwards on the wire. */
const reversedWords = (bytes: Uint8Array): Uint8Array => bytes.map((_, i) => bytes[i ^ 3] ?? 0);

const blockOf = (command: number, content: Uint8Array): Uint8Array => {
  const block = new Uint8Array(4 + content.length);
  setU16(block, 0, command);
  setU16(block, 2, content.length / 4);
  block.set(content, 4);
  return block;
};

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
