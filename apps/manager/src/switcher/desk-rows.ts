import { SEAT_HOLDS_S, type Desk } from "@bilbycast/contracts/manager-api";
import { sql, type Selectable } from "kysely";
import type { SwitcherTables } from "../database/switcher-tables.ts";
import type { Queries, Transaction } from "../database/tables.ts";
import { refusal } from "../http/faults.ts";

export type DeskRow = Selectable<SwitcherTables["switcher_desks"]>;
type Seat = Desk["seats"][number];

/** The desk of a group, for whoever changes it: nobody else does until the transaction ends. */
export const holdDesk = async (tx: Transaction, groupId: string): Promise<DeskRow> => {
  const held = tx.selectFrom("switcher_desks").selectAll().where("group_id", "=", groupId).forUpdate();
  const desk = await held.executeTakeFirst();
  if (desk !== undefined) {
    return desk;
  }
  await sql`insert into switcher_desks (group_id) values (${groupId}) on conflict do nothing`.execute(tx);
  return held.executeTakeFirstOrThrow();
};

/** Every change raises the desk's version. */
export const changeDesk = async (tx: Transaction, groupId: string, set: Partial<Omit<DeskRow, "group_id" | "version">>): Promise<void> => {
  await tx
    .updateTable("switcher_desks")
    .set({ ...set, version: sql`version + 1` })
    .where("group_id", "=", groupId)
    .execute();
};

export const deskOf = async (queries: Queries | Transaction, groupId: string): Promise<DeskRow | undefined> =>
  queries.selectFrom("switcher_desks").selectAll().where("group_id", "=", groupId).executeTakeFirst();

/** Who is at the desk. */
export const seatsOf = async (queries: Queries | Transaction, groupId: string): Promise<Seat[]> =>
  queries
    .selectFrom("switcher_seats")
    .select(["seat", "name", "user_id", "mode", "is_armed"])
    .where("group_id", "=", groupId)
    .where("seen_at", ">", sql<Date>`now() - make_interval(secs => ${SEAT_HOLDS_S})`)
    .orderBy("name")
    .orderBy("seat")
    .execute();

/** Throws when somebody else has locked the desk and is still at it. */
export const assertUnlocked = async (tx: Transaction, desk: DeskRow, userId: string): Promise<void> => {
  const { group_id: groupId, lock_name: by, lock_user_id: holder } = desk;
  if (holder === null || holder === userId) {
    return;
  }
  if ((await seatsOf(tx, groupId)).some(({ user_id: id }) => id === holder)) {
    throw refusal("desk_locked", `${by ?? "Somebody"} has locked the desk`, { by });
  }
};

export const deskView = (groupId: string, row: DeskRow | undefined, seats: readonly Seat[]): Desk => {
  const isLocked =
    row?.lock_user_id !== null && row?.lock_user_id !== undefined && seats.some(({ user_id: id }) => id === row.lock_user_id);
  return {
    group_id: groupId,
    pgm: pgmView(row),
    pgm_lost:
      row?.lost_preset_id === null || row?.lost_at === null || row?.lost_reason === null || row === undefined
        ? null
        : { preset_id: row.lost_preset_id, at: row.lost_at.toISOString(), reason: row.lost_reason },
    pvw:
      row?.pvw_preset_id === null || row === undefined
        ? null
        : { preset_id: row.pvw_preset_id, by: row.pvw_by ?? "", at: (row.pvw_at ?? new Date(0)).toISOString() },
    taking: row?.taking_id ?? null,
    lock: isLocked ? { by: row.lock_name ?? "", user_id: row.lock_user_id ?? "", at: (row.lock_at ?? new Date(0)).toISOString() } : null,
    seats: [...seats],
    version: row?.version ?? 0,
  };
};

export const pgmView = (row: DeskRow | undefined): Desk["pgm"] =>
  row === undefined || row.pgm_preset_id === null || row.pgm_state === null
    ? null
    : {
        preset_id: row.pgm_preset_id,
        since: (row.pgm_since ?? new Date(0)).toISOString(),
        by: row.pgm_by ?? "",
        take_id: row.pgm_take_id,
        state: row.pgm_state,
      };
