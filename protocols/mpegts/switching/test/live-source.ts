import { integer, type Random } from "@bilbycast/testkit/random";
import { writePcr, PCR_HZ } from "../../media-time.ts";
import { PACKET_SIZE, pid as pidOf, writeHeader } from "../../packet.ts";
import { writeProgramAssociation, writeProgramMap } from "../../psi/program-tables.ts";
import { packetizeSection } from "../../psi/section-packetizer.ts";
import { writeSection } from "../../psi/section.ts";
import { SDT_PID } from "../../psi/service-information.ts";

export type Layout = { transportStreamId: number; program: number; mapPid: number; video: number; audio: number; version: number };

/** An endless source, a packet per call: tables over several packets each, pictures with PCRs, sound, private data, stuffing. */
export class LiveSource {
  readonly layout: Layout;
  /** Milliseconds from the begin of its clock; one packet each. */
  time: number;
  version: number;
  /** The next tables have the next version. */
  changes = false;
  readonly #random: Random;
  readonly #counters = new Map<number, number>();
  readonly #queue: Uint8Array[] = [];

  constructor(layout: Layout, random: Random) {
    this.layout = layout;
    this.version = layout.version;
    this.#random = random;
    this.time = integer(random, 1_000_000);
    for (const pid of [0, layout.mapPid, SDT_PID, layout.video, layout.audio, 0x1f0]) {
      this.#counters.set(pid, integer(random, 16));
    }
  }

  /** The next packet, 188 bytes. */
  next(): Uint8Array {
    this.time++;
    if (this.time % 100 === 0) {
      this.#tables();
    }
    const waiting = this.#random() < 0.7 ? this.#queue.shift() : undefined;
    return waiting ?? this.#media();
  }

  #tables(): void {
    const { transportStreamId, program, mapPid, video, audio } = this.layout;
    this.version = (this.version + (this.changes ? 1 : 0)) & 31;
    this.changes = false;
    const head = { versionNumber: this.version, currentNextIndicator: true, sectionNumber: 0, lastSectionNumber: 0 };
    const pat = writeProgramAssociation({ ...head, transportStreamId, programs: [{ programNumber: program, programMapPid: mapPid }] });
    const pmt = writeProgramMap({
      ...head,
      programNumber: program,
      pcrPid: video,
      programInfo: [{ tag: 0x05, data: new Uint8Array(120).fill(transportStreamId) }],
      elementaryStreams: [
        { streamType: 0x1b, pid: video, descriptors: [{ tag: 0xff, data: new Uint8Array(200) }] },
        { streamType: 0x0f, pid: audio, descriptors: [] },
        { streamType: 0x06, pid: 0x1f0, descriptors: [] },
      ],
    });
    const sdt = writeSection({ ...head, tableId: 0x42, tableIdExtension: transportStreamId, body: new Uint8Array(600).fill(program) });
    for (const [pid, section] of [
      [0, pat],
      [mapPid, pmt],
      [SDT_PID, sdt],
    ] as const) {
      const packets = packetizeSection(section, pid, 0);
      for (let at = 0; at < packets.length; at += PACKET_SIZE) {
        this.#queue.push(this.#counted(packets.slice(at, at + PACKET_SIZE)));
      }
    }
  }

  #media(): Uint8Array {
    const { video, audio } = this.layout;
    const packet = new Uint8Array(PACKET_SIZE);
    if (this.time % 30 === 0) {
      writeHeader(packet, 0, { pid: video, adaptationField: this.#random() < 0.5 ? 183 : 20, payload: true });
      const isOnlyField = packet[4] === 183;
      packet[3] = isOnlyField ? 0x20 : 0x30;
      packet[5] = 0x10;
      writePcr(packet, 0, this.time * (PCR_HZ / 1_000));
      return this.#counted(packet);
    }
    const pid = [video, video, video, audio, 0x1f0, 0x1fff][integer(this.#random, 6)] ?? 0x1fff;
    const begins = this.time % 40 === 0;
    writeHeader(packet, 0, { pid, payloadUnitStart: begins });
    packet.fill(integer(this.#random, 256), 4);
    if (begins && pid === video) {
      packet.set([0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0, 0, 0, 1, 0x67], 4);
    }
    return this.#counted(packet);
  }

  /** The counter goes on with a payload and stays without. */
  #counted(packet: Uint8Array): Uint8Array {
    const pid = pidOf(packet, 0);
    const hasPayload = ((packet[3] ?? 0) & 0x10) !== 0;
    const counter = ((this.#counters.get(pid) ?? 0) + (hasPayload ? 1 : 0)) & 0x0f;
    this.#counters.set(pid, counter);
    packet[3] = ((packet[3] ?? 0) & 0xf0) | counter;
    return packet;
  }
}
