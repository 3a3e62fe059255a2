import type { Check } from "@bilbycast/protocols/mpegts";

/** The name of each check's counter in the JSON of the API. Its twin of the last window has `window_` before it. */
export const CHECK_FIELDS = {
  syncLoss: "sync_loss_count",
  syncByte: "sync_byte_errors",
  pat: "pat_errors",
  continuityCounter: "cc_errors",
  pmt: "pmt_errors",
  pid: "pid_errors",
  transport: "tei_errors",
  crc: "crc_errors",
  pcrRepetition: "pcr_repetition_errors",
  pcrDiscontinuity: "pcr_discontinuity_errors",
  pcrAccuracy: "pcr_accuracy_errors",
  pts: "pts_errors",
  cat: "cat_errors",
  nit: "nit_errors",
  siRepetition: "si_repetition_errors",
  unreferencedPid: "unreferenced_pid_errors",
  sdt: "sdt_errors",
  eit: "eit_errors",
  rst: "rst_errors",
  tdt: "tdt_errors",
} as const satisfies Record<Check, string>;

export type CheckField = (typeof CHECK_FIELDS)[Check];
