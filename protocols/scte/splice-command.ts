import { BitReader } from "@bilbycast/foundation/bytes";

/** PTS: 33 bits of 90 kHz. */
const PTS_WRAP = 2 ** 33;

/** splice_command_type. ANSI/SCTE 35 table 7. */
const SPLICE_NULL = 0x00;
const SPLICE_SCHEDULE = 0x04;
const SPLICE_INSERT = 0x05;
const TIME_SIGNAL = 0x06;
const BANDWIDTH_RESERVATION = 0x07;
const PRIVATE = 0xff;

/** What a splice_info_section asks for. Times are PTS in 90 kHz with pts_adjustment added, 33 bits; durations are 90 kHz ticks. */
export type SpliceCommand =
  | { name: "splice_null" | "bandwidth_reservation" }
  | { name: "splice_schedule"; /** splice_event_id of each event. */ eventIds: number[] }
  | SpliceInsert
  | { name: "time_signal"; /** Absent: at once. */ pts?: number }
  | { name: "private_command"; /** Four characters, or "0x…" where they are none. */ identifier: string }
  | { name: "unknown"; type: number };

/** splice_insert. §9.7.3. */
export type SpliceInsert = {
  name: "splice_insert";
  eventId: number;
  /** The event is called off; nothing else is said then. */
  cancelled: boolean;
  /** True: leave the network's programme; false: return to it. */
  outOfNetwork: boolean;
  immediate: boolean;
  /** Of the whole program, or else of the first component that has one; absent: immediate, or not said. */
  pts?: number;
  /** Of the break. */
  duration?: number;
  /** The break ends by itself when the duration is over. */
  autoReturn?: boolean;
  /** component_tag of each component, when not the whole program is spliced. */
  components?: { tag: number; pts?: number }[];
  uniqueProgramId: number;
  availNumber: number;
  availsExpected: number;
};

/** Reads the command in bytes [from, limit) and tells where it ends; `undefined` when it is cut off. */
export const readSpliceCommand = (
  type: number,
  section: Uint8Array,
  from: number,
  limit: number,
  ptsAdjustment: number,
): { command: SpliceCommand; end: number } | undefined => {
  const reader = new BitReader(section, from, limit);
  const command = readCommand(type, reader, ptsAdjustment);
  return reader.overrun ? undefined : { command, end: limit - Math.floor(reader.left / 8) };
};

const readCommand = (type: number, reader: BitReader, ptsAdjustment: number): SpliceCommand => {
  switch (type) {
    case SPLICE_NULL:
      return { name: "splice_null" };
    case BANDWIDTH_RESERVATION:
      return { name: "bandwidth_reservation" };
    case SPLICE_SCHEDULE:
      return readSchedule(reader);
    case SPLICE_INSERT:
      return readInsert(reader, ptsAdjustment);
    case TIME_SIGNAL:
      return { name: "time_signal", ...readSpliceTime(reader, ptsAdjustment) };
    case PRIVATE:
      return { name: "private_command", identifier: fourCharacters(reader.read(32)) };
    default:
      return { name: "unknown", type };
  }
};

/** splice_time. §9.8.1. */
const readSpliceTime = (reader: BitReader, ptsAdjustment: number): { pts?: number } => {
  if (!reader.flag()) {
    reader.skip(7);
    return {};
  }
  reader.skip(6);
  const pts = reader.read(1) * 2 ** 32 + reader.read(32);
  return { pts: (pts + ptsAdjustment) % PTS_WRAP };
};

/** break_duration. §9.8.2. */
const readBreak = (reader: BitReader): { autoReturn: boolean; duration: number } => {
  const autoReturn = reader.flag();
  reader.skip(6);
  return { autoReturn, duration: reader.read(1) * 2 ** 32 + reader.read(32) };
};

const CANCELLED = { outOfNetwork: false, immediate: false, uniqueProgramId: 0, availNumber: 0, availsExpected: 0 };

const readInsert = (reader: BitReader, ptsAdjustment: number): SpliceInsert => {
  const eventId = reader.read(32);
  const cancelled = reader.flag();
  reader.skip(7);
  if (cancelled) {
    return { name: "splice_insert", eventId, cancelled, ...CANCELLED };
  }
  const outOfNetwork = reader.flag();
  const isProgram = reader.flag();
  const hasDuration = reader.flag();
  const immediate = reader.flag();
  reader.skip(4);
  const time = isProgram && !immediate ? readSpliceTime(reader, ptsAdjustment) : {};
  const components = isProgram ? undefined : readComponents(reader, immediate, ptsAdjustment);
  const firstPts = components?.find(({ pts }) => pts !== undefined)?.pts;
  return {
    name: "splice_insert",
    eventId,
    cancelled,
    outOfNetwork,
    immediate,
    ...time,
    ...(firstPts === undefined ? {} : { pts: firstPts }),
    ...(components === undefined ? {} : { components }),
    ...(hasDuration ? readBreak(reader) : {}),
    uniqueProgramId: reader.read(16),
    availNumber: reader.read(8),
    availsExpected: reader.read(8),
  };
};

const readComponents = (reader: BitReader, immediate: boolean, ptsAdjustment: number): { tag: number; pts?: number }[] => {
  const components: { tag: number; pts?: number }[] = [];
  for (let count = reader.read(8); count > 0 && !reader.overrun; count--) {
    const tag = reader.read(8);
    components.push({ tag, ...(immediate ? {} : readSpliceTime(reader, ptsAdjustment)) });
  }
  return components;
};

/** splice_schedule: times of day, of which only the events are told here. §9.7.2. */
const readSchedule = (reader: BitReader): SpliceCommand => {
  const eventIds: number[] = [];
  for (let count = reader.read(8); count > 0 && !reader.overrun; count--) {
    eventIds.push(reader.read(32));
    const cancelled = reader.flag();
    reader.skip(7);
    if (cancelled) {
      continue;
    }
    reader.skip(1);
    const isProgram = reader.flag();
    const hasDuration = reader.flag();
    reader.skip(5);
    reader.skip(isProgram ? 32 : reader.read(8) * 40);
    reader.skip((hasDuration ? 40 : 0) + 32);
  }
  return { name: "splice_schedule", eventIds };
};

/** An identifier of 32 bits as its four characters where these are printable. */
export const fourCharacters = (identifier: number): string => {
  const bytes = [identifier >>> 24, (identifier >>> 16) & 0xff, (identifier >>> 8) & 0xff, identifier & 0xff];
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f)
    ? String.fromCharCode(...bytes)
    : `0x${identifier.toString(16).padStart(8, "0")}`;
};
