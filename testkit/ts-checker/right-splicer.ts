import { psiSection } from "@bilbycast/testkit/streams";

const SIZE = 188;
const NULL_PID = 0x1fff;

/** What a test may leave out of a right splice, to see that the judge notices. */
export type Omission = "counters" | "versions" | "maps" | "discontinuity";

type Cached = { section: Uint8Array; pid: number };

/** What was heard of a source: its PAT, maps and other tables in order, and what of a section under way has come. */
type Heard = { tables: Map<string, Cached>; partial: Map<number, Uint8Array[]>; mapPids: Set<number> };

/**
 * Joins streams as a switch that no receiver notices has to: counters go on, tables have versions of their own, PAT and maps precede the
 * new source, and its first PCR is announced. It only serves to show that the judge lets a right stream pass: it knows where the tables of
 * its sources are, takes its time and makes objects as it likes.
 */
export class RightSplicer {
  readonly #omitted: ReadonlySet<Omission>;
  readonly #counters = new Map<number, number>();
  readonly #versions = new Map<string, number>();
  readonly #sources = new Map<number, Heard>();
  #bumped = new Map<string, number>();
  #active = -1;
  #switched = false;
  #announced = new Set<number>();

  constructor(...omitted: Omission[]) {
    this.#omitted = new Set(omitted);
  }

  /** Packets of a source in; packets of the output out, none while another source is on air. */
  take(source: number, packet: Uint8Array): Uint8Array[] {
    const cache = this.#source(source);
    const pid = pidOf(packet);
    const isTable = pid === 0 || pid === 0x11 || pid === 0x12 || cache.mapPids.has(pid);
    const sections = isTable ? this.#hear(cache, pid, packet) : [];
    if (source !== this.#active) {
      return [];
    }
    if (!this.#switched && isTable && ((packet[1] ?? 0) & 0x40) !== 0) {
      this.#remember(pid, packet);
    }
    if (!this.#switched || !isTable) {
      return [this.#write(packet.slice())];
    }
    return sections.flatMap((each) => this.#packets(each));
  }

  /** Puts a source on air: the first one at the beginning, another one later. */
  switchTo(source: number): Uint8Array[] {
    if (source === this.#active) {
      return [];
    }
    this.#switched = this.#active !== -1;
    this.#active = source;
    if (!this.#switched) {
      return [];
    }
    this.#bumped = new Map();
    this.#announced = new Set();
    const tables = [...this.#source(source).tables.values()].filter(({ section }) => section[0] === 0 || section[0] === 2);
    return this.#omitted.has("maps") ? [] : tables.flatMap((each) => this.#packets(each));
  }

  #source(source: number): Heard {
    const found = this.#sources.get(source) ?? { tables: new Map(), partial: new Map(), mapPids: new Set() };
    this.#sources.set(source, found);
    return found;
  }

  #hear(cache: Heard, pid: number, packet: Uint8Array): Cached[] {
    const isStart = ((packet[1] ?? 0) & 0x40) !== 0;
    const payload = packet.subarray(isStart ? 5 : 4);
    const parts = isStart ? [payload.slice()] : [...(cache.partial.get(pid) ?? []), payload.slice()];
    cache.partial.set(pid, parts);
    const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
    const length = 3 + ((((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0)) & 0xfff);
    const hasBegun = parts.length === 1 ? isStart : true;
    if (!hasBegun || bytes.length < length) {
      return [];
    }
    cache.partial.delete(pid);
    const heard = { section: bytes.slice(0, length), pid };
    cache.tables.set(keyOf(heard), heard);
    if (pid === 0) {
      for (let at = 8; at + 8 <= length; at += 4) {
        cache.mapPids.add((((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) & 0x1fff);
      }
    }
    return [heard];
  }

  /** A section under its new version, in packets of its own. */
  #packets({ section, pid }: Cached): Uint8Array[] {
    const tableKey = keyOf({ section, pid }).replace(/\/\d+$/, "");
    const version = this.#version(tableKey, ((section[5] ?? 0) >>> 1) & 0x1f);
    const [tableId = 0, , , high = 0, low = 0, , number = 0, last = 0] = section;
    const rewritten = psiSection({ tableId, extension: (high << 8) | low, version, number, last, body: section.slice(8, -4) });
    const bytes = Uint8Array.of(0, ...rewritten);
    return Array.from({ length: Math.ceil(bytes.length / 184) }, (_, i) => {
      const packet = new Uint8Array(SIZE).fill(0xff);
      packet.set([0x47, (i === 0 ? 0x40 : 0) | (pid >>> 8), pid & 0xff, 0x10]);
      packet.set(bytes.subarray(i * 184, (i + 1) * 184), 4);
      return this.#write(packet);
    });
  }

  #version(key: string, own: number): number {
    if (this.#omitted.has("versions")) {
      return own;
    }
    const known = this.#bumped.get(key);
    if (known !== undefined) {
      return known;
    }
    const before = this.#versions.get(key);
    const version = before === undefined ? own : (before + 1) & 0x1f;
    this.#bumped.set(key, version);
    this.#versions.set(key, version);
    return version;
  }

  #write(packet: Uint8Array): Uint8Array {
    const pid = pidOf(packet);
    const control = (packet[3] ?? 0) & 0x30;
    if (pid === NULL_PID) {
      return packet;
    }
    const last = this.#counters.get(pid) ?? ((packet[3] ?? 0) & 0x0f) - ((control & 0x10) === 0 ? 0 : 1);
    const counter = (last + ((control & 0x10) === 0 ? 0 : 1)) & 0x0f;
    if (!this.#omitted.has("counters")) {
      packet[3] = ((packet[3] ?? 0) & 0xf0) | counter;
    }
    this.#counters.set(pid, (packet[3] ?? 0) & 0x0f);
    const hasPcr = (control & 0x20) !== 0 && (packet[4] ?? 0) > 0 && ((packet[5] ?? 0) & 0x10) !== 0;
    if (hasPcr && this.#switched && !this.#announced.has(pid) && !this.#omitted.has("discontinuity")) {
      this.#announced.add(pid);
      packet[5] = (packet[5] ?? 0) | 0x80;
    }
    return packet;
  }

  /** Versions that left before the first switch, with the first bytes of their sections. */
  #remember(pid: number, packet: Uint8Array): void {
    const section = packet.subarray(5);
    this.#versions.set(keyOf({ section, pid }).replace(/\/\d+$/, ""), ((section[5] ?? 0) >>> 1) & 0x1f);
  }
}

const pidOf = (packet: Uint8Array): number => (((packet[1] ?? 0) << 8) | (packet[2] ?? 0)) & 0x1fff;

/** Table, its extension unless it is the PAT, and the number of its section. */
const keyOf = ({ section, pid }: Cached): string => {
  const extension = section[0] === 0 ? 0 : ((section[3] ?? 0) << 8) | (section[4] ?? 0);
  return `${pid}/${section[0]}/${extension}/${section[6]}`;
};
