import { isDeepStrictEqual } from "node:util";
import { MOST_PRESETS, SWITCHER_ENDPOINTS, type Preset, type PresetAction } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import { actorIn, serve } from "../app.ts";
import { differencesOf } from "../audit/differences.ts";
import { record, recordAll, type Deed } from "../audit/record.ts";
import type { Transaction } from "../database/tables.ts";
import { notFound, refusal } from "../http/faults.ts";
import { callerIn } from "../http/request-context.ts";
import { assertVersion } from "../people/routes.ts";
import { changeDesk, deskOf, holdDesk } from "./desk-rows.ts";
import { tellDesks } from "./desk-message.ts";
import { losePgm } from "./drift.ts";
import { knownOf } from "./known.ts";
import type { Layouts } from "./layouts.ts";
import { flowOf, matchOf } from "./match.ts";
import { named } from "./named.ts";
import { presetRow, presetView, type PresetRow } from "./preset-rows.ts";
import type { SwitcherRooms } from "./routes.ts";

/** Presets: making, changing and deleting them. */
export const presetRoutes = (rooms: SwitcherRooms): void => {
  createRoute(rooms);
  updateRoute(rooms);
  deleteRoute(rooms);
};

/** What of a preset is on record when it changes. */
const FIELDS = ["name", "short_label", "color", "description", "page_id", "position", "actions"] as const;
const recorded = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(FIELDS.map((name) => [name, row[name]]));

const createRoute = ({ app, layouts }: SwitcherRooms): void => {
  serve(app, SWITCHER_ENDPOINTS.createPreset, async (asked) => {
    const { group_id: groupId, ...fields } = asked.body;
    return named("preset", () =>
      app.database.transaction(async (tx) => {
        const desk = await holdDesk(tx, groupId);
        await assertRoom(tx, groupId);
        await assertPage(tx, groupId, fields.page_id);
        await assertActions(tx, layouts, groupId, fields.actions);
        const { id } = await tx
          .insertInto("switcher_presets")
          .values({ group_id: groupId, ...fields, actions: JSON.stringify(fields.actions), updated_by: callerIn(asked).name })
          .returning("id")
          .executeTakeFirstOrThrow();
        await tellDesks(app, tx, { groups: [groupId], presets_changed: true });
        const view = await viewOf(tx, id, desk);
        await record(tx, actorIn(app, asked), {
          action: "switcher.preset.create",
          groupId,
          target: { type: "switcher_preset", id, name: fields.name },
          changes: differencesOf(undefined, recorded(fields)),
        });
        return view;
      }),
    );
  });
};

const updateRoute = ({ app, layouts }: SwitcherRooms): void => {
  serve(app, SWITCHER_ENDPOINTS.updatePreset, async (asked) => {
    const id = asked.params.preset_id;
    const { makes_room: room, ...fields } = asked.body;
    const by = { updated_at: sql<Date>`now()`, updated_by: callerIn(asked).name };
    return named("preset", () =>
      app.database.transaction(async (tx) => {
        const { before, desk } = await held(tx, id);
        const groupId = before.group_id;
        assertVersion(asked.version, before.version);
        const other = room === undefined ? undefined : await roomMaker(tx, before, fields.page_id, room);
        await assertPage(tx, groupId, fields.page_id);
        await assertActions(tx, layouts, groupId, fields.actions, before.actions);
        await tx
          .updateTable("switcher_presets")
          .set({ ...fields, actions: JSON.stringify(fields.actions), version: before.version + 1, ...by })
          .where("id", "=", id)
          .execute();
        if (other !== undefined) {
          await tx
            .updateTable("switcher_presets")
            .set({ position: other.position, version: other.before.version + 1, ...by })
            .where("id", "=", other.before.id)
            .execute();
        }
        if (desk.pgm_preset_id === id && desk.taking_id === null && desk.pgm_state === "on_air") {
          const known = await knownOf(
            tx,
            groupId,
            fields.actions.map(({ node_id: node }) => node),
          );
          // What is on air is what the preset was, and it may not be that any more.
          if (matchOf(fields.actions, known).state !== "matches") {
            await losePgm(tx, groupId, id, "changed");
          }
        }
        await tellDesks(app, tx, { groups: [groupId], presets_changed: true });
        const view = await viewOf(tx, id, await deskOf(tx, groupId));
        const deed = (row: PresetRow, after: Readonly<Record<string, unknown>>): Deed => ({
          action: "switcher.preset.update",
          groupId,
          target: { type: "switcher_preset", id: row.id, name: row.name },
          changes: differencesOf(recorded(row), recorded(after)),
        });
        const deeds = [
          deed(before, fields),
          ...(other === undefined ? [] : [deed(other.before, { ...other.before, position: other.position })]),
        ];
        await recordAll(
          tx,
          deeds.map((each) => ({ actor: actorIn(app, asked), deed: each })),
        );
        return view;
      }),
    );
  });
};

type Room = { preset_id: string; version: number; position: number };

/** The preset that goes to another place of the page, if it still is what was looked at. */
const roomMaker = async (
  tx: Transaction,
  { group_id: groupId, id }: PresetRow,
  pageId: string | null,
  { position, preset_id: otherId, version }: Room,
): Promise<{ before: PresetRow; position: number }> => {
  const before = otherId === id ? undefined : await presetRow(tx, otherId);
  if (before === undefined || before.group_id !== groupId || before.page_id !== pageId) {
    throw refusal("request_malformed", "body.makes_room.preset_id: the page has no such other preset", {
      field: "body.makes_room.preset_id",
    });
  }
  assertVersion(version, before.version);
  return { before, position };
};

const deleteRoute = ({ app }: SwitcherRooms): void => {
  serve(app, SWITCHER_ENDPOINTS.deletePreset, (asked) =>
    app.database.transaction(async (tx) => {
      const id = asked.params.preset_id;
      const { before, desk } = await held(tx, id);
      if (desk.pgm_preset_id === id || desk.pvw_preset_id === id) {
        throw refusal("preset_on_bus", `${before.name} is on ${desk.pgm_preset_id === id ? "PGM" : "PVW"}`);
      }
      await tx.deleteFrom("switcher_presets").where("id", "=", id).execute();
      await changeDesk(tx, before.group_id, {});
      await tellDesks(app, tx, { groups: [before.group_id], presets_changed: true });
      await record(tx, actorIn(app, asked), {
        action: "switcher.preset.delete",
        groupId: before.group_id,
        target: { type: "switcher_preset", id, name: before.name },
        changes: differencesOf(recorded(before), undefined),
      });
    }),
  );
};

/** The desk first, as whoever takes does it. */
const held = async (tx: Transaction, id: string): Promise<{ before: PresetRow; desk: Awaited<ReturnType<typeof holdDesk>> }> => {
  const groupId = (await presetRow(tx, id))?.group_id;
  if (groupId === undefined) {
    throw notFound();
  }
  const desk = await holdDesk(tx, groupId);
  const before = await presetRow(tx, id);
  if (before === undefined) {
    throw notFound();
  }
  return { before, desk };
};

const viewOf = async (tx: Transaction, id: string, desk: Awaited<ReturnType<typeof deskOf>>): Promise<Preset> => {
  const row = await presetRow(tx, id);
  if (row === undefined) {
    throw notFound();
  }
  return presetView(
    row,
    await knownOf(
      tx,
      row.group_id,
      row.actions.map(({ node_id: node }) => node),
    ),
    desk,
  );
};

const assertRoom = async (tx: Transaction, groupId: string): Promise<void> => {
  const { count } = await tx
    .selectFrom("switcher_presets")
    .select(({ fn }) => fn.countAll<string>().as("count"))
    .where("group_id", "=", groupId)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_PRESETS) {
    throw refusal("preset_quota_exceeded", `A group has ${MOST_PRESETS} presets at most`, { limit: MOST_PRESETS });
  }
};

const assertPage = async (tx: Transaction, groupId: string, id: string | null): Promise<void> => {
  const page =
    id === null
      ? true
      : await tx
          .selectFrom("switcher_pages")
          .select("id")
          .where("id", "=", id)
          .where("group_id", "=", groupId)
          .forShare()
          .executeTakeFirst();
  if (page === undefined) {
    throw refusal("request_malformed", "body.page_id: this group has no such page", { field: "body.page_id" });
  }
};

/**
 * Each flow once, and every node, flow and input is the group's to switch as far as that is known. What the preset did before stays allowed: it may
 * be named and moved while a source of it is gone.
 */
const assertActions = async (
  tx: Transaction,
  layouts: Layouts,
  groupId: string,
  actions: readonly PresetAction[],
  former: readonly PresetAction[] = [],
): Promise<void> => {
  const flows = new Map<string, number>();
  for (const [i, action] of actions.entries()) {
    const key = `${action.node_id}/${flowOf(action)}/${action.type === "bus_route" ? action.dst_program_number : ""}`;
    const twin = flows.get(key);
    if (twin !== undefined) {
      throw refusal("preset_contradicts", `body.actions[${i}]: action ${twin} is for the same flow, and a flow carries one input`, {
        field: `body.actions[${i}]`,
      });
    }
    flows.set(key, i);
  }
  const { nodes } = await knownOf(
    tx,
    groupId,
    actions.map(({ node_id: id }) => id),
  );
  const known = await layouts.of([...nodes].map(([id, { deviceType }]) => ({ id, deviceType })));
  for (const [i, action] of actions.entries()) {
    if (former.some((each) => isDeepStrictEqual(each, action))) {
      continue;
    }
    const unknown = unknownIn(action, nodes.has(action.node_id), known.get(action.node_id));
    if (unknown !== undefined) {
      throw refusal("preset_target_unknown", `body.actions[${i}].${unknown.field}: ${unknown.message}`, {
        field: `body.actions[${i}].${unknown.field}`,
      });
    }
  }
};

const unknownIn = (
  action: PresetAction,
  isThere: boolean,
  layout: Awaited<ReturnType<Layouts["of"]>> extends Map<string, infer L> ? L | undefined : never,
): { field: string; message: string } | undefined => {
  if (!isThere) {
    return { field: "node_id", message: "the group has no such node" };
  }
  // A node that has not told its configuration may have anything: the check before a Take finds out.
  const flow = layout?.get(flowOf(action));
  const [flowField, input, inputField] =
    action.type === "activate_input"
      ? (["flow_id", action.input_id, "input_id"] as const)
      : (["dst_flow_id", action.source_input_id, "source_input_id"] as const);
  if (layout !== undefined && flow === undefined) {
    return { field: flowField, message: `the node has no flow ${flowOf(action)}` };
  }
  return flow === undefined || flow.inputs.some(({ input_id: id }) => id === input)
    ? undefined
    : { field: inputField, message: `the flow ${flow.name} has no input ${input}` };
};
