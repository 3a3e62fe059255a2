import { randomBytes, randomUUID } from "node:crypto";
import { ENDPOINTS, type EndpointName, type NodeObject, type Share, type UserObject } from "@bilbycast/contracts/manager-api";
import { waitFor } from "@bilbycast/testkit/peers";
import { TOKEN_PREFIX } from "../../src/access/callers.ts";
import { openSession } from "../../src/auth/sessions.ts";
import { addNode, FakeNode } from "../fake-node.ts";
import { TestClient } from "../test-client.ts";
import { addGroup, addPerson, KEYS, PASSWORD, type TestManager } from "../test-manager.ts";
import { CALLERS, GROUPS, type Caller, type Group } from "./callers.ts";
import { EXAMPLES } from "./examples.ts";

/** Words that stand in every name of a tenant's things, so that a leak is a search for bytes. */
export const MARKS = { north: "NORTHMARK", south: "SOUTHMARK" } as const;

/** What the request of one endpoint is about. */
export type At = {
  readonly endpoint: EndpointName;
  readonly nodeId: string;
  readonly userId: string;
  readonly presetId: string;
  readonly pageId: string;
  /** Rises with each request: for names that must be new. */
  readonly count: number;
  readonly world: World;
};

const SHARES: readonly { group: Group; permission: Share["permission"]; expires: Date | null }[] = [
  { group: "view", permission: "view", expires: null },
  { group: "operate", permission: "operate", expires: new Date(Date.now() + 3_600_000) },
  { group: "manage", permission: "manage", expires: null },
  { group: "expired", permission: "manage", expires: new Date(Date.now() - 60_000) },
];

/** Two tenants, everybody of the table of callers, a node and a person for each endpoint, and nodes that are connected. */
export class World {
  readonly manager: TestManager;
  readonly userIds = new Map<string, string>();
  /** Everything that no log and no answer may show, by what it is. */
  readonly secrets = new Map<string, string>();
  readonly things = new Map<EndpointName, { nodeId: string; userId: string; presetId: string; pageId: string }>();
  liveNodeId = "";
  southNodeId = "";
  #tokens = new Map<string, string>();
  #nodes: FakeNode[] = [];
  #count = 0;

  private constructor(manager: TestManager) {
    this.manager = manager;
  }

  static async open(manager: TestManager): Promise<World> {
    const world = new World(manager);
    for (const [group, id] of Object.entries(GROUPS)) {
      await addGroup(manager.database, id);
      const mark = group.startsWith("north") ? MARKS.north : group === "south" ? MARKS.south : "Guest";
      await manager.database.queries
        .updateTable("groups")
        .set({ name: `${mark} ${group}` })
        .where("id", "=", id)
        .execute();
    }
    for (const caller of CALLERS) {
      await world.#addCaller(caller);
    }
    await addPerson(manager.database, "doorman");
    await world.#connectNodes();
    world.secrets.set("password", PASSWORD);
    for (const [name, key] of Object.entries(KEYS)) {
      world.secrets.set(`${name} hex`, Buffer.from(key).toString("hex"));
      world.secrets.set(`${name} base64`, Buffer.from(key).toString("base64"));
    }
    for (const name of Object.keys(ENDPOINTS) as EndpointName[]) {
      world.things.set(name, {
        nodeId: EXAMPLES[name].isLive === true ? world.liveNodeId : randomUUID(),
        userId: randomUUID(),
        presetId: randomUUID(),
        pageId: randomUUID(),
      });
    }
    return world;
  }

  /** The same node and person as before, as if nobody had touched them. */
  async refresh(endpoint: EndpointName): Promise<At> {
    const { queries } = this.manager.database;
    const { nodeId = "", pageId = "", presetId = "", userId = "" } = this.things.get(endpoint) ?? {};
    if (nodeId !== this.liveNodeId) {
      await queries.deleteFrom("nodes").where("id", "=", nodeId).execute();
      await addNode(this.manager, { id: nodeId, name: `${MARKS.north} ${endpoint}`, groupId: GROUPS.north });
    }
    await this.#shareNode(nodeId);
    await queries.deleteFrom("users").where("id", "=", userId).execute();
    await queries
      .insertInto("users")
      .values({
        id: userId,
        username: `${MARKS.north}.${endpoint}`,
        display_name: MARKS.north,
        email: null,
        password_hash: "$",
        expires_at: null,
        last_login_at: null,
      })
      .execute();
    await queries
      .insertInto("group_members")
      .values({ group_id: GROUPS.north, user_id: userId, role: "viewer", allowed_node_ids: null })
      .execute();
    if (ENDPOINTS[endpoint].act.startsWith("switcher.")) {
      await this.#refreshDesk(endpoint, presetId, pageId);
    }
    return { endpoint, nodeId, userId, presetId, pageId, count: ++this.#count, world: this };
  }

  /** A preset that is in PVW where it is to be taken, and on neither bus where it is to go. */
  async #refreshDesk(endpoint: EndpointName, presetId: string, pageId: string): Promise<void> {
    const { queries } = this.manager.database;
    const groupId = GROUPS.north;
    await queries.deleteFrom("switcher_presets").where("id", "=", presetId).execute();
    await queries.deleteFrom("switcher_pages").where("id", "=", pageId).execute();
    const look = { group_id: groupId, name: `${MARKS.north} ${endpoint}`, color: "grey" as const, position: 0 };
    await queries
      .insertInto("switcher_pages")
      .values({ id: pageId, ...look })
      .execute();
    await queries
      .insertInto("switcher_presets")
      .values({
        id: presetId,
        ...look,
        page_id: pageId,
        short_label: "WALK",
        description: "",
        actions: JSON.stringify(this.actions),
        updated_by: MARKS.north,
      })
      .execute();
    // A Take is not judged by what a node said long ago.
    const spokenAt = Date.now();
    this.liveNode.speak(`${MARKS.north} flow`);
    await waitFor("the node's word", () => (this.manager.states.get(this.liveNodeId)?.statsAt ?? 0) >= spokenAt);
    const pvw = endpoint === "take" ? presetId : null;
    await queries
      .insertInto("switcher_desks")
      .values({ group_id: groupId, pvw_preset_id: pvw })
      .onConflict((conflict) => conflict.column("group_id").doUpdateSet({ pvw_preset_id: pvw, pgm_preset_id: null, pgm_state: null }))
      .execute();
  }

  /** What the presets of the world do: what is so already. */
  get actions(): unknown[] {
    return [{ type: "activate_input", node_id: this.liveNodeId, flow_id: "f1", input_id: "i1" }];
  }

  nodeObject(nodeId: string): NodeObject {
    const shares = SHARES.map(({ group, permission, expires }) => ({
      group_id: GROUPS[group],
      permission,
      expires_at: expires?.toISOString() ?? null,
    }));
    return { nodeId, ownerGroupId: GROUPS.north, shares };
  }

  userObject(userId: string): UserObject {
    return { userId, platformRole: "user", groupIds: [GROUPS.north] };
  }

  userIdOf(caller: Caller): string {
    return this.userIds.get(caller.name) ?? "";
  }

  /** A client with credentials of the caller's that nobody has used yet. */
  async clientOf(caller: Caller): Promise<TestClient> {
    const client = new TestClient(this.manager.base);
    if (caller.via === "token") {
      client.bearer = this.#tokens.get(caller.name);
    } else if (caller.via === "session") {
      const { token, csrf, id } = await this.sessionOf(caller);
      client.cookies.set("session", token).set("csrf_token", csrf);
      client.csrf = csrf;
      if (caller.state === "must_change_password") {
        await this.manager.database.queries
          .updateTable("users")
          .set({ must_change_password: true })
          .where("id", "=", this.userIdOf(caller))
          .execute();
      }
      if (caller.state === "revoked") {
        await this.manager.database.queries.deleteFrom("sessions").where("id", "=", id).execute();
      }
    }
    return client;
  }

  async sessionOf(caller: Caller): Promise<{ token: string; csrf: string; id: string }> {
    const { app, database } = this.manager;
    const session = await database.transaction((tx) =>
      openSession(tx, app, { id: this.userIdOf(caller), platformRole: caller.platform ?? "user" }, { ipAddress: "", userAgent: "" }, 1),
    );
    this.secrets.set(`session of ${caller.name}`, session.token).set(`csrf of ${caller.name}`, session.csrf);
    return session;
  }

  /** An API token of the caller's; its id. */
  async tokenOf(caller: Caller, name: string, tokenRole: Caller["tokenRole"] = "viewer"): Promise<string> {
    const { app, database } = this.manager;
    const token = `${TOKEN_PREFIX}${randomBytes(32).toString("base64url")}`;
    const fingerprint = app.vault.fingerprint("api-token", token);
    this.secrets.set(`token ${name}`, token).set(`fingerprint of token ${name}`, fingerprint);
    this.#tokens.set(name, token);
    const expiresAt = new Date(Date.now() + (caller.state === "token_expired" ? -1_000 : 3_600_000));
    const { id } = await database.queries
      .insertInto("api_tokens")
      .values({
        user_id: this.userIdOf(caller),
        name,
        fingerprint,
        group_id: null,
        role: tokenRole,
        expires_at: expiresAt,
        last_used_at: null,
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  }

  get liveNode(): FakeNode {
    const [node] = this.#nodes;
    if (node === undefined) {
      throw new TypeError("the world has no node yet");
    }
    return node;
  }

  /** The connected nodes, by the mark of their tenant. */
  get talkers(): [FakeNode, string][] {
    return this.#nodes.map((node, i) => [node, [MARKS.north, MARKS.south][i] ?? ""]);
  }

  close(): void {
    for (const node of this.#nodes) {
      node.close();
    }
  }

  async #addCaller(caller: Caller): Promise<void> {
    const { database } = this.manager;
    if (caller.via === "nobody") {
      return;
    }
    const id = await addPerson(database, caller.name, {}, caller.platform);
    this.userIds.set(caller.name, id);
    for (const [group, role] of Object.entries(caller.groups)) {
      await database.queries
        .insertInto("group_members")
        .values({ group_id: GROUPS[group as Group], user_id: id, role, allowed_node_ids: caller.isLimited === true ? [] : null })
        .execute();
    }
    const mark = "north" in caller.groups ? MARKS.north : "south" in caller.groups ? MARKS.south : caller.name;
    await database.queries
      .updateTable("users")
      .set({
        display_name: mark,
        ...(caller.state === "disabled" ? { is_active: false } : {}),
        ...(caller.state === "expired" ? { expires_at: new Date(Date.now() - 1_000) } : {}),
        ...(caller.state === "must_change_password" ? { must_change_password: true } : {}),
      })
      .where("id", "=", id)
      .execute();
    if (caller.via === "token") {
      await this.tokenOf(caller, caller.name, caller.tokenRole);
    }
  }

  async #connectNodes(): Promise<void> {
    for (const [mark, groupId] of [
      [MARKS.north, GROUPS.north],
      [MARKS.south, GROUPS.south],
    ] as const) {
      const { id, secret } = await addNode(this.manager, { name: `${mark} live`, groupId });
      this.secrets.set(`secret of ${mark}`, secret);
      this.secrets.set(`fingerprint of ${mark}`, this.manager.app.vault.fingerprint("node-secret", secret));
      const node = await FakeNode.in(this.manager.base, id, secret);
      node.config = {
        version: 2,
        device_name: mark,
        flows: [{ id: "f1", name: `${mark} flow`, input_ids: ["i1"], output_ids: [] }],
        inputs: [{ id: "i1", name: "One", type: "udp", active: true, bind_addr: "127.0.0.1:5001" }],
        outputs: [],
      };
      node.speak(`${mark} flow`);
      this.#nodes.push(node);
      if (mark === MARKS.north) {
        this.liveNodeId = id;
      } else {
        this.southNodeId = id;
      }
    }
    await this.#shareNode(this.liveNodeId);
  }

  async #shareNode(nodeId: string): Promise<void> {
    const { queries } = this.manager.database;
    await queries.deleteFrom("resource_shares").where("resource_id", "=", nodeId).execute();
    await queries
      .insertInto("resource_shares")
      .values(
        SHARES.map(({ group, permission, expires }) => ({
          resource_type: "node" as const,
          resource_id: nodeId,
          group_id: GROUPS[group],
          permission,
          expires_at: expires,
          created_by: "walk",
        })),
      )
      .execute();
  }
}
