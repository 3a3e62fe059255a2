/**
 * What is checked, by the names of the measurement guidelines ETSI TR 101 290 §5.2, in the order of its tables 5.0a to 5.0c.
 * `priority` 1: the stream cannot be decoded; 2: it should be watched; 3: it depends on the application.
 */
export const CHECKS = {
  syncLoss: { priority: 1, clause: "1.1", help: "The packet grid was lost." },
  syncByte: { priority: 1, clause: "1.2", help: "A packet does not begin with 0x47." },
  pat: { priority: 1, clause: "1.3", help: "No PAT for 500 ms, another table on its PID, or it is scrambled." },
  continuityCounter: { priority: 1, clause: "1.4", help: "A packet is missing, out of order or there more than twice." },
  pmt: { priority: 1, clause: "1.5", help: "No map of a program for 500 ms, or it is scrambled." },
  pid: { priority: 1, clause: "1.6", help: "A PID that a program names did not come for 5 s." },
  transport: { priority: 2, clause: "2.1", help: "transport_error_indicator is set." },
  crc: { priority: 2, clause: "2.2", help: "A section has a wrong CRC." },
  pcrRepetition: { priority: 2, clause: "2.3a", help: "More than 100 ms between two PCRs of a program." },
  pcrDiscontinuity: { priority: 2, clause: "2.3b", help: "The PCR jumps by more than 100 ms and no discontinuity indicator says why." },
  pcrAccuracy: {
    priority: 2,
    clause: "2.4",
    help: "A PCR is further from the line through the last ones than a receiver can put down to the network.",
  },
  pts: { priority: 2, clause: "2.5", help: "More than 700 ms between two PTS of a stream." },
  cat: { priority: 2, clause: "2.6", help: "A packet is scrambled and no CAT came, or another table is on its PID." },
  nit: { priority: 3, clause: "3.1", help: "No NIT for 10 s, or another table on its PID." },
  siRepetition: { priority: 3, clause: "3.2", help: "A table of the service information comes more often than every 25 ms." },
  unreferencedPid: { priority: 3, clause: "3.4", help: "A PID that no table names came for longer than 500 ms." },
  sdt: { priority: 3, clause: "3.5", help: "No SDT of this stream for 2 s, or another table on its PID." },
  eit: { priority: 3, clause: "3.6", help: "No EIT of the present event for 2 s, or another table on its PID." },
  rst: { priority: 3, clause: "3.7", help: "Another table on the PID of the RST." },
  tdt: { priority: 3, clause: "3.8", help: "No TDT for 30 s, or another table on its PID." },
} as const satisfies Record<string, { priority: 1 | 2 | 3; clause: string; help: string }>;

export type Check = keyof typeof CHECKS;

export const CHECK_NAMES = Object.keys(CHECKS) as Check[];
