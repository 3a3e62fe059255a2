import { z } from "zod";

const count = () => z.number().nonnegative();
const pid = () => z.int().min(0).max(0x1fff);

const intervalSchema = z.object({
  min_us: count().describe("Smallest, in microseconds."),
  avg_us: count().describe("Mean, in microseconds."),
  max_us: count().describe("Largest, in microseconds."),
});

const pcrSchema = z
  .object({
    pid: pid().describe("Where the clock comes."),
    count: count().describe("PCRs that came."),
    interval: intervalSchema
      .optional()
      .describe("Between PCR values in the last window, by the stream's own clock: free of network jitter."),
    lifetime_interval: intervalSchema.optional().describe("The same since the source was opened."),
    announced_discontinuities: count().describe("Jumps with a discontinuity_indicator: they are no errors."),
    unannounced_discontinuities: count().describe("Jumps without one."),
    overall_jitter: z
      .object({
        peak_to_peak_us: count().describe("Latest less earliest."),
        max_us: count().describe("The largest distance, early or late."),
        samples: count().describe("PCRs that were looked at."),
        window_ms: count().describe("Time from the first of them to the last."),
      })
      .optional()
      .describe("PCR_OJ: distances of arrivals from their least-squares line. Includes the jitter of the network and of this machine."),
    frequency_offset: z
      .object({
        ppm: z.number().describe("Parts per million."),
        error_ppm: count().describe("Standard error."),
        window_s: count().describe("Seconds that were looked at."),
      })
      .optional()
      .describe("PCR_FO: positive when the stream's clock is faster than this machine's, whose own error is included. From 15 s on."),
    drift: z
      .object({ ppm_per_hour: z.number().describe("Parts per million and hour."), error_ppm_per_hour: count().describe("Standard error.") })
      .optional()
      .describe("PCR_DR: how the offset changes, this machine's clock included. From 80 s on."),
    rate_bps: count().optional().describe("Rate of the whole stream by this PCR, null packets included; absent just after a loss."),
    accuracy: z
      .object({ max_ns: count().describe("The largest, in nanoseconds."), samples: count().describe("PCRs that were looked at.") })
      .optional()
      .describe("PCR_AC estimated from each PCR's place among the packets, free of network jitter; only while the rate is constant."),
  })
  .meta({ id: "PcrStats" });

/** Media Delivery Index, RFC 4445. */
export const mdiSchema = z
  .object({
    text: z.string().describe("DF:MLR, as it is usually written."),
    delay_factor_ms: count().describe("How long a receiver must hold the stream back to smooth out its arrival."),
    media_loss_rate: count().describe("Packets of the transport stream lost per second, by their continuity counters."),
    rate_bps: count().describe("Rate at which the virtual buffer was drained."),
    rate_source: z
      .enum(["pcr", "measured"])
      .describe("measured: no usable PCR; the figure then includes the variation of the stream's rate."),
  })
  .meta({ id: "MediaDeliveryIndex" });

const evidenceSchema = z
  .object({
    time_unix_ms: count().describe("When the check failed first."),
    last_time_unix_ms: count().describe("When it failed last."),
    pid: pid().optional().describe("The PID that was bad or missed; absent where it is about the stream as a whole."),
    packet_hex: z
      .string()
      .regex(/^[0-9a-f]{376}$/)
      .optional()
      .describe("The packet that failed first, 188 bytes; absent where something was missed."),
  })
  .meta({ id: "Tr101290Evidence" });

/** Errors of each check since the beginning. */
const errorFields = {
  sync_loss_count: count().describe(
    "Losses of sync: five packets in a row without a sync byte, the receiver lost the packet grid, or nothing came for 500 ms. Counted when it begins.",
  ),
  sync_byte_errors: count().describe("Packets without a sync byte while in sync."),
  pat_errors: count().describe("No PAT for 500 ms, another table on its PID, or it is scrambled."),
  cc_errors: count().describe("Packets that do not follow the one before on their PID: lost, out of order, or there more than twice."),
  pmt_errors: count().describe("No map of a program for 500 ms, or it is scrambled."),
  pid_errors: count().describe(
    "Pictures, sound or a clock that a program names and that stayed away for 5 s. Counted once for each absence.",
  ),
  tei_errors: count().describe("Packets with transport_error_indicator set."),
  crc_errors: count().describe("Sections with a wrong CRC."),
  pcr_repetition_errors: count().describe(
    "More than 100 ms from one PCR to the next by their values; a PCR that stays away, once a second.",
  ),
  pcr_discontinuity_errors: count().describe("The PCR jumped by more than 100 ms, or back, and nothing announced it."),
  pcr_accuracy_errors: count().describe("A PCR came more than 100 ms off the least-squares line of the last sixteen arrivals."),
  pts_errors: count().describe("More than 700 ms between two PTS of pictures or sound."),
  cat_errors: count().describe("Packets were scrambled for 500 ms without a CAT, or another table is on its PID."),
  nit_errors: count().describe("No NIT for 10 s after there was one, or another table on its PID."),
  si_repetition_errors: count().describe("Two sections of a sub-table within 25 ms, or one about other streams that stopped."),
  unreferenced_pid_errors: count().describe("A PID that no table names, for each 500 ms that it came."),
  sdt_errors: count().describe("No SDT of this stream for 2 s after there was one, or another table on its PID."),
  eit_errors: count().describe("No EIT of the present event for 2 s after there was one, or another table on its PID."),
  rst_errors: count().describe("Another table on the PID of the RST."),
  tdt_errors: count().describe("No TDT for 30 s after there was one, or another table on its PID."),
};

type ErrorField = keyof typeof errorFields;

const window = (field: ErrorField) => count().describe(`${field} of the last closed window of a second.`);

const windowFields = {
  window_sync_loss_count: window("sync_loss_count"),
  window_sync_byte_errors: window("sync_byte_errors"),
  window_pat_errors: window("pat_errors"),
  window_cc_errors: window("cc_errors"),
  window_pmt_errors: window("pmt_errors"),
  window_pid_errors: window("pid_errors"),
  window_tei_errors: window("tei_errors"),
  window_crc_errors: window("crc_errors"),
  window_pcr_repetition_errors: window("pcr_repetition_errors"),
  window_pcr_discontinuity_errors: window("pcr_discontinuity_errors"),
  window_pcr_accuracy_errors: window("pcr_accuracy_errors"),
  window_pts_errors: window("pts_errors"),
  window_cat_errors: window("cat_errors"),
  window_nit_errors: window("nit_errors"),
  window_si_repetition_errors: window("si_repetition_errors"),
  window_unreferenced_pid_errors: window("unreferenced_pid_errors"),
  window_sdt_errors: window("sdt_errors"),
  window_eit_errors: window("eit_errors"),
  window_rst_errors: window("rst_errors"),
  window_tdt_errors: window("tdt_errors"),
};

/** What the analysis of a flow's transport stream found. ETSI TR 101 290. */
export const tr101290Schema = z
  .object({
    ts_packets_analyzed: count().describe("Packets of 188 bytes that came, null packets too."),
    pat_count: count().describe("Sections of the PAT."),
    pmt_count: count().describe("Sections of maps."),
    ...errorFields,
    ...windowFields,
    missing_continuous_pids: count().describe("Pictures, sound or clocks that have been away for 5 s and are still."),
    priority1_ok: z.boolean().describe("In sync throughout the last window, no error of CC, PAT, PMT and PID in it, and no PID missing."),
    priority2_ok: z.boolean().describe("No error of priority 2 in the last window."),
    priority3_ok: z.boolean().optional().describe("No error of priority 3 in the last window."),
    tr07_compliant: z.boolean().describe("A program has a JPEG XS stream (VSF TR-07)."),
    jpeg_xs_pid: pid().optional().describe("Of the first JPEG XS stream."),
    signal: z
      .enum(["waiting", "in_sync", "lost", "silent"])
      .describe(
        "waiting: nothing has come yet. lost: no packet grid. silent: nothing comes any more. Only in sync is anything else checked.",
      ),
    packets_lost: count().describe("Missing packets by their continuity counters; a loss of exactly 16 on a PID cannot be seen."),
    analysis_gaps: count().describe("Times that the analyser itself missed packets; nothing is compared across such a gap."),
    pcr: z.array(pcrSchema).describe("Each PID that carries the clock of a program."),
    mdi: mdiSchema.optional().describe("Absent in the first second, and while nothing comes."),
    evidence: z
      .partialRecord(z.enum(Object.keys(errorFields) as ErrorField[]), evidenceSchema)
      .describe("The first failure of each check that failed."),
  })
  .meta({ id: "Tr101290Stats" });

export type Tr101290Stats = z.output<typeof tr101290Schema>;
export type MdiStats = z.output<typeof mdiSchema>;
