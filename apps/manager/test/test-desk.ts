import type { Desk, Preset, PresetAction, Take } from "@bilbycast/contracts/manager-api";
import { waitFor } from "@bilbycast/testkit/peers";
import { SwitchedNode } from "./switched-node.ts";
import { TestClient, type Answer } from "./test-client.ts";
import { addGroup, addPerson, type TestManager } from "./test-manager.ts";

export const GROUP = "grp_desk";

type Whole = { desk: Desk; presets: Preset[]; takes: Take[] };

/** A desk with two nodes: `a` and `b` of two flows each, three sources a flow, two outputs a flow; and the people at it. */
export type TestDesk = {
  readonly manager: TestManager;
  readonly nodes: { readonly a: SwitchedNode; readonly b: SwitchedNode };
  readonly director: TestClient;
  readonly second: TestClient;
  readonly admin: TestClient;
  readonly userIds: { readonly director: string; readonly second: string };
  whole(): Promise<Whole>;
  /** A preset that puts source 1, 2 or 3 on both flows of the nodes. */
  preset(name: string, source: 1 | 2 | 3, nodes?: readonly SwitchedNode[]): Promise<Preset>;
  load(presetId: string | null, by?: TestClient): Promise<Answer>;
  take(body?: Record<string, unknown>, by?: TestClient): Promise<Answer>;
  /** The take as it is when it is over. */
  over(takeId: unknown): Promise<Take>;
  /** Names of the record's rows of the switcher, with what they say of how it went, the oldest first. */
  onRecord(): Promise<{ action: string; phase?: unknown; outcome?: unknown; kind?: unknown; actor: string }[]>;
};

const FLOWS = [
  { id: "main", inputs: ["m1", "m2", "m3"], outputs: ["mo1", "mo2"] },
  { id: "clean", inputs: ["c1", "c2", "c3"], outputs: ["co1", "co2"] },
] as const;

export const actionsOf = (nodes: readonly SwitchedNode[], source: 1 | 2 | 3): PresetAction[] =>
  nodes.flatMap(({ id }) =>
    FLOWS.map(({ id: flowId, inputs }) => ({
      type: "activate_input" as const,
      node_id: id,
      flow_id: flowId,
      input_id: inputs[source - 1] ?? "",
    })),
  );

export const testDesk = async (manager: TestManager): Promise<TestDesk> => {
  await addGroup(manager.database, GROUP);
  const userIds = {
    director: await addPerson(manager.database, "director", { [GROUP]: "operator" }),
    second: await addPerson(manager.database, "second", { [GROUP]: "operator" }),
  };
  await addPerson(manager.database, "desk-admin", { [GROUP]: "admin" });
  const [director, second, admin] = await Promise.all(
    ["director", "second", "desk-admin"].map((name) => TestClient.loggedIn(manager, name)),
  );
  if (director === undefined || second === undefined || admin === undefined) {
    throw new TypeError("somebody is missing");
  }
  const nodes = {
    a: await SwitchedNode.open(manager, "Alpha", GROUP, FLOWS),
    b: await SwitchedNode.open(manager, "Beta", GROUP, FLOWS),
  };
  const whole = async (): Promise<Whole> => (await director.get(`/switcher/desks/${GROUP}`)).body as unknown as Whole;
  await waitFor("what the nodes are configured to", async () => {
    const rows = await manager.database.queries.selectFrom("node_configs").select("node_id").execute();
    return rows.length >= 2;
  });
  const desk: TestDesk = {
    manager,
    nodes,
    director,
    second,
    admin,
    userIds,
    whole,
    preset: async (name, source, on = [nodes.a, nodes.b]) => {
      const { body, status } = await admin.post("/switcher/presets", {
        group_id: GROUP,
        name,
        short_label: name.slice(0, 8).toUpperCase(),
        actions: actionsOf(on, source),
      });
      if (status !== 201) {
        throw new Error(JSON.stringify(body));
      }
      const { id } = body as unknown as Preset;
      await waitFor("what its flows carry", async () =>
        (await whole()).presets.find((each) => each.id === id)?.match.actions.every(({ state }) => state !== "unknown"),
      );
      return body as unknown as Preset;
    },
    load: (presetId, by = director) => by.post("/switcher/pvw", { group_id: GROUP, preset_id: presetId }),
    take: (body = {}, by = director) => by.post("/switcher/take", { group_id: GROUP, ...body }),
    over: async (takeId) => {
      const read = async (): Promise<Take> =>
        (await director.get(`/switcher/desks/${GROUP}/takes/${String(takeId)}`)).body as unknown as Take;
      await waitFor("the take's end", async () => !["taking", "verifying"].includes((await read()).state));
      return read();
    },
    onRecord: () => recordOf(manager),
  };
  return desk;
};

const recordOf = async (manager: TestManager): ReturnType<TestDesk["onRecord"]> => {
  const rows = await manager.database.queries
    .selectFrom("audit_log")
    .select(["action", "details", "actor_name"])
    .where("group_id", "=", GROUP)
    .where("action", "like", "switcher.%")
    .orderBy("seq")
    .execute();
  return rows.map(({ action, actor_name: actor, details }) => {
    const { kind, outcome, phase } = details as Record<string, unknown>;
    return {
      action,
      ...(phase === undefined ? {} : { phase }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(kind === undefined ? {} : { kind }),
      actor,
    };
  });
};
