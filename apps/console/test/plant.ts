import type { Alarm, FlowRow, Me, NodeCard } from "@bilbycast/contracts/manager-api";
import type { Person } from "./fake-presets.ts";

// One plant at one moment, as the console's pictures show it: a fact seen on one page is the same on the next.

type Row = [
  name: string,
  about: string,
  status: NodeCard["status"],
  flows: [number, number] | null,
  inMbit: number,
  outMbit: number,
  loss: number | null,
  rtt: number | null,
  cpu: number,
  units: number | null,
  version: string,
];

const NODES: Row[] = [
  ["MAN-REM1", "Manchester remote gallery", "offline", [0, 4], 0, 0, null, null, 0, null, "1.4.0"],
  ["HBR-OB1", "Harbour Park, truck B", "online", [5, 6], 61.2, 48, 2.31, 38, 64, 58, "1.4.0"],
  ["AMS-DST1", "Amsterdam distribution", "online", [8, 8], 44.8, 186, 0.02, 12, 71, 84, "1.4.0"],
  ["LDN-X5GW", "London, X5 chassis gateway", "degraded", [0, 0], 0, 0, null, 1, 4, null, "0.9.3"],
  ["NGA-OB1", "Northgate Arena, truck A", "online", [7, 7], 128, 74.6, 0, 9, 58, 61, "1.4.0"],
  ["NGA-OB2", "Northgate Arena, truck A spare", "online", [2, 2], 36.4, 18.2, 0, 9, 22, 18, "1.4.0"],
  ["LDN-MCR1", "London master control A", "online", [9, 9], 142, 221, 0, 2, 62, 70, "1.4.0"],
  ["LDN-MCR2", "London master control B", "online", [9, 9], 142, 14.2, 0, 2, 60, 70, "1.4.0"],
  ["LDN-STU1", "London studio 1", "online", [3, 3], 66, 44.1, 0, 1, 41, 36, "1.4.0"],
  ["FRA-CLD1", "Frankfurt cloud", "online", [3, 3], 31.7, 92.3, 0.01, 17, 47, 40, "1.3.8"],
  ["LHR-RLY1", "London relay", "online", null, 188, 188, 0, 4, 18, null, "1.4.0"],
  ["AMS-RLY1", "Amsterdam relay", "online", null, 71.4, 71.4, 0, 11, 11, null, "1.4.0"],
];

export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
export const GROUP = "grp_meridian";
const ago = (now: number, ms: number): string => new Date(now - ms).toISOString();
const FLOWS = ["World feed dirty", "Clean feed", "EVS A return", "Camera 2 iso", "Camera 6 iso", "Camera 5 iso", "Aerial downlink"];
const kindOf = (name: string, hasFlows: boolean): string => (hasFlows ? (name === "LDN-X5GW" ? "appear_x" : "edge") : "relay");

export type PlantNode = { id: string; name: string; about: string; status: NodeCard["status"]; version: string; kind: string };

export const plantNodes = (): readonly PlantNode[] =>
  NODES.map(([name, about, status, flows, , , , , , , version], i) => ({
    id: uuid(i + 1),
    name,
    about,
    status,
    version,
    kind: kindOf(name, flows !== null),
  }));

/** The cards of the dashboard. */
export const cards = (now: number): NodeCard[] => NODES.map((row, i) => card(row, i, now));

const card = ([name, , status, flows, inMbit, outMbit, loss, rtt, cpu, units, version]: Row, i: number, now: number): NodeCard => {
  const own = alarms(now).filter((alarm) => alarm.node_name === name && alarm.is_raised && alarm.shelved_until === null);
  const critical = own.filter(({ severity }) => severity === "critical").length;
  return {
    id: uuid(i + 1),
    name,
    device_type: kindOf(name, flows !== null),
    group_id: GROUP,
    status,
    status_since: ago(now, 2_036_000),
    software_version: version,
    stats_at: ago(now, 400),
    started_at: ago(now, 3_542_400_000),
    cpu_percent: cpu,
    ram_percent: 41,
    bitrate_in_bps: inMbit * 1e6,
    bitrate_out_bps: outMbit * 1e6,
    active_flows: flows === null ? null : flows[0],
    total_flows: flows === null ? null : flows[1],
    worst_health: "Healthy",
    alarms: { critical, warning: own.length - critical },
    metrics: {
      ...(loss === null ? {} : { loss_percent: { value: loss, unit: "%" } }),
      ...(rtt === null ? {} : { rtt_ms: { value: rtt, unit: "ms" } }),
      ...(units === null ? {} : { units_percent: { value: units, unit: "%" } }),
    },
    pictures: Object.fromEntries(
      Array.from({ length: Math.min(3, flows?.[1] ?? 0) }, (_, k) => [
        `flow-${k + 1}`,
        { flow_name: FLOWS[(i + k) % FLOWS.length] ?? "", tag: String(Math.floor(now / 5_000)), at: ago(now, 400) },
      ]),
    ),
  };
};

type AlarmRow = [
  node: number,
  severity: Alarm["severity"],
  code: string,
  message: string,
  count: number,
  sinceMs: number,
  more: Partial<Alarm>,
];

const MINUTE = 60_000;

const ALARMS: AlarmRow[] = [
  [2, "critical", "bond_path_loss_high", "Loss above 1 % on path B", 8, 250_000, { flow_id: "flow-1" }],
  [
    1,
    "critical",
    "node_disconnected",
    "Node disconnected",
    1,
    2_036_000,
    { acknowledged_by: "T. Okafor", acknowledged_at: "2026-10-24T15:00:00Z" },
  ],
  [3, "warning", "resource_units_high", "84 % of units in use", 1, 750_000, {}],
  [5, "warning", "content_analysis_mdi_df", "Delay factor above 50 ms", 27, 3_058_000, { flow_id: "flow-2" }],
  [5, "warning", "tr101290_cc_error", "Continuity errors", 3, 2_487_000, { flow_id: "flow-1" }],
  [
    4,
    "warning",
    "target_unreachable",
    "Chassis does not answer",
    1,
    7_326_000,
    { acknowledged_by: "R. Kaur", acknowledged_at: "2026-10-24T15:00:00Z" },
  ],
  [
    10,
    "warning",
    "version_behind",
    "Version behind, 1.3.8",
    1,
    172_800_000,
    { shelved_until: "2099-10-24T17:00:00Z", shelved_by: "R. Kaur" },
  ],
  [9, "warning", "ptp_offset_high", "PTP offset above 1 µs", 2, 48 * MINUTE, { is_raised: false }],
  [12, "warning", "tunnel_failover", "Tunnel on backup relay", 1, 53 * MINUTE, { is_raised: false }],
];

export const alarms = (now: number): Alarm[] =>
  ALARMS.map(([node, severity, code, message, count, since, more], i) => ({
    id: uuid(100 + i),
    node_id: uuid(node),
    node_name: NODES[node - 1]?.[0] ?? "",
    group_id: GROUP,
    severity,
    category: "flow",
    error_code: code,
    flow_id: null,
    input_id: null,
    output_id: null,
    message,
    is_raised: true,
    count,
    first_seen: ago(now, since),
    last_seen: ago(now, Math.min(since, MINUTE)),
    cleared_at: more.is_raised === false ? ago(now, since - 64_000) : null,
    acknowledged_at: null,
    acknowledged_by: null,
    note: null,
    shelved_until: null,
    shelved_by: null,
    ...more,
  }));

/** Those who may sit at a browser: the first does unless a test says otherwise. */
export const PEOPLE = {
  kaur: { id: uuid(900), name: "Rosa Kaur", role: "admin" },
  okafor: { id: uuid(901), name: "Tunde Okafor", role: "operator" },
  mensah: { id: uuid(902), name: "Dela Mensah", role: "operator" },
  lind: { id: uuid(903), name: "Jonas Lind", role: "viewer" },
} as const satisfies Record<string, Person>;

/** Dela Mensah may steer all but the distribution in Amsterdam. */
const allowedOf = (id: string): string[] | null => (id === PEOPLE.mensah.id ? [1, 2, 4, 5, 6, 7, 8].map(uuid) : null);

export const me = ({ id, name, role }: Person = PEOPLE.kaur): Me => ({
  id,
  username: name.toLowerCase().replace(/^(\w)\w* /, "$1."),
  display_name: name,
  email: `${name.toLowerCase().replace(" ", ".")}@meridian.example`,
  platform_role: role === "admin" ? "super_admin" : "user",
  must_change_password: false,
  expires_at: null,
  access: {
    user_id: id,
    platform_role: role === "admin" ? "super_admin" : "user",
    memberships: [{ group_id: GROUP, role, allowed_node_ids: allowedOf(id) }],
    via: "session",
  },
  groups: [
    { id: GROUP, name: "Meridian Sport", brand_color: "#4fd1c5", logo_version: null },
    { id: "grp_default", name: "Default", brand_color: null, logo_version: null },
  ],
});

const input = (id: string, kind: string, state: string, mbit: number, more = {}): Record<string, unknown> => ({
  input_id: id,
  input_type: kind,
  state,
  packets_received: 1_000_000,
  bitrate_bps: mbit * 1e6,
  packets_lost: 0,
  packets_recovered_fec: 212,
  ...more,
});

const output = (id: string, name: string, kind: string, state: string, mbit: number, more = {}): Record<string, unknown> => ({
  output_id: id,
  output_name: name,
  output_type: kind,
  state,
  packets_sent: 9e5,
  bitrate_bps: mbit * 1e6,
  packets_dropped: 0,
  ...more,
});

/** The statistics of a node's flows, as an edge sends them. */
export const flowStats = (): Record<string, unknown>[] =>
  FLOWS.map((name, i) => ({
    flow_id: `flow-${i + 1}`,
    flow_name: name,
    state: i === 3 ? "degraded" : i === 6 ? "stopped" : "running",
    health: i === 3 ? "Warning" : "Healthy",
    health_reasons: i === 3 ? [{ code: "packet_loss", severity: "Warning", detail: "0.4 % lost in the last minute." }] : [],
    uptime_secs: 21_720,
    active_input_id: "cam-match",
    pdv_jitter_us: 412,
    tr101290: { sync_loss_count: 0, cc_errors: i === 0 ? 3 : 0, pat_errors: 0 },
    media_analysis: {
      video_streams: [{ codec: "H.264", profile: "High", resolution: "1920x1080" }],
      audio_streams: [{ codec: "AAC" }, { codec: "AAC" }],
    },
    thumbnail: { live: false, alarms: [] },
    inputs_live: [
      input("cam-match", "srt", "receiving", 18.4, { srt_stats: { rtt_ms: 9 } }),
      input("evs-a", "rtp", "receiving", 18.2),
      input("cam-clean", "udp", "receiving", 18.1),
      input("slate", "media_player", "idle", 4.1),
    ],
    outputs: [
      output("mcr-main", "MCR main", "srt", "sending", 14.6, {
        local_addr: "10.20.4.11:7001",
        srt_stats: { rtt_ms: 4 },
        pcr_trust: { p50_us: 180, p99_us: 412 },
      }),
      output("mcr-backup", "MCR backup", "srt", "sending", 14.6, {
        local_addr: "10.20.4.12:7001",
        srt_stats: { rtt_ms: 4 },
        pcr_trust: { p50_us: 182, p99_us: 418 },
      }),
      output("eu-direct", "EU direct", "rtp", "sending", 14.6, { local_addr: "239.10.4.9:5004" }),
      output("local", "Local monitor", "udp", "failed", 0, {
        error: { code: "udp_output_failed", message: "There is no route to the receiver." },
      }),
    ],
  }));

/** The first flow, with what is wrong with its picture and with those of its inputs. */
export const flowWithAlarms = (alarm: string, ofInputs: Readonly<Record<string, string>>): Record<string, unknown> => {
  const [flow = {}] = flowStats();
  const thumbnail = (worst: string): Record<string, unknown> => ({ live: false, alarm: worst, alarms: [worst] });
  const inputs = flow["inputs_live"] as { input_id: string }[];
  return {
    ...flow,
    thumbnail: thumbnail(alarm),
    inputs_live: inputs.map((each) => {
      const own = ofInputs[each.input_id];
      return own === undefined ? each : { ...each, thumbnail: thumbnail(own) };
    }),
  };
};

const KINDS = ["srt", "rtp", "udp", "media_player"];

/** The flows of the list of all, by node: as many as the node's card says. */
export const flowRows = (now: number): Record<string, Record<string, FlowRow>> =>
  Object.fromEntries(
    NODES.flatMap(([, , status, flows, inMbit, outMbit, loss, rtt], n) => {
      const [active, total] = flows ?? [0, 0];
      const row = (i: number): FlowRow => ({
        name: FLOWS[(n + i) % FLOWS.length] ?? "",
        state: i >= active && status !== "offline" ? "stopped" : n === 1 && i === 0 ? "degraded" : "running",
        health: n === 1 && i === 0 ? "Error" : n === 2 && i === 1 ? "Warning" : "Healthy",
        since: ago(now, 3_600_000 * (i + 1)),
        input_id: "cam-match",
        inputs: ["cam-match", "evs-a", "spare"].map((id, k) => ({
          id,
          name: id,
          kind: KINDS[(n + i + k) % KINDS.length] ?? "",
          state: k === 0 ? "receiving" : "idle",
        })),
        outputs: (i % 4) + 1,
        bitrate_in_bps: total === 0 ? null : (inMbit * 1e6) / total,
        bitrate_out_bps: total === 0 ? null : (outMbit * 1e6) / total,
        loss_percent: i === 0 ? loss : 0,
        rtt_ms: rtt,
      });
      return total === 0 ? [] : [[uuid(n + 1), Object.fromEntries(Array.from({ length: total }, (_, i) => [`flow-${i + 1}`, row(i)]))]];
    }),
  );

export const config = (): Record<string, unknown> => ({
  version: 2,
  device_name: "NGA-OB1",
  inputs: [
    {
      type: "srt",
      id: "cam-match",
      name: "cam-match",
      mode: "caller",
      remote_addr: "198.51.100.24:7001",
      latency_ms: 240,
      passphrase: "correct horse battery",
    },
    { type: "rtp", id: "evs-a", name: "evs-a", bind_addr: "239.10.4.1:5004" },
    { type: "udp", id: "spare", name: "Spare", bind_addr: "0.0.0.0:5006" },
  ],
  outputs: [{ type: "srt", id: "mcr-main", name: "MCR main", mode: "caller", remote_addr: "10.20.4.11:7001" }],
  flows: [{ id: "flow-1", name: "World feed dirty", input_ids: ["cam-match", "evs-a"], output_ids: ["mcr-main"] }],
});
