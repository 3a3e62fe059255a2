import { provePages } from "./stack/prove-pages.ts";

// The pages of whoever operates: what is on air, what is wrong, nodes and their flows, over the real manager.

provePages([
  ["dashboard", () => "/dashboard", /MER-OB4/],
  ["dashboard-cards", () => "/dashboard?view=cards", /MER-OB4/],
  ["dashboard-wall", () => "/dashboard?view=wall", "Studio, programme"],
  ["alarms", () => "/events", /^(input_lost|\w+_failed)/],
  ["alarm", ({ alarmId }) => `/events?alarm=${alarmId}`, /^Open (flow|node)$/],
  ["events", () => "/events?view=events", "Demonstration"],
  ["nodes", () => "/admin/nodes", "waits for its token"],
  ["node-new", () => "/admin/nodes?sheet=new", "Create node"],
  ["node-overview", ({ nodeId }) => `/nodes/${nodeId}/overview`, "Studio, programme"],
  ["node-flows", ({ nodeId }) => `/nodes/${nodeId}/flows?flow=studio`, "Studio over RTP"],
  ["node-flow-stalled", ({ nodeId }) => `/nodes/${nodeId}/flows?flow=live`, "Your stream over UDP"],
  ["flow-new", ({ nodeId }) => `/nodes/${nodeId}/flows?sheet=new`, "Nothing yet."],
  ["flow-edit", ({ nodeId }) => `/nodes/${nodeId}/flows?flow=studio&sheet=edit`, "Change to the node's configuration"],
  ["node-inputs", ({ nodeId }) => `/nodes/${nodeId}/inputs`, "Camera 2"],
  ["node-outputs", ({ nodeId }) => `/nodes/${nodeId}/outputs`, "Studio over UDP"],
]);
