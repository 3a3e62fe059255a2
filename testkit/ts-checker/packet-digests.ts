import { createHash, type Hash } from "node:crypto";
import { NULL_PID, PIDS, TS_PACKET_SIZE, TsPacket } from "./ts-packet.ts";

/** What of a packet may be rewritten on its way and is therefore left out of its digest. */
export type MaskedField = "continuityCounter" | "discontinuityIndicator" | "pcr";

/** SHA-256, in hexadecimal. */
export type DigestReport = {
  packets: number;
  /** Of all packets, masked. */
  whole: string;
  /** Of all packets of a PID, masked. */
  packetsByPid: Readonly<Record<number, string>>;
  /** Of the payload bytes of a PID alone, without headers and adaptation fields. */
  payloadByPid: Readonly<Record<number, string>>;
};

/** Digests of what a stream carries, to set against those of another one. */
export class PacketDigests {
  readonly #mask: ReadonlySet<MaskedField>;
  readonly #whole = createHash("sha256");
  readonly #packets: (Hash | undefined)[] = Array.from({ length: PIDS });
  readonly #payloads: (Hash | undefined)[] = Array.from({ length: PIDS });
  readonly #packet = new TsPacket();
  readonly #masked = new Uint8Array(TS_PACKET_SIZE);
  #count = 0;

  constructor(mask: readonly MaskedField[] = []) {
    this.#mask = new Set(mask);
  }

  get packets(): number {
    return this.#count;
  }

  /** Whole packets; what has no sync byte counts only as part of the whole. */
  take(bytes: Uint8Array, from = 0, end = bytes.length): void {
    for (let at = from; at + TS_PACKET_SIZE <= end; at += TS_PACKET_SIZE) {
      this.#masked.set(bytes.subarray(at, at + TS_PACKET_SIZE));
      const packet = this.#packet;
      if (packet.read(bytes, at)) {
        this.#hide(packet);
        (this.#packets[packet.pid] ??= createHash("sha256")).update(this.#masked);
        const payload = (this.#payloads[packet.pid] ??= createHash("sha256"));
        payload.update(bytes.subarray(packet.payloadAt, packet.end));
      }
      this.#whole.update(this.#masked);
      this.#count++;
    }
  }

  /** Those so far; more may follow. */
  report(): DigestReport {
    const ofEach = (hashes: readonly (Hash | undefined)[]): Record<number, string> =>
      Object.fromEntries(hashes.flatMap((hash, pid) => (hash === undefined ? [] : [[pid, hash.copy().digest("hex")]])));
    return {
      packets: this.#count,
      whole: this.#whole.copy().digest("hex"),
      packetsByPid: ofEach(this.#packets),
      payloadByPid: ofEach(this.#payloads),
    };
  }

  #hide({ pid, discontinuityIndicator, pcr }: TsPacket): void {
    const bytes = this.#masked;
    if (this.#mask.has("continuityCounter") && pid !== NULL_PID) {
      bytes[3] = (bytes[3] ?? 0) & 0xf0;
    }
    if (this.#mask.has("discontinuityIndicator") && discontinuityIndicator) {
      bytes[5] = (bytes[5] ?? 0) & 0x7f;
    }
    if (this.#mask.has("pcr") && pcr >= 0) {
      bytes.fill(0, 6, 12);
    }
  }
}
