import type { Discontinuity, Findings } from "./check-report.ts";
import { PIDS, TS_PACKET_SIZE, type TsPacket } from "./ts-packet.ts";

const DISCONTINUITIES_KEPT = 10_000;
/** Of an adaptation field with a PCR: its bytes in the packet. */
const PCR_AT = 6;
const PCR_END = 12;

/** How a packet follows the one before on its PID. `broken`: something is missing, allowed or not. */
export type Sequel = "next" | "duplicate" | "broken";

type LastPacket = { bytes: Uint8Array; counter: number; hadPayload: boolean; wasDuplicate: boolean };

/** continuity_counter and discontinuity_indicator of every PID. ISO/IEC 13818-1 §2.4.3.3, §2.4.3.5. */
export class ContinuityWatch {
  duplicates = 0;
  discontinuityCount = 0;
  readonly discontinuities: Discontinuity[] = [];
  readonly #findings: Findings;
  readonly #last: (LastPacket | undefined)[] = Array.from({ length: PIDS });

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  judge(packet: TsPacket, number: number): Sequel {
    const last = this.#last[packet.pid];
    const sequel = last === undefined ? "next" : this.#follows(packet, last, number);
    if (packet.discontinuityIndicator && sequel !== "duplicate") {
      this.#countDiscontinuity(packet, number, sequel === "broken");
    }
    this.#keep(packet, last, sequel);
    return sequel;
  }

  #follows(packet: TsPacket, last: LastPacket, number: number): Sequel {
    const step = (packet.continuityCounter - last.counter) & 0x0f;
    if (!packet.hasPayload) {
      return step === 0 ? "next" : this.#break(packet, number, `${last.counter} to ${packet.continuityCounter} without payload`);
    }
    if (step === 1) {
      return "next";
    }
    if (step === 0 && last.hadPayload && !last.wasDuplicate && isSame(packet, last.bytes)) {
      this.duplicates++;
      return "duplicate";
    }
    return this.#break(packet, number, `${last.counter} to ${packet.continuityCounter}`);
  }

  #break(packet: TsPacket, number: number, what: string): "broken" {
    if (!packet.discontinuityIndicator) {
      this.#findings.add("continuity", packet.pid, number, what);
    }
    return "broken";
  }

  #countDiscontinuity(packet: TsPacket, number: number, broke: boolean): void {
    this.discontinuityCount++;
    if (this.discontinuities.length < DISCONTINUITIES_KEPT) {
      this.discontinuities.push({ pid: packet.pid, packet: number, broke, pcr: packet.pcr >= 0 });
    }
  }

  #keep(packet: TsPacket, last: LastPacket | undefined, sequel: Sequel): void {
    const kept = last ?? { bytes: new Uint8Array(TS_PACKET_SIZE), counter: 0, hadPayload: false, wasDuplicate: false };
    this.#last[packet.pid] = kept;
    kept.bytes.set(packet.bytes.subarray(packet.at, packet.end));
    kept.counter = packet.continuityCounter;
    kept.hadPayload = packet.hasPayload;
    kept.wasDuplicate = sequel === "duplicate";
  }
}

/** A duplicate is the same in each byte but those of the PCR, which is that of its own place. */
const isSame = (packet: TsPacket, original: Uint8Array): boolean => {
  for (let i = 0; i < TS_PACKET_SIZE; i++) {
    const isPcr = packet.pcr >= 0 && i >= PCR_AT && i < PCR_END;
    if (!isPcr && packet.bytes[packet.at + i] !== original[i]) {
      return false;
    }
  }
  return true;
};
