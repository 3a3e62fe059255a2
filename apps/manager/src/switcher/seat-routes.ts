import { SEAT_HOLDS_S, SWITCHER_ENDPOINTS } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import { serve, type App } from "../app.ts";
import { notFound, refusal } from "../http/faults.ts";
import { callerIn } from "../http/request-context.ts";
import type { Transaction } from "../database/tables.ts";
import { changeDesk, deskOf, deskView, holdDesk, seatsOf } from "./desk-rows.ts";
import { tellDesks } from "./desk-message.ts";
import { presetRow } from "./preset-rows.ts";

/** Seats of one desk that are told apart. */
const MOST_SEATS = 64;

/** Who is at a desk, what they have loaded, and who keeps the others from taking. Markers for people: none of it is on record. */
export const seatRoutes = ({ app }: { app: App }): void => {
  sitRoute(app);
  lockRoute(app);
  pvwRoute(app);
};

const sitRoute = (app: App): void => {
  serve(app, SWITCHER_ENDPOINTS.sit, async (asked) => {
    const caller = callerIn(asked);
    const groupId = asked.params.group_id;
    const { is_armed: isArmed, mode, seat } = asked.body;
    return app.database.transaction(async (tx) => {
      await assertGroup(tx, groupId);
      const before = await seatsOf(tx, groupId);
      await sql`delete from switcher_seats where group_id = ${groupId} and seen_at < now() - make_interval(secs => ${SEAT_HOLDS_S})`.execute(
        tx,
      );
      if (mode === "left") {
        await tx
          .deleteFrom("switcher_seats")
          .where("group_id", "=", groupId)
          .where("seat", "=", seat)
          .where("user_id", "=", caller.userId)
          .execute();
      } else if (before.length < MOST_SEATS || before.some((each) => each.seat === seat)) {
        const place = { name: caller.name, mode, is_armed: isArmed, seen_at: sql<Date>`now()` };
        await tx
          .insertInto("switcher_seats")
          .values({ group_id: groupId, seat, user_id: caller.userId, ...place })
          // A seat is of who took it first: nobody speaks for another person's window.
          .onConflict((conflict) =>
            conflict.columns(["group_id", "seat"]).doUpdateSet(place).where("switcher_seats.user_id", "=", caller.userId),
          )
          .execute();
      }
      const seats = await seatsOf(tx, groupId);
      if (JSON.stringify(seats) !== JSON.stringify(before)) {
        await tellDesks(app, tx, { groups: [groupId] });
      }
      return { seats };
    });
  });
};

const lockRoute = (app: App): void => {
  serve(app, SWITCHER_ENDPOINTS.lockDesk, async (asked) => {
    const caller = callerIn(asked);
    const groupId = asked.params.group_id;
    return app.database.transaction(async (tx) => {
      await assertGroup(tx, groupId);
      const desk = await holdDesk(tx, groupId);
      const { lock } = deskView(groupId, desk, await seatsOf(tx, groupId));
      if (lock !== null && lock.user_id !== caller.userId && !asked.body.take_over) {
        throw refusal("desk_locked", `${lock.by} has locked the desk`, { by: lock.by });
      }
      await changeDesk(
        tx,
        groupId,
        asked.body.is_locked
          ? { lock_user_id: caller.userId, lock_name: caller.name, lock_at: new Date() }
          : { lock_user_id: null, lock_name: null, lock_at: null },
      );
      await tellDesks(app, tx, { groups: [groupId] });
      return { lock: deskView(groupId, await deskOf(tx, groupId), await seatsOf(tx, groupId)).lock };
    });
  });
};

const pvwRoute = (app: App): void => {
  serve(app, SWITCHER_ENDPOINTS.setPvw, async (asked) => {
    const { group_id: groupId, preset_id: presetId } = asked.body;
    return app.database.transaction(async (tx) => {
      await assertGroup(tx, groupId);
      await holdDesk(tx, groupId);
      const preset = presetId === undefined || presetId === null ? undefined : await presetRow(tx, presetId);
      // Another group's preset is as if it were not there.
      if (typeof presetId === "string" && preset?.group_id !== groupId) {
        throw notFound();
      }
      await changeDesk(
        tx,
        groupId,
        preset === undefined
          ? { pvw_preset_id: null, pvw_by: null, pvw_at: null }
          : { pvw_preset_id: preset.id, pvw_by: callerIn(asked).name, pvw_at: new Date() },
      );
      await tellDesks(app, tx, { groups: [groupId] });
      return { pvw: deskView(groupId, await deskOf(tx, groupId), []).pvw };
    });
  });
};

/** A super admin may name a group that is not there. */
const assertGroup = async (tx: Transaction, groupId: string): Promise<void> => {
  if ((await tx.selectFrom("groups").select("id").where("id", "=", groupId).executeTakeFirst()) === undefined) {
    throw notFound();
  }
};
