import { instant } from "@bilbycast/foundation/time";
import { CHUNK_SIZE, type Playout } from "../playout.ts";
import { PACKET_SIZE } from "../packet.ts";

/** What came out of a playout: whole, and where each packet stood. */
export type Played = {
  bytes: Uint8Array;
  /** Due time of the unit that each packet was in, microseconds after the first. */
  due: number[];
  /** The packet is the first of its unit. */
  opens: boolean[];
  unitSizes: number[];
};

/** Plays files one after the other to the end, the first unit being due at 0. The same array twice is the same file. */
export const play = (playout: Playout, files: Uint8Array[], chunk: number = CHUNK_SIZE): Played => {
  const parts: Uint8Array[] = [];
  const played: Played = { bytes: new Uint8Array(), due: [], opens: [], unitSizes: [] };
  const drain = (): void => {
    for (let unit = playout.peek(); unit !== undefined; unit = playout.peek()) {
      if (parts.length === 0) {
        playout.anchor(instant(0));
      }
      parts.push(unit.slice());
      played.unitSizes.push(unit.length);
      for (let at = 0; at < unit.length; at += PACKET_SIZE) {
        played.due.push(playout.due);
        played.opens.push(at === 0);
      }
      playout.advance();
    }
  };
  files.forEach((file, i) => {
    playout.begin(i > 0 && file === files[i - 1]);
    for (let at = 0; at < file.length; at += chunk) {
      playout.feed(file.subarray(at, at + chunk));
      drain();
    }
    playout.end();
    drain();
  });
  playout.finish();
  drain();
  played.bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (played.bytes.set(part, at), at + part.length), 0);
  return played;
};

/** Offsets of all packets. */
export const packetsOf = (bytes: Uint8Array): number[] => Array.from({ length: bytes.length / PACKET_SIZE }, (_, i) => i * PACKET_SIZE);
