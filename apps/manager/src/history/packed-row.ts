import { isUuid } from "../access/uuid.ts";

/** How a flow did in one step; null: not known. */
export type FlowStep = {
  readonly flowId: string;
  readonly bitrateIn: number | null;
  readonly bitrateOut: number | null;
  /** Packets, in the step. */
  readonly packetsLost: number | null;
  readonly rttMs: number | null;
  /** 0 healthy to 3 critical: the worst in the step. */
  readonly health: number | null;
};

/** How a node did in one step. */
export type NodeStep = { readonly cpuPercent: number | null; readonly ramPercent: number | null; readonly flows: readonly FlowStep[] };

/**
 * A step as one value of a row. Little endian:
 *
 *     u8  version, 1
 *     u16 cpu, hundredths of a percent; 0xffff: not known
 *     u16 ram, likewise
 *     u16 number of flows, and for each
 *       u8  length of its id, and the id in UTF-8; 0xff: the 16 bytes of a UUID follow
 *       u8  which of the fields are known, from bit 0: bit rate in, out, lost, round trip, health
 *       f32 each of the first four that is known; u8 health when it is known
 *
 * A flow by a UUID with all of it takes 35 bytes.
 */
const VERSION = 1;
const UNKNOWN = 0xffff;
const AS_UUID = 0xff;
const HEAD = 7;
const FLOW_MOST = 1 + 254 + 1 + 17;
const MOST_FLOWS = 500;

/** Room for the largest step there is; what is written is copied out of it. */
const scratch = Buffer.alloc(HEAD + MOST_FLOWS * FLOW_MOST);

export const packStep = ({ cpuPercent, ramPercent, flows }: NodeStep): Buffer => {
  const few = flows.slice(0, MOST_FLOWS);
  scratch.writeUInt8(VERSION, 0);
  scratch.writeUInt16LE(hundredths(cpuPercent), 1);
  scratch.writeUInt16LE(hundredths(ramPercent), 3);
  scratch.writeUInt16LE(few.length, 5);
  let at = HEAD;
  for (const flow of few) {
    at = packFlow(flow, at);
  }
  return Buffer.from(scratch.subarray(0, at));
};

const packFlow = ({ flowId, bitrateIn, bitrateOut, packetsLost, rttMs, health }: FlowStep, start: number): number => {
  let at = start;
  // It is unpacked in small letters: one with others is kept as the text that it is.
  if (isUuid(flowId) && flowId === flowId.toLowerCase()) {
    scratch.writeUInt8(AS_UUID, at);
    scratch.write(flowId.replaceAll("-", ""), at + 1, "hex");
    at += 17;
  } else {
    const length = scratch.write(flowId, at + 1, 254, "utf8");
    scratch.writeUInt8(length, at);
    at += 1 + length;
  }
  const known = at;
  let bits = 0;
  at += 1;
  for (const [bit, value] of [bitrateIn, bitrateOut, packetsLost, rttMs].entries()) {
    if (value !== null) {
      bits |= 1 << bit;
      at = scratch.writeFloatLE(value, at);
    }
  }
  if (health !== null) {
    bits |= 1 << 4;
    at = scratch.writeUInt8(health, at);
  }
  scratch.writeUInt8(bits, known);
  return at;
};

/** undefined: it is of a version that this program does not know, or is cut short. */
export const unpackStep = (body: Buffer): NodeStep | undefined => {
  if (body.length < HEAD || body.readUInt8(0) !== VERSION) {
    return undefined;
  }
  const flows: FlowStep[] = [];
  let at = HEAD;
  try {
    for (let left = body.readUInt16LE(5); left > 0; left--) {
      const length = body.readUInt8(at);
      const idEnd = at + 1 + (length === AS_UUID ? 16 : length);
      const flowId = length === AS_UUID ? uuidOf(body.toString("hex", at + 1, idEnd)) : body.toString("utf8", at + 1, idEnd);
      const bits = body.readUInt8(idEnd);
      at = idEnd + 1;
      const number = (bit: number): number | null => {
        if ((bits & (1 << bit)) === 0) {
          return null;
        }
        at += 4;
        return body.readFloatLE(at - 4);
      };
      const [bitrateIn, bitrateOut, packetsLost, rttMs] = [number(0), number(1), number(2), number(3)];
      const health = (bits & (1 << 4)) === 0 ? null : body.readUInt8(at++);
      flows.push({ flowId, bitrateIn, bitrateOut, packetsLost, rttMs, health });
    }
  } catch {
    return undefined;
  }
  return { cpuPercent: percent(body.readUInt16LE(1)), ramPercent: percent(body.readUInt16LE(3)), flows };
};

const hundredths = (value: number | null): number =>
  value === null ? UNKNOWN : Math.min(UNKNOWN - 1, Math.max(0, Math.round(value * 100)));
const percent = (value: number): number | null => (value === UNKNOWN ? null : value / 100);
const uuidOf = (hex: string): string => `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
