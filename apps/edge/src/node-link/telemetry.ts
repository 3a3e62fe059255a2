import type { FlowPicture } from "@bilbycast/engine/flow";
import type { FlowStats } from "@bilbycast/contracts/edge-api";
import { FRAME_BYTES_MAX, type LinkStats, type LinkThumbnail } from "@bilbycast/contracts/node-link";
import { healthView, statsView, systemOf } from "../api/status-views.ts";
import type { ApiContext } from "../api/context.ts";
import { THUMBNAIL_SIZE } from "../thumbnail-stats.ts";
import { frame } from "./frames.ts";

const MEGABYTE = 1024 * 1024;

/** What the edge does, each second; also without a flow. */
export const statsFrame = (context: ApiContext, link: NonNullable<LinkStats["link"]>): string => {
  const { uptime_secs, total_flows, active_flows } = systemOf(context);
  const system = context.system();
  const payload: LinkStats = {
    flows: statsView(context),
    tunnels: [],
    uptime_secs,
    active_flows,
    total_flows,
    ...(system === undefined
      ? {}
      : {
          system_resources: {
            cpu_percent: system.cpuPercent,
            ram_percent: system.ramPercent,
            ram_used_mb: Math.round(system.ramUsedBytes / MEGABYTE),
            ram_total_mb: Math.round(system.ramTotalBytes / MEGABYTE),
          },
        }),
    link,
  };
  const text = frame("stats", payload);
  return Buffer.byteLength(text) <= FRAME_BYTES_MAX ? text : frame("stats", { ...payload, flows: payload.flows.map(inShort) });
};

/** Of a node with so many flows that all would not fit into a frame: what each does, without what its streams are made of. */
const inShort = ({ tr101290: _checks, media_analysis: _media, ...flow }: FlowStats): FlowStats => ({
  ...flow,
  inputs_live: flow.inputs_live.map(({ tr101290: _own, media_analysis: _streams, psi_catalog: _catalogue, ...input }) => input),
});

/** What GET /health says to an administrator. */
export const healthFrame = (context: ApiContext): string => frame("health", healthView(context, { isAnonymous: false }));

/** A picture of the input on air is the flow's. */
export const thumbnailFrame = (flowId: string, inputId: string, picture: FlowPicture, isActive: boolean, isLive: boolean): string => {
  const payload: LinkThumbnail = {
    flow_id: flowId,
    ...(isActive ? { active_input_id: inputId } : { input_id: inputId }),
    data: Buffer.from(picture.jpeg).toString("base64"),
    ...THUMBNAIL_SIZE,
    taken_unix_ms: Math.round(picture.takenAtMs),
    ...(isLive ? { live: true } : {}),
  };
  return frame("thumbnail", payload);
};
