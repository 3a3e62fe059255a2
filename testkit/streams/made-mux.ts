import {
  NULL_PID,
  PACKET_SIZE,
  packetizeSection,
  PAT_PID,
  STAMP_WRAP,
  writeHeader,
  writeProgramAssociation,
  writeProgramMap,
  writeStamp,
  type Descriptor,
} from "@bilbycast/protocols/mpegts";

export type MadeStream = { pid: number; streamType: number; descriptors?: Descriptor[] };

export type MadeProgram = {
  programNumber: number;
  programMapPid: number;
  pcrPid?: number;
  programInfo?: Descriptor[];
  streams: MadeStream[];
};

/** Time stamps in 90 kHz; without a DTS of its own the header has a PTS alone. */
export type MadePes = { streamId?: number; pts?: number; dts?: number; payload: Uint8Array };

/** A transport stream made by hand, packet by packet. Continuity counters are right. */
export class MadeMux {
  readonly #packets: Uint8Array[] = [];
  readonly #counters = new Map<number, number>();

  /** PAT and PMTs; another version says that they changed. */
  tables(programs: readonly MadeProgram[], versionNumber = 0): this {
    const head = { versionNumber, currentNextIndicator: true };
    const list = programs.map(({ programNumber, programMapPid }) => ({ programNumber, programMapPid }));
    this.section(
      PAT_PID,
      writeProgramAssociation({ ...head, transportStreamId: 1, sectionNumber: 0, lastSectionNumber: 0, programs: list }),
    );
    for (const { programNumber, programMapPid, pcrPid = NULL_PID, programInfo = [], streams } of programs) {
      const elementaryStreams = streams.map(({ pid, streamType, descriptors = [] }) => ({ pid, streamType, descriptors }));
      this.section(programMapPid, writeProgramMap({ ...head, programNumber, pcrPid, programInfo, elementaryStreams }));
    }
    return this;
  }

  section(pid: number, section: Uint8Array): this {
    const packets = packetizeSection(section, pid, this.#counters.get(pid) ?? 0);
    this.#counters.set(pid, (this.#counters.get(pid) ?? 0) + packets.length / PACKET_SIZE);
    this.#packets.push(packets);
    return this;
  }

  /** A PES packet: the first transport packet begins it, the last is filled up by its adaptation field. */
  pes(pid: number, pes: MadePes): this {
    const bytes = pesBytes(pes);
    for (let from = 0; from < bytes.length;) {
      const packet = new Uint8Array(PACKET_SIZE);
      const left = bytes.length - from;
      const stuffing = Math.max(0, PACKET_SIZE - 4 - left);
      writeHeader(packet, 0, {
        pid,
        payloadUnitStart: from === 0,
        continuityCounter: this.#count(pid),
        ...(stuffing > 0 ? { adaptationField: stuffing - 1 } : {}),
      });
      packet.set(bytes.subarray(from, from + PACKET_SIZE - 4 - stuffing), 4 + stuffing);
      from += PACKET_SIZE - 4 - stuffing;
      this.#packets.push(packet);
    }
    return this;
  }

  /** Null packets. */
  stuff(count: number): this {
    for (let i = 0; i < count; i++) {
      const packet = new Uint8Array(PACKET_SIZE).fill(0xff);
      writeHeader(packet, 0, { pid: NULL_PID });
      this.#packets.push(packet);
    }
    return this;
  }

  /** All packets since the last call. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#packets.reduce((size, packets) => size + packets.length, 0));
    let at = 0;
    for (const packets of this.#packets) {
      bytes.set(packets, at);
      at += packets.length;
    }
    this.#packets.length = 0;
    return bytes;
  }

  #count(pid: number): number {
    const counter = this.#counters.get(pid) ?? 0;
    this.#counters.set(pid, counter + 1);
    return counter;
  }
}

const pesBytes = ({ streamId = 0xbd, pts, dts, payload }: MadePes): Uint8Array => {
  const header = pts === undefined ? 0 : dts === undefined ? 5 : 10;
  const bytes = new Uint8Array(9 + header + payload.length);
  const size = 3 + header + payload.length;
  // Video may be longer than its length field can say.
  const length = (streamId & 0xf0) === 0xe0 || size > 0xffff ? 0 : size;
  bytes.set([0, 0, 1, streamId, length >> 8, length & 0xff, 0x80, header === 0 ? 0 : header === 5 ? 0x80 : 0xc0, header]);
  if (pts !== undefined) {
    bytes.set([dts === undefined ? 0x21 : 0x31, 0, 1, 0, 1], 9);
    writeStamp(bytes, 9, pts % STAMP_WRAP);
  }
  if (dts !== undefined && header === 10) {
    bytes.set([0x11, 0, 1, 0, 1], 14);
    writeStamp(bytes, 14, dts % STAMP_WRAP);
  }
  bytes.set(payload, 9 + header);
  return bytes;
};
