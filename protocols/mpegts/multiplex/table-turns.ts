import { PCR_HZ } from "../media-time.ts";
import { PACKET_SIZE, setContinuityCounter } from "../packet.ts";
import { PAT_PID, writeProgramAssociationTable, writeProgramMap } from "../psi/program-tables.ts";
import { joined } from "../psi/section-table.ts";
import { packetizeSection } from "../psi/section-packetizer.ts";
import { writeServiceDescriptionTable } from "../psi/service-description.ts";
import { SDT_PID } from "../psi/service-information.ts";
import type { MultiplexStream } from "./stream-feed.ts";
import { TransportBuffer } from "./transport-buffer.ts";

/** The program, and the service that it is. */
export type MultiplexService = {
  transportStreamId: number;
  originalNetworkId: number;
  /** program_number and service_id. */
  programNumber: number;
  programMapPid: number;
  /** EN 300 468 table 87: 0x01 television, 0x02 radio, 0x19 HD television. */
  serviceType: number;
  name: string;
  providerName: string;
};

/** One table: its packets and when they go out next. */
type Table = { packets: Uint8Array; every: number; next: number; sent: number; continuityCounter: number };

/** In ticks: the longest from one PAT or PMT to the next, and from one SDT to the next (EN 300 468, TR 101 211 §4.4). */
const PROGRAM_TABLES_EVERY = PCR_HZ / 10;
const SERVICE_TABLE_EVERY = 2 * PCR_HZ;
/** Packets that may go out before a table that is due: its fellows, a PCR and the beginning of a picture. */
const BEFORE = 8;
/** Of the system's transport buffer, bits per second: Rxsys. ISO/IEC 13818-1 §2.4.2.3. */
const LEAK_RATE = 1_000_000;

/** The tables of the program in their turns. They never change. */
export class TableTurns {
  readonly #tables: Table[];
  readonly #transport = new TransportBuffer(LEAK_RATE);

  /** `packetTicks`: how long a packet takes. All tables are due at once first. */
  constructor(service: MultiplexService, pcrPid: number, streams: readonly MultiplexStream[], packetTicks: number) {
    const { transportStreamId, originalNetworkId, programNumber, programMapPid, serviceType, name, providerName } = service;
    const head = { versionNumber: 0, currentNextIndicator: true };
    const elementaryStreams = streams.map(({ pid, streamType, descriptors = [] }) => ({ pid, streamType, descriptors }));
    const status = { runningStatus: 4, isScrambled: false, hasSchedule: false, hasPresentFollowing: false };
    const services = [{ ...status, serviceId: programNumber, serviceType, providerName, name, descriptors: [] }];
    const table = (pid: number, sections: Uint8Array[], every: number): Table => ({
      packets: joined(...sections.map((section) => packetizeSection(section, pid, 0))),
      every: Math.max(every / 2, every - BEFORE * packetTicks),
      next: -Infinity,
      sent: 0,
      continuityCounter: 0,
    });
    this.#tables = [
      table(
        PAT_PID,
        writeProgramAssociationTable({ ...head, transportStreamId, programs: [{ programNumber, programMapPid }] }),
        PROGRAM_TABLES_EVERY,
      ),
      table(programMapPid, [writeProgramMap({ ...head, programNumber, pcrPid, programInfo: [], elementaryStreams })], PROGRAM_TABLES_EVERY),
      table(
        SDT_PID,
        writeServiceDescriptionTable({ ...head, transportStreamId, originalNetworkId, isActual: true, services }),
        SERVICE_TABLE_EVERY,
      ),
    ];
  }

  /** Writes the packet of a table that is due; false when none is, or decoders have no room for it. */
  write(target: Uint8Array, at: number, ticks: number): boolean {
    for (const table of this.#tables) {
      if (ticks < table.next || !this.#transport.hasRoom(ticks)) {
        continue;
      }
      if (table.sent === 0) {
        table.next = ticks;
      }
      const from = table.sent * PACKET_SIZE;
      for (let i = 0; i < PACKET_SIZE; i++) {
        target[at + i] = table.packets[from + i] ?? 0;
      }
      setContinuityCounter(target, at, table.continuityCounter++);
      this.#transport.add(ticks);
      if (++table.sent * PACKET_SIZE === table.packets.length) {
        table.sent = 0;
        table.next += table.every;
      }
      return true;
    }
    return false;
  }
}
