import { MOST_PAGES, SWITCHER_ENDPOINTS, type SwitcherPage } from "@bilbycast/contracts/manager-api";
import { actorIn, serve } from "../app.ts";
import { differencesOf } from "../audit/differences.ts";
import { record } from "../audit/record.ts";
import type { Transaction } from "../database/tables.ts";
import { notFound, refusal } from "../http/faults.ts";
import { assertVersion } from "../people/routes.ts";
import { holdDesk } from "./desk-rows.ts";
import { tellDesks } from "./desk-message.ts";
import { named } from "./named.ts";
import { pageViews } from "./preset-rows.ts";
import type { SwitcherRooms } from "./routes.ts";

/** Pages of presets. */
export const pageRoutes = ({ app }: SwitcherRooms): void => {
  serve(app, SWITCHER_ENDPOINTS.createPage, async (asked) => {
    const { group_id: groupId, ...fields } = asked.body;
    return named("page", () =>
      app.database.transaction(async (tx) => {
        await holdDesk(tx, groupId);
        if ((await pageViews(tx, [groupId])).length >= MOST_PAGES) {
          throw refusal("preset_quota_exceeded", `A group has ${MOST_PAGES} pages at most`, { limit: MOST_PAGES });
        }
        const { id } = await tx
          .insertInto("switcher_pages")
          .values({ group_id: groupId, ...fields })
          .returning("id")
          .executeTakeFirstOrThrow();
        await tellDesks(app, tx, { groups: [groupId] });
        await record(tx, actorIn(app, asked), {
          action: "switcher.page.create",
          groupId,
          target: { type: "switcher_page", id, name: fields.name },
          changes: differencesOf(undefined, fields),
        });
        return pageOf(tx, id);
      }),
    );
  });
  serve(app, SWITCHER_ENDPOINTS.updatePage, async (asked) =>
    named("page", () =>
      app.database.transaction(async (tx) => {
        const id = asked.params.page_id;
        const before = await tx.selectFrom("switcher_pages").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
        if (before === undefined) {
          throw notFound();
        }
        assertVersion(asked.version, before.version);
        await tx
          .updateTable("switcher_pages")
          .set({ ...asked.body, version: before.version + 1 })
          .where("id", "=", id)
          .execute();
        await tellDesks(app, tx, { groups: [before.group_id] });
        const { color, is_emergency, name, position } = before;
        await record(tx, actorIn(app, asked), {
          action: "switcher.page.update",
          groupId: before.group_id,
          target: { type: "switcher_page", id, name },
          changes: differencesOf({ color, is_emergency, name, position }, asked.body),
        });
        return pageOf(tx, id);
      }),
    ),
  );
  serve(app, SWITCHER_ENDPOINTS.deletePage, (asked) =>
    app.database.transaction(async (tx) => {
      const id = asked.params.page_id;
      const page = await tx.deleteFrom("switcher_pages").where("id", "=", id).returningAll().executeTakeFirst();
      if (page === undefined) {
        throw notFound();
      }
      await tellDesks(app, tx, { groups: [page.group_id] });
      await record(tx, actorIn(app, asked), {
        action: "switcher.page.delete",
        groupId: page.group_id,
        target: { type: "switcher_page", id, name: page.name },
      });
    }),
  );
};

const pageOf = async (tx: Transaction, id: string): Promise<SwitcherPage> => {
  const row = await tx.selectFrom("switcher_pages").select("group_id").where("id", "=", id).executeTakeFirst();
  const [page] = row === undefined ? [] : await pageViews(tx, [row.group_id], id);
  if (page === undefined) {
    throw notFound();
  }
  return page;
};
