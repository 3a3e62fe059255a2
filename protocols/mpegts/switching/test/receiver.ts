import { PACKET_SIZE } from "../../packet.ts";

/** What a strict receiver finds wrong, by packet number. It is written by the standard's words and uses nothing of the writer's code but the size of a packet. */
export class Receiver {
  readonly errors: string[] = [];
  /** Packets with the discontinuity indicator. */
  announced = 0;
  /** PSI sections that were complete. */
  sections = 0;
  readonly #counters = new Map<number, number>();
  readonly #partial = new Map<number, number[]>();
  readonly #versions = new Map<string, { version: number; content: string }>();
  #number = 0;

  take(bytes: Uint8Array, from: number, end: number): void {
    for (let at = from; at < end; at += PACKET_SIZE) {
      this.#packet(bytes.subarray(at, at + PACKET_SIZE));
      this.#number++;
    }
  }

  #packet(packet: Uint8Array): void {
    const pid = (((packet[1] ?? 0) & 0x1f) << 8) | (packet[2] ?? 0);
    const control = ((packet[3] ?? 0) >> 4) & 3;
    const counter = (packet[3] ?? 0) & 0x0f;
    if (packet[0] !== 0x47) {
      this.#error("sync");
      return;
    }
    if (pid === 0x1fff) {
      return;
    }
    const fieldLength = control >= 2 ? (packet[4] ?? 0) : -1;
    const isAnnounced = fieldLength > 0 && ((packet[5] ?? 0) & 0x80) !== 0;
    this.announced += isAnnounced ? 1 : 0;
    const last = this.#counters.get(pid);
    const expected = last === undefined ? counter : (last + (control % 2)) & 0x0f;
    if (counter !== expected) {
      this.#error(`continuity on PID ${pid}: ${counter} after ${last}`);
    }
    this.#counters.set(pid, counter);
    if (control % 2 === 1 && (pid < 0x20 || pid === 0x100 || pid === 0x200)) {
      this.#tables(pid, packet, 4 + (fieldLength >= 0 ? fieldLength + 1 : 0));
    }
  }

  #tables(pid: number, packet: Uint8Array, start: number): void {
    const begins = ((packet[1] ?? 0) & 0x40) !== 0;
    const partial = this.#partial.get(pid) ?? [];
    if (!begins) {
      this.#partial.set(pid, partial.length === 0 ? [] : this.#sections(pid, [...partial, ...packet.subarray(start)]));
      return;
    }
    const first = start + 1 + (packet[start] ?? 0);
    if (partial.length > 0 && first > start + 1) {
      this.#sections(pid, [...partial, ...packet.subarray(start + 1, first)]);
    }
    this.#partial.set(pid, this.#sections(pid, [...packet.subarray(first)]));
  }

  /** Takes whole sections off the front; returns the rest. */
  #sections(pid: number, bytes: number[]): number[] {
    let rest = bytes;
    while (rest.length >= 3 && rest[0] !== 0xff) {
      const size = 3 + ((((rest[1] ?? 0) & 0x0f) << 8) | (rest[2] ?? 0));
      if (rest.length < size) {
        return rest;
      }
      this.#section(pid, rest.slice(0, size));
      rest = rest.slice(size);
    }
    return rest[0] === 0xff ? [] : rest;
  }

  #section(pid: number, section: number[]): void {
    this.sections++;
    if (bitwiseCrc(section) !== 0) {
      this.#error(`CRC on PID ${pid}`);
      return;
    }
    const version = ((section[5] ?? 0) >> 1) & 31;
    const key = `${pid} ${section[0]} ${section[0] === 0 ? "" : (section[3] ?? 0) * 256 + (section[4] ?? 0)} ${section[6]}`;
    const content = section
      .slice(3, -4)
      .map((byte, i) => (i === 2 ? byte & 0xc1 : byte))
      .join();
    const known = this.#versions.get(key);
    if (known !== undefined && known.version !== version && version !== ((known.version + 1) & 31)) {
      this.#error(`version ${version} after ${known.version} on PID ${pid}`);
    }
    if (known !== undefined && known.version === version && known.content !== content) {
      this.#error(`another content with the version ${version} on PID ${pid}`);
    }
    this.#versions.set(key, { version, content });
  }

  #error(what: string): void {
    this.errors.push(`${this.#number}: ${what}`);
  }
}

/** CRC-32/MPEG-2, bit by bit. */
const bitwiseCrc = (bytes: number[]): number => {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const carry = ((crc >>> 31) ^ (byte >> bit)) & 1;
      crc = ((crc << 1) ^ (carry === 1 ? 0x04c1_1db7 : 0)) >>> 0;
    }
  }
  return crc;
};
