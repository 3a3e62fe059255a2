import { CHECK_NAMES, type ArrivalSnapshot, type CheckResult, type PcrFacts, type Tr101290Snapshot } from "@bilbycast/protocols/mpegts";
import { CHECK_FIELDS, type CheckField } from "./check-fields.ts";

export type IntervalForm = { min_us: number; avg_us: number; max_us: number };

export type PcrForm = {
  pid: number;
  count: number;
  interval?: IntervalForm;
  lifetime_interval?: IntervalForm;
  announced_discontinuities: number;
  unannounced_discontinuities: number;
  overall_jitter?: { peak_to_peak_us: number; max_us: number; samples: number; window_ms: number };
  frequency_offset?: { ppm: number; error_ppm: number; window_s: number };
  drift?: { ppm_per_hour: number; error_ppm_per_hour: number };
  rate_bps?: number;
  accuracy?: { max_ns: number; samples: number };
};

export type EvidenceForm = { time_unix_ms: number; last_time_unix_ms: number; pid?: number; packet_hex?: string };

export type MdiForm = {
  text: string;
  delay_factor_ms: number;
  media_loss_rate: number;
  rate_bps: number;
  rate_source: "pcr" | "measured";
};

export type Tr101290Form = {
  ts_packets_analyzed: number;
  pat_count: number;
  pmt_count: number;
  missing_continuous_pids: number;
  priority1_ok: boolean;
  priority2_ok: boolean;
  priority3_ok: boolean;
  tr07_compliant: boolean;
  jpeg_xs_pid?: number;
  signal: "waiting" | "in_sync" | "lost" | "silent";
  packets_lost: number;
  analysis_gaps: number;
  pcr: PcrForm[];
  mdi?: MdiForm;
  evidence: Partial<Record<CheckField, EvidenceForm>>;
} & Record<CheckField | `window_${CheckField}`, number>;

/** How the datagrams of a flow arrive, in the names of its stats. */
export type ArrivalForm = { iat?: IntervalForm; pdv_jitter_us?: number; pdv_peak_to_peak_us?: number };

const SIGNALS = { waiting: "waiting", inSync: "in_sync", lost: "lost", silent: "silent" } as const;

/** The JSON of what is known of a stream. `epochMs`: wall clock in milliseconds at instant 0. */
export const tr101290Form = (stream: Tr101290Snapshot, arrivals: ArrivalSnapshot, epochMs: number): Tr101290Form => {
  const [priority1, priority2, priority3] = stream.priorityOk;
  const { mdi } = arrivals;
  return {
    ts_packets_analyzed: stream.packets,
    pat_count: stream.patSections,
    pmt_count: stream.pmtSections,
    ...countsOf(stream),
    missing_continuous_pids: stream.missingPids,
    priority1_ok: priority1,
    priority2_ok: priority2,
    priority3_ok: priority3,
    tr07_compliant: stream.jpegXsPid !== undefined,
    ...(stream.jpegXsPid === undefined ? {} : { jpeg_xs_pid: stream.jpegXsPid }),
    signal: SIGNALS[stream.signal],
    packets_lost: stream.lostPackets,
    analysis_gaps: stream.analysisGaps,
    pcr: stream.clocks.map(pcrForm),
    ...(mdi === undefined ? {} : { mdi: mdiForm(mdi) }),
    evidence: evidenceOf(stream, epochMs),
  };
};

export const arrivalForm = ({ interArrival, jitter, delayVariation }: ArrivalSnapshot): ArrivalForm => ({
  ...(interArrival === undefined ? {} : { iat: intervalForm(interArrival) }),
  ...(jitter === undefined ? {} : { pdv_jitter_us: Math.round(jitter) }),
  ...(delayVariation === undefined ? {} : { pdv_peak_to_peak_us: Math.round(delayVariation) }),
});

const countsOf = ({ checks }: Tr101290Snapshot): Record<CheckField | `window_${CheckField}`, number> =>
  Object.fromEntries(
    CHECK_NAMES.flatMap((check): [string, number][] => [
      [CHECK_FIELDS[check], checks[check].count],
      [`window_${CHECK_FIELDS[check]}`, checks[check].window],
    ]),
  ) as Record<CheckField | `window_${CheckField}`, number>;

const evidenceOf = ({ checks }: Tr101290Snapshot, epochMs: number): Tr101290Form["evidence"] =>
  Object.fromEntries(
    CHECK_NAMES.flatMap((check): [CheckField, EvidenceForm][] => {
      const { evidence } = checks[check];
      return evidence === undefined ? [] : [[CHECK_FIELDS[check], evidenceForm(evidence, epochMs)]];
    }),
  );

const evidenceForm = ({ at, lastAt, pid, packet }: NonNullable<CheckResult["evidence"]>, epochMs: number): EvidenceForm => ({
  time_unix_ms: Math.round(epochMs + at / 1_000),
  last_time_unix_ms: Math.round(epochMs + lastAt / 1_000),
  ...(pid === undefined ? {} : { pid }),
  ...(packet === undefined ? {} : { packet_hex: hexOf(packet) }),
});

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const pcrForm = (facts: PcrFacts): PcrForm => {
  const { interval, lifetimeInterval, overallJitter, frequencyOffset, drift, rate, accuracy } = facts;
  return {
    pid: facts.pid,
    count: facts.count,
    ...(interval === undefined ? {} : { interval: intervalForm(interval) }),
    ...(lifetimeInterval === undefined ? {} : { lifetime_interval: intervalForm(lifetimeInterval) }),
    announced_discontinuities: facts.announced,
    unannounced_discontinuities: facts.unannounced,
    ...(overallJitter === undefined
      ? {}
      : {
          overall_jitter: {
            peak_to_peak_us: rounded(overallJitter.peakToPeak, 1),
            max_us: rounded(overallJitter.largest, 1),
            samples: overallJitter.samples,
            window_ms: Math.round(overallJitter.window / 1_000),
          },
        }),
    ...(frequencyOffset === undefined
      ? {}
      : {
          frequency_offset: {
            ppm: rounded(frequencyOffset.value, 3),
            error_ppm: rounded(frequencyOffset.error, 3),
            window_s: Math.round(frequencyOffset.window / 1e6),
          },
        }),
    ...(drift === undefined ? {} : { drift: { ppm_per_hour: rounded(drift.value, 3), error_ppm_per_hour: rounded(drift.error, 3) } }),
    ...(rate === undefined ? {} : { rate_bps: Math.round(rate) }),
    ...(accuracy === undefined ? {} : { accuracy: { max_ns: Math.round(accuracy.largest), samples: accuracy.samples } }),
  };
};

const mdiForm = ({ delayFactor, mediaLossRate, rate, rateSource }: NonNullable<ArrivalSnapshot["mdi"]>): MdiForm => {
  const delayFactorMs = rounded(delayFactor / 1_000, 1);
  return {
    text: `${delayFactorMs}:${Math.round(mediaLossRate)}`,
    delay_factor_ms: delayFactorMs,
    media_loss_rate: rounded(mediaLossRate, 1),
    rate_bps: Math.round(rate),
    rate_source: rateSource,
  };
};

const intervalForm = ({ min, avg, max }: { min: number; avg: number; max: number }): IntervalForm => ({
  min_us: Math.round(min),
  avg_us: Math.round(avg),
  max_us: Math.round(max),
});

const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
