import { randomUUID } from "node:crypto";
import type { EndpointName } from "@bilbycast/contracts/manager-api";
import { revisionOf } from "../../src/config/keyed.ts";
import { PASSWORD } from "../test-manager.ts";
import { GROUPS, type Caller } from "./callers.ts";
import type { At } from "./world.ts";

/** A request that works for whoever may make it. */
export type Example = {
  /** What stands in the path besides the node, the person and the group. */
  readonly params?: (at: At) => Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: (at: At) => unknown;
  /** Makes what is the caller's own; what it answers stands in the path. */
  readonly prepare?: (at: At, caller: Caller) => Promise<Readonly<Record<string, string>>>;
  /** It is about the node that is connected. */
  readonly isLive?: true;
  /** A group in which it takes the right to add a node as well. */
  readonly into?: string;
  /** It tells the connected node something, which takes Operate on it as well. */
  readonly operates?: true;
  /** Status of the answer to who may, where it is not the endpoint's own. */
  readonly answers?: number;
  /** Rows of the record that it leaves when it changes something, where it is not one. */
  readonly rows?: number;
};

const NONE: Example = {};
const LIVE: Example = { isLive: true };
const SHOWN = { display_name: "Somebody", email: null };
const NODE = { description: "In the basement", network_type: "nat", network_zone: null, web_ui_url: null, expires_at: null };
const newName = ({ count }: At): string => `walk-${count}`;

const auth = {
  login: { body: () => ({ username: "doorman", password: PASSWORD }) },
  logout: NONE,
  me: NONE,
  updateMe: { body: () => ({ display_name: "Somebody else", email: "somebody@example.org" }) },
  changePassword: { body: () => ({ current_password: PASSWORD, new_password: PASSWORD }) },
  sessions: NONE,
  revokeSession: { prepare: async ({ world }, caller) => ({ session_id: (await world.sessionOf(caller)).id }) },
  tokens: NONE,
  createToken: { body: (at) => ({ name: newName(at), group_id: null, role: "viewer", expires_in_days: 1 }) },
  revokeToken: { prepare: async (at, caller) => ({ token_id: await at.world.tokenOf(caller, newName(at)) }) },
} satisfies Readonly<Record<string, Example>>;

const people = {
  users: NONE,
  createUser: {
    body: (at) => ({ group_id: GROUPS.north, role: "viewer", username: newName(at), password: "Another-Horse-8", ...SHOWN }),
  },
  user: NONE,
  updateUser: { body: () => ({ ...SHOWN, is_active: true, is_temporary: false, expires_at: null }) },
  setUserPassword: { body: () => ({ new_password: "Another-Horse-8" }) },
  setPlatformRole: { body: () => ({ platform_role: "user" }) },
  deleteUser: NONE,
} satisfies Readonly<Record<string, Example>>;

/** A picture of one grey pixel. */
const LOGO = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg==", "base64");
const withLogo = async ({ world }: At): Promise<Readonly<Record<string, string>>> => {
  await world.manager.database.queries.updateTable("groups").set({ logo: LOGO, logo_version: 1 }).where("id", "=", GROUPS.north).execute();
  return { group_id: GROUPS.north };
};

const groups = {
  groups: NONE,
  createGroup: { body: (at) => ({ slug: newName(at), name: newName(at) }) },
  group: NONE,
  updateGroup: { body: () => ({ name: "NORTHMARK north", brand_color: "#102030" }) },
  groupLogo: { prepare: withLogo },
  setGroupLogo: { body: () => ({ png: LOGO.toString("base64") }) },
  removeGroupLogo: { prepare: withLogo },
  setQuotas: { body: () => ({ max_nodes: null, max_users: null, max_tunnels: 5 }) },
  // It still owns nodes.
  deleteGroup: { answers: 409, rows: 0 },
  groupUsage: NONE,
  members: NONE,
  memberCandidates: { query: "?search=walk" },
  setMember: { body: () => ({ role: "operator", allowed_node_ids: null }) },
  removeMember: NONE,
} satisfies Readonly<Record<string, Example>>;

const nodes = {
  deviceTypes: NONE,
  nodes: NONE,
  createNode: { body: (at) => ({ group_id: GROUPS.north, name: newName(at), ...NODE }) },
  node: NONE,
  updateNode: { body: ({ endpoint }) => ({ name: `NORTHMARK ${endpoint}`, ...NODE }) },
  deleteNode: NONE,
  nodeToken: NONE,
  rotateSecret: LIVE,
  // Both groups find it in their records.
  transferNode: { body: () => ({ new_group_id: GROUPS.northToo }), into: GROUPS.northToo, rows: 2 },
  shares: NONE,
  setShare: { params: () => ({ group_id: GROUPS.view }), body: () => ({ permission: "operate", expires_at: null }) },
  removeShare: { params: () => ({ group_id: GROUPS.view }) },
  nodeState: LIVE,
  flowPicture: { ...LIVE, params: () => ({ flow_id: "f1" }) },
  inputPicture: { ...LIVE, params: () => ({ input_id: "i1" }) },
  command: { ...LIVE, body: () => ({ action: { type: "start_flow", flow_id: "f1" } }) },
} satisfies Readonly<Record<string, Example>>;

/** The configuration that the node has. */
const whole = ({ world }: At): unknown => ({ base_revision: revisionOf(world.liveNode.config), config: world.liveNode.config });
const ofNothing = (name: string): Example => ({ ...LIVE, params: () => ({ [name]: randomUUID() }), answers: 404, rows: 0 });

const config = {
  config: LIVE,
  configSchema: LIVE,
  planConfig: { ...LIVE, body: whole, rows: 0 },
  putConfig: { ...LIVE, body: whole },
  changes: LIVE,
  change: ofNothing("change_id"),
  revertChange: ofNothing("change_id"),
  snapshots: LIVE,
  snapshot: ofNothing("snapshot_id"),
  labelSnapshot: { ...ofNothing("snapshot_id"), body: () => ({ label: "before the match" }) },
  restoreSnapshot: ofNothing("snapshot_id"),
} satisfies Readonly<Record<string, Example>>;

const preference = { params: () => ({ key: "theme" }), rows: 0 };
const setTheme = async (at: At, caller: Caller): Promise<Readonly<Record<string, string>>> => {
  await at.world.manager.database.queries
    .insertInto("ui_preferences")
    .values({ user_id: at.world.userIdOf(caller), key: "theme", value: '"dark"' })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return {};
};

const records = {
  events: NONE,
  alarms: NONE,
  acknowledge: { body: () => ({ ids: [randomUUID()] }), rows: 0 },
  shelve: { body: () => ({ ids: [randomUUID()], minutes: 5 }), rows: 0 },
  nodeHistory: { query: "?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z" },
  audit: { query: "?limit=200" },
  exportAudit: NONE,
  verifyAudit: NONE,
  settings: NONE,
  updateSettings: { body: () => ({ events_retention_days: 31 }) },
  // What one's console remembers is nobody else's concern: it is not on record.
  preferences: NONE,
  preference: { ...preference, prepare: setTheme },
  setPreference: { ...preference, body: () => ({ value: "light" }) },
  deletePreference: { ...preference, prepare: setTheme },
  instances: NONE,
} satisfies Readonly<Record<string, Example>>;

const preset = ({ count, world }: At): object => ({ name: `walk-${count}`, short_label: "WALK", actions: world.actions });
const onDesk = { group_id: GROUPS.north };
const ofNoTake = { body: () => ({ ...onDesk, take_id: randomUUID() }), answers: 404, rows: 0 };

const switcher = {
  desks: NONE,
  desk: NONE,
  presets: NONE,
  pages: NONE,
  createPreset: { body: (at) => ({ ...onDesk, ...preset(at) }) },
  updatePreset: { body: preset },
  deletePreset: NONE,
  createPage: { body: (at) => ({ ...onDesk, name: newName(at) }) },
  updatePage: { body: (at) => ({ name: newName(at) }) },
  deletePage: NONE,
  impact: NONE,
  // Markers: on no record.
  setPvw: { body: (at) => ({ ...onDesk, preset_id: at.presetId }), rows: 0 },
  lockDesk: { body: () => ({ is_locked: false }), rows: 0 },
  sit: { body: () => ({ seat: randomUUID(), mode: "live", is_armed: false }), rows: 0 },
  // How it began and how it ended.
  take: { body: () => ({ ...onDesk, wait: "verified" }), rows: 2, operates: true },
  activate: { body: () => ({ wait: "verified" }), rows: 2, operates: true },
  retry: ofNoTake,
  revert: ofNoTake,
  takeOf: ofNothing("take_id"),
  revertImpact: ofNothing("take_id"),
} satisfies Readonly<Record<string, Example>>;

/** One for each endpoint: the types and a test hold it to that. */
export const EXAMPLES: Readonly<Record<EndpointName, Example>> = {
  ...auth,
  ...people,
  ...groups,
  ...nodes,
  ...config,
  ...records,
  ...switcher,
};
