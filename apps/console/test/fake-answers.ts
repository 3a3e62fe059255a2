import { configJsonSchema } from "@bilbycast/contracts/config";
import type { EndpointName } from "@bilbycast/contracts/manager-api";
import { declarations } from "@bilbycast/transports/declarations";
import type { Person } from "./fake-presets.ts";
import { pitch } from "./pitch.ts";
import { alarms, cards, config, flowStats, GROUP, me, plantNodes, uuid } from "./plant.ts";

export type Asked = {
  params: Record<string, string>;
  body: unknown;
  query: URLSearchParams;
  person: Person;
  /** Of If-Match. */
  version: number | undefined;
};
type Given = { status: number; value: unknown; type?: string; headers?: Record<string, string> };
export type Answer = (asked: Asked) => Given | Promise<Given>;

const ok = (value: unknown): { status: number; value: unknown } => ({ status: 200, value });
const done: Answer = () => ({ status: 204, value: undefined });
const time = (ago = 0): string => new Date(Date.now() - ago).toISOString();
const HASH = "0123456789abcdef".repeat(4);
const MINUTE = 60_000;
const HOUR = 3_600_000;

const nodes = () =>
  plantNodes().map(({ id, name, about, status, version, kind }) => ({
    id,
    name,
    description: about,
    device_type: kind,
    owner_group_id: GROUP,
    status,
    status_since: time(2_036_000),
    last_seen_at: time(status === "offline" ? 2_036_000 : 400),
    software_version: version,
    protocol_version: 4,
    capabilities: kind === "edge" ? ["redundancy-2022-7", "tr101290_full", "display"] : [],
    expires_at: null,
    web_ui_url: null,
    network_type: "nat",
    network_zone: null,
    has_token: false,
    permission: "manage",
    is_shared: false,
    created_at: time(9e9),
    version: 1,
  }));

const nodeOf = (id: string | undefined) => nodes().find((node) => node.id === id);

const shares = () => [
  { group_id: "grp_default", permission: "view", expires_at: null },
  { group_id: "grp_harbour", permission: "operate", expires_at: time(-48 * HOUR) },
];

const enrolment = () => ({
  registration_token: "rt_3mW8kQ2vX9pL5nR7tY1uB4cD6fG0hJ",
  expires_at: time(-86_400_000),
  manager_url: "wss://manager.meridian.example:8443/ws/node",
  cert_fingerprint: "7F:3A:11:C1",
  start_command:
    "BILBYCAST_REGISTRATION_TOKEN=rt_3mW8kQ2vX9pL5nR7tY1uB4cD6fG0hJ npx bilbycast-edge --manager wss://manager.meridian.example:8443/ws/node",
});

const EVENTS: [agoMs: number, node: number, severity: string, message: string, code: string][] = [
  [60_000, 2, "info", "Okafor changed World feed, SRT latency 120 to 240 ms", "config_changed"],
  [240_000, 2, "critical", "Loss began on path B", "bond_path_loss_high"],
  [480_000, 5, "info", "Routine Court line-up ran, 3 of 3 done", "routine_done"],
  [780_000, 3, "warning", "Passed 80 % of units", "resource_units_high"],
  [880_000, 7, "info", "Kaur started OTT low latency", "flow_started"],
];

const events = () =>
  EVENTS.map(([ago, node, severity, message, code], i) => ({
    id: String(500 - i),
    at: time(ago),
    node_id: uuid(node),
    node_name: plantNodes()[node - 1]?.name ?? "",
    group_id: GROUP,
    severity,
    category: "flow",
    message,
    error_code: code,
    flow_id: null,
    input_id: null,
    output_id: null,
    details: {},
    alarm_id: code === "bond_path_loss_high" ? uuid(100) : null,
  }));

const STEPS = 120;

/** A line that moves a little, the third with a gap in it. */
const wave = (base: number, swing: number, seed: number): (number | null)[] =>
  Array.from({ length: STEPS }, (_, i) =>
    seed === 3 && i > 60 && i < 68 ? null : base + swing * Math.sin(i / 7 + seed) + swing * 0.4 * Math.sin(i * 1.7 * seed),
  );

const history = (query: URLSearchParams, nodeId: string) => {
  const rate = cards(Date.now()).find(({ id }) => id === nodeId)?.bitrate_in_bps ?? 0;
  const inBps = query.has("flow_id") ? 18.4e6 : rate;
  const end = Date.parse(query.get("to") ?? time());
  return {
    step_seconds: 30,
    at: Array.from({ length: STEPS }, (_, i) => new Date(end - (STEPS - i) * 30_000).toISOString()),
    cpu_percent: wave(58, 4, 1),
    ram_percent: wave(41, 1, 2),
    flows: [
      {
        flow_id: query.get("flow_id") ?? "flow-1",
        bitrate_in_bps: wave(inBps, inBps / 60, 3),
        bitrate_out_bps: wave(14.6e6, 2e5, 4),
        packets_lost: wave(1, 1, 5).map((value) => (value === null ? null : Math.max(0, Math.round(value)))),
        rtt_ms: wave(9, 1, 6),
        health: wave(0, 0, 1),
      },
    ],
  };
};

type Role = "viewer" | "operator" | "admin";

const user = (n: number, username: string, name: string, role: Role, platform: "user" | "super_admin" = "user") => ({
  id: uuid(900 + n),
  username,
  display_name: name,
  email: `${username}@meridian.example`,
  platform_role: platform,
  is_active: n !== 3,
  is_temporary: n === 2,
  expires_at: n === 2 ? time(-240 * HOUR) : null,
  last_login_at: n === 3 ? null : time(n * HOUR),
  created_at: time(9e9),
  version: 1,
  memberships: [{ group_id: GROUP, role, allowed_node_ids: null }],
});

const users = () => [
  user(0, "r.kaur", "Rosa Kaur", "admin", "super_admin"),
  user(1, "t.okafor", "Tunde Okafor", "operator"),
  user(2, "d.mensah", "Dela Mensah", "operator"),
  user(3, "j.lind", "Jonas Lind", "viewer"),
];

const members = () =>
  users().map((each) => ({
    user_id: each.id,
    username: each.username,
    display_name: each.display_name,
    role: each.memberships[0]?.role,
    allowed_node_ids: null,
    is_active: each.is_active,
    last_login_at: each.last_login_at,
  }));

const group = (id: string, name: string, color: string | null) => ({
  id,
  slug: id,
  name,
  brand_color: color,
  logo_version: null,
  max_nodes: 40,
  max_users: null,
  max_tunnels: 20,
  created_at: time(9e9),
  version: 1,
});

const change = (state: string, summary: string, minutes: number) => ({
  id: uuid(700 + minutes),
  node_id: uuid(5),
  by: "T. Okafor",
  at: time(minutes * MINUTE),
  summary,
  state,
  watched_until: null,
  differences: [{ path: "/inputs/cam-match/latency_ms", kind: "changed", before: 120, after: 240 }],
  alarms: state === "troubled" ? [{ alarm_id: uuid(100), severity: "critical", message: "Loss above 1 % on path B" }] : [],
  error: null,
  error_code: null,
  can_revert: state !== "reverted",
});

const snapshot = () => ({
  id: uuid(800),
  taken_at: time(90_000),
  reason: "before a change",
  label: "Before the match",
  by: "T. Okafor",
  revision: HASH,
});

const AUDIT: [action: string, type: string, target: string, actor: string, changes: unknown[]][] = [
  ["node.config.update", "node", "HBR-OB1", "Tunde Okafor", [{ field: "inputs/world/latency_ms", before: 120, after: 240 }]],
  ["alarm.acknowledge", "alarm", "Node disconnected", "Tunde Okafor", []],
  ["user.create", "user", "Jonas Lind", "Rosa Kaur", [{ field: "role", after: "viewer" }]],
  ["auth.login", "user", "Rosa Kaur", "Rosa Kaur", []],
];

const audit = () =>
  AUDIT.map(([action, type, target, actor, changes], i) => ({
    seq: 900 - i,
    at: time(i * 400_000),
    actor_id: uuid(900),
    actor_name: actor,
    via: "session",
    action,
    group_id: GROUP,
    target_type: type,
    target_id: uuid(i + 1),
    target_name: target,
    changes,
    details: {},
    ip_address: "10.8.0.4",
    hash: HASH,
  }));

const instance = (id: string, nodeCount: number, isOwn: boolean) => ({
  id,
  region: "eu-west",
  version: "1.4.0",
  started_at: time(240 * HOUR),
  last_heartbeat_at: time(900),
  nodes: nodeCount,
  is_own: isOwn,
});

const chosen = (body: unknown) =>
  ok({ done: alarms(Date.now()).filter(({ id }) => (body as { ids: string[] }).ids.includes(id)), refused: [] });

/** A new picture five times a second, each 0.2 s old. */
const pictureOf = (name: string): Given => ({
  status: 200,
  value: pitch(name),
  type: "image/png",
  headers: { "x-taken-at": time(200), etag: `"${Math.floor(Date.now() / 200)}"` },
});

/** What each endpoint answers, where a test does not say otherwise. */
export const answers: Partial<Record<EndpointName, Answer>> = {
  login: ({ body, person }) =>
    (body as { password: string }).password === "Correct1"
      ? ok({ csrf_token: "csrf", user: me(person) })
      : { status: 401, value: { error: "User name or password is wrong.", error_code: "auth_refused" } },
  logout: done,
  me: ({ person }) => ok(me(person)),
  nodes: () => ok({ nodes: nodes() }),
  node: ({ params }) => {
    const found = nodeOf(params["node_id"]);
    return found === undefined ? { status: 404, value: { error: "There is nothing of this name.", error_code: "not_found" } } : ok(found);
  },
  createNode: ({ body }) => ({
    status: 201,
    value: { node: { ...nodes()[0], id: uuid(50), status: "pending", name: (body as { name: string }).name }, enrolment: enrolment() },
  }),
  updateNode: ({ params, body }) => ok({ ...nodeOf(params["node_id"]), ...(body as object), version: 2 }),
  nodeToken: () => ok(enrolment()),
  rotateSecret: done,
  shares: () => ok({ shares: shares() }),
  setShare: ({ params, body }) => ok({ group_id: params["group_id"], ...(body as object) }),
  removeShare: done,
  transferNode: ({ params, body }) =>
    ok({ ...nodeOf(params["node_id"]), owner_group_id: (body as { new_group_id: string }).new_group_id, version: 2 }),
  deleteNode: done,
  deviceTypes: () =>
    ok({
      device_types: [
        {
          device_type: "edge",
          display_name: "Edge",
          supported_commands: ["test_input", "test_output"].map((name) => ({
            name,
            description: "Say how it stands",
            requires_role: "operator",
            changes_config: false,
          })),
          sections: [],
          topology: { icon: "edge", list_in_topology: true },
        },
      ],
    }),
  nodeState: () =>
    ok({
      stats: { flows: flowStats() },
      stats_at: time(400),
      health: {
        resource_budget: {
          units_used: 5_490,
          units_total: 9_000,
          cpu: { brand: "AMD EPYC 7443P", physical_cores: 24, logical_cores: 48, avx_class: "avx2" },
        },
      },
      health_at: time(400),
      metrics: [],
    }),
  nodeHistory: ({ query, params }) => ok(history(query, params["node_id"] ?? "")),
  flowPicture: ({ params }) => pictureOf(`${params["node_id"]} ${params["flow_id"]}`),
  inputPicture: ({ params }) => pictureOf(params["input_id"] ?? ""),
  command: () => ok({ command_id: uuid(1), success: true, change_id: null }),
  config: () => ok({ config: config(), revision: HASH, reported_at: time(900), is_live: true }),
  configSchema: () => ok({ schema: configJsonSchema(declarations), version: "1.4.0" }),
  planConfig: ({ body }) =>
    ok({
      revision: HASH,
      differences: [
        { path: "/inputs/aerial-in", kind: "added" },
        { path: "/flows/aerial", kind: "added" },
      ],
      conflicts: [],
      merged: (body as { config: object }).config,
      findings: [],
      restarts: [],
    }),
  putConfig: () => ok(change("watching", "Added flow Aerial", 0)),
  changes: () =>
    ok({ changes: [change("verified", "Latency of cam-match 120 to 240 ms", 1), change("troubled", "Added output EU direct", 40)] }),
  snapshots: () => ok({ snapshots: [snapshot()] }),
  snapshot: () => ok({ ...snapshot(), config: config(), differences: change("verified", "", 0).differences }),
  events: () => ok({ entries: events(), next_cursor: null }),
  alarms: () => ok({ alarms: alarms(Date.now()), counts: { critical: 2, warning: 5, unacknowledged: 4 } }),
  acknowledge: ({ body }) => chosen(body),
  shelve: ({ body }) => chosen(body),
  users: () => ok({ users: users() }),
  createUser: ({ body }) => {
    const { display_name: name, username } = body as { display_name: string; username: string };
    return ok({ ...users()[0], id: uuid(990), username, display_name: name });
  },
  groups: () => ok({ groups: [group(GROUP, "Meridian Sport", "#4fd1c5"), group("grp_default", "Default", null)] }),
  setGroupLogo: ({ params }) => ok({ ...group(params["group_id"] ?? "", "Meridian Sport", "#4fd1c5"), logo_version: 2, version: 2 }),
  removeGroupLogo: done,
  groupLogo: () => ({ status: 200, value: pitch("logo"), type: "image/png" }),
  updateGroup: ({ params, body }) => ok({ ...group(params["group_id"] ?? "", "", null), ...(body as object), version: 2 }),
  groupUsage: () => ok({ nodes: cards(Date.now()).length, users: 4, tunnels: 17, max_nodes: 40, max_users: null, max_tunnels: 20 }),
  members: () => ok({ members: members() }),
  memberCandidates: () => ok({ candidates: [] }),
  audit: () => ok({ entries: audit(), next_cursor: null }),
  verifyAudit: () => ok({ is_whole: true, rows: 48_211, first_broken_seq: null }),
  settings: () =>
    ok({
      events_retention_days: 30,
      audit_retention_days: 730,
      ws_keepalive_interval_secs: 15,
      session_lifetime_hours: 24,
      max_login_attempts: 5,
      node_offline_threshold_secs: 30,
      change_watch_secs: 20,
    }),
  preferences: () => ok({ preferences: {} }),
  setPreference: ({ body }) => ok(body),
  instances: () => ok({ instances: [instance("ldn-a", 7, true), instance("ldn-b", 5, false)] }),
  sessions: () =>
    ok({
      sessions: [
        {
          id: uuid(1),
          created_at: time(HOUR),
          last_seen_at: time(900),
          expires_at: time(-HOUR),
          ip_address: "10.8.0.4",
          user_agent: "Firefox 152 on Linux",
          is_own: true,
        },
      ],
    }),
  tokens: () =>
    ok({
      tokens: [
        {
          id: uuid(1),
          name: "Companion",
          group_id: GROUP,
          role: "operator",
          created_at: time(9e8),
          expires_at: time(-9e9),
          last_used_at: time(4_000),
        },
      ],
    }),
};
