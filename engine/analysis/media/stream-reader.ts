/** Reads one elementary stream and remembers what it is. Bytes are borrowed for the call. */
export type StreamReader<Facts> = {
  /** Takes the next packet of the PID, which has a payload that is not scrambled. */
  packet(bytes: Uint8Array, at: number): void;
  /** Packets are missing here: what is half is forgotten. */
  break(): void;
  /** A second or more has passed. */
  tick(): void;
  readonly facts: Facts;
};

/** Takes the payload of PES packets. */
export type PesSink<Facts> = {
  /** A PES packet begins. 90 kHz; -1 for none. Without a DTS of its own it is the PTS. */
  begin(pts: number, dts: number): void;
  /** Bytes [from, end) of its payload. */
  payload(bytes: Uint8Array, from: number, end: number): void;
  break(): void;
  tick(): void;
  readonly facts: Facts;
};
