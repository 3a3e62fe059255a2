import type { FlowSummary, NodeSummary } from "../../drivers/driver.ts";
import { Hysteresis, type Seen } from "./hysteresis.ts";
import { BUSY, CPU, FULL, LOSS, LOSSY, NO_SIGNAL, RAM, SILENT, type DerivedRule } from "./limits.ts";

/** A condition that began or ended. `flowId`: null where it is of the whole node. */
export type Finding = { rule: DerivedRule; flowId: string | null; is: "raise" | "clear"; facts: Readonly<Record<string, number>> };

/** A condition that stood when the watch began. */
export type Standing = { code: string; flowId: string | null };

/** Gives the share of packets lost, in percent, once a window. */
class LossWindow {
  #from: { at: number; lost: number; received: number } | undefined;

  /** `undefined`: the window has not ended, or began anew with the counters. */
  percent({ packets_lost: lost, packets_received: received }: FlowSummary, now: number): number | undefined {
    if (lost === null || received === null) {
      this.#from = undefined;
      return undefined;
    }
    const from = this.#from;
    if (from === undefined || lost < from.lost || received < from.received) {
      this.#from = { at: now, lost, received };
      return undefined;
    }
    if (now - from.at < LOSS.windowMs) {
      return undefined;
    }
    this.#from = { at: now, lost, received };
    const missing = lost - from.lost;
    const sent = missing + received - from.received;
    return sent === 0 ? 0 : (missing / sent) * 100;
  }
}

class FlowWatch {
  readonly id: string;
  readonly signal: Hysteresis;
  readonly loss: Hysteresis;
  readonly window = new LossWindow();
  /** A flow that waits for its first packet misses nothing. */
  hadSignal: boolean;

  constructor(id: string, isRaised: (rule: DerivedRule, flowId: string) => boolean) {
    this.id = id;
    this.hadSignal = isRaised(NO_SIGNAL, id);
    this.signal = new Hysteresis(NO_SIGNAL, this.hadSignal);
    this.loss = new Hysteresis(LOSSY, isRaised(LOSSY, id));
  }
}

/** States in which a flow is meant to carry, whoever words them. */
const CARRIES = /^(running|degraded|stalled)$/i;

/** What the counters of one node say that it did not say itself. Pure: statistics and the time go in, what began and ended comes out. */
export class NodeWatch {
  readonly #isRaised: (rule: DerivedRule, flowId: string | null) => boolean;
  readonly #silence: Hysteresis;
  readonly #cpu: Hysteresis;
  readonly #ram: Hysteresis;
  readonly #flows = new Map<string, FlowWatch>();
  #heardAt: number;

  constructor(standing: readonly Standing[], now: number) {
    this.#isRaised = ({ raises }, flowId) => standing.some(({ code, flowId: of }) => code === raises && of === flowId);
    this.#silence = new Hysteresis({ ...SILENT, raiseAfterMs: 0 }, this.#isRaised(SILENT, null));
    this.#cpu = new Hysteresis(BUSY, this.#isRaised(BUSY, null));
    this.#ram = new Hysteresis(FULL, this.#isRaised(FULL, null));
    this.#heardAt = now;
    for (const { flowId } of standing) {
      if (flowId !== null) {
        this.#flows.set(flowId, new FlowWatch(flowId, this.#isRaised));
      }
    }
  }

  /** Statistics came. */
  take(summary: NodeSummary, now: number): Finding[] {
    this.#heardAt = now;
    const findings = [
      found(SILENT, null, this.#silence.see("good", now), {}),
      found(BUSY, null, this.#cpu.see(against(CPU, summary.cpu_percent), now), { cpu_percent: summary.cpu_percent ?? 0 }),
      found(FULL, null, this.#ram.see(against(RAM, summary.ram_percent), now), { ram_percent: summary.ram_percent ?? 0 }),
    ];
    const here = new Set<string>();
    for (const flow of summary.flows) {
      here.add(flow.flow_id);
      let watch = this.#flows.get(flow.flow_id);
      if (watch === undefined) {
        watch = new FlowWatch(flow.flow_id, this.#isRaised);
        this.#flows.set(flow.flow_id, watch);
      }
      findings.push(...this.#flow(watch, flow, now));
    }
    for (const watch of this.#flows.values()) {
      if (!here.has(watch.id)) {
        this.#flows.delete(watch.id);
        findings.push(...ended(watch));
      }
    }
    return findings.filter((finding) => finding !== undefined);
  }

  /** Time has passed. */
  wait(now: number): Finding[] {
    const isSilent = now - this.#heardAt >= SILENT.raiseAfterMs;
    const finding = isSilent ? found(SILENT, null, this.#silence.see("bad", now), {}) : undefined;
    return finding === undefined ? [] : [finding];
  }

  #flow(watch: FlowWatch, flow: FlowSummary, now: number): (Finding | undefined)[] {
    if (!CARRIES.test(flow.state)) {
      // Stopped by somebody, or failed, which is told: what it misses is no news.
      return ended(watch);
    }
    const rate = flow.bitrate_in_bps;
    watch.hadSignal ||= (rate ?? 0) > 0;
    const signal: Seen = rate === null || !watch.hadSignal ? "between" : rate > 0 ? "good" : "bad";
    const percent = watch.window.percent(flow, now);
    return [
      found(NO_SIGNAL, watch.id, watch.signal.see(signal, now), {}),
      percent === undefined
        ? undefined
        : found(LOSSY, watch.id, watch.loss.see(against(LOSS, percent), now), { loss_percent: Math.round(percent * 100) / 100 }),
    ];
  }
}

const against = ({ bad, good }: { bad: number; good: number }, value: number | null): Seen =>
  value === null ? "between" : value >= bad ? "bad" : value <= good ? "good" : "between";

const found = (
  rule: DerivedRule,
  flowId: string | null,
  is: "raise" | "clear" | undefined,
  facts: Readonly<Record<string, number>>,
): Finding | undefined => (is === undefined ? undefined : { rule, flowId, is, facts });

/** What stood of a flow that does not carry any more, or is gone. */
const ended = (watch: FlowWatch): Finding[] => {
  const findings: Finding[] = [];
  if (watch.signal.isRaised) {
    findings.push({ rule: NO_SIGNAL, flowId: watch.id, is: "clear", facts: {} });
  }
  if (watch.loss.isRaised) {
    findings.push({ rule: LOSSY, flowId: watch.id, is: "clear", facts: {} });
  }
  watch.signal.isRaised = false;
  watch.loss.isRaised = false;
  watch.hadSignal = false;
  return findings;
};
