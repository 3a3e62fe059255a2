import { HOST_STATES, THUMBNAIL_ALARMS, type MetricName, type ResourceBudget } from "@bilbycast/contracts/edge-api";
import type { EngineSnapshot, FlowSnapshot, MediaSnapshot } from "@bilbycast/engine/flow";
import { ageOf } from "./thumbnail-stats.ts";

/** Takes samples by the names of their families. */
type Page = { put(name: MetricName, labels: readonly string[], value: number): void };

/** What the codecs do and what becomes of it: hosts, and the pictures of each input. `nowMs`: the wall clock. */
export const putPictures = (page: Page, { media, flows }: EngineSnapshot, budget: ResourceBudget | undefined, nowMs: number): void => {
  if (media === undefined || budget === undefined) {
    return;
  }
  page.put("budget_units_total", [], budget.units_total);
  page.put("budget_units_used", [], budget.units_used);
  putHosts(page, media);
  const inputs = flows.flatMap((flow) => flow.inputs);
  page.put("thumbnail_previews", [], inputs.filter(({ pictures }) => pictures?.isLive === true).length);
  for (const flow of flows) {
    putFlow(page, flow, nowMs);
  }
};

/** All states and all reasons are there from the start: what appears with its first value has no increase that anybody sees. */
const putHosts = (page: Page, { hosts, hostEnds }: MediaSnapshot): void => {
  for (const state of HOST_STATES) {
    page.put("codec_hosts", [state], hosts.filter((host) => host.state === state).length);
  }
  page.put("codec_hosts_cpu_percent", [], sum(hosts.map((host) => host.cpu_percent)));
  page.put("codec_hosts_rss_bytes", [], sum(hosts.map((host) => host.rss_bytes)));
  for (const [reason, count] of Object.entries(hostEnds)) {
    page.put("codec_host_restarts_total", [reason], count);
  }
};

const putFlow = (page: Page, { id, inputs }: FlowSnapshot, nowMs: number): void => {
  for (const { id: input, pictures } of inputs) {
    if (pictures !== undefined) {
      const { picture, failures, alarms } = pictures;
      page.put("thumbnail_pictures_total", [id, input], picture?.number ?? 0);
      for (const [reason, count] of Object.entries(failures)) {
        page.put("thumbnail_errors_total", [id, input, reason], count);
      }
      if (picture !== undefined) {
        page.put("thumbnail_age_seconds", [id, input], ageOf(picture.takenAtMs, nowMs) / 1_000);
      }
      for (const alarm of THUMBNAIL_ALARMS) {
        page.put("thumbnail_alarm", [id, input, alarm], alarms.includes(alarm) ? 1 : 0);
      }
    }
  }
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
