import { GROUP_ENDPOINTS } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import { actorIn, serve, type App } from "../app.ts";
import { differencesOf } from "../audit/differences.ts";
import { record } from "../audit/record.ts";
import { violatedUnique } from "../database/query-fault.ts";
import { notFound, refusal } from "../http/faults.ts";
import { callerIn } from "../http/request-context.ts";
import { assertVersion } from "../people/routes.ts";
import { COLUMNS, viewOf, type Row } from "./group-view.ts";
import { logoRoutes } from "./logo-routes.ts";
import { memberRoutes } from "./member-routes.ts";
import { usageOf } from "./quotas.ts";

/** Groups: tenants of the installation. */
export const groupRoutes = (app: App): void => {
  readRoutes(app);
  createRoute(app);
  updateRoutes(app);
  deleteRoute(app);
  logoRoutes(app);
  memberRoutes(app);
};

const readRoutes = (app: App): void => {
  const { queries } = app.database;
  serve(app, GROUP_ENDPOINTS.groups, async (asked) => {
    const { subject } = callerIn(asked);
    const rows = await queries
      .selectFrom("groups")
      .select(COLUMNS)
      .$if(subject.platform_role !== "super_admin", (all) =>
        all.where(sql<boolean>`id = any(${subject.memberships.map(({ group_id: id }) => id)}::text[])`),
      )
      .orderBy("name")
      .execute();
    return { groups: rows.map((row) => viewOf(row)) };
  });
  serve(app, GROUP_ENDPOINTS.group, async ({ params }) => {
    const row = await queries.selectFrom("groups").select(COLUMNS).where("id", "=", params.group_id).executeTakeFirst();
    if (row === undefined) {
      throw notFound();
    }
    return viewOf(row);
  });
  serve(app, GROUP_ENDPOINTS.groupUsage, async ({ params }) => {
    const row = await queries
      .selectFrom("groups")
      .select(["max_nodes", "max_users", "max_tunnels"])
      .where("id", "=", params.group_id)
      .executeTakeFirst();
    if (row === undefined) {
      throw notFound();
    }
    return { ...(await usageOf(queries, params.group_id)), ...row };
  });
};

const createRoute = (app: App): void => {
  serve(app, GROUP_ENDPOINTS.createGroup, async (asked) => {
    const { id: wanted, ...group } = asked.body;
    const id = wanted ?? `grp_${group.slug.replaceAll("-", "_")}`;
    try {
      return await app.database.transaction(async (tx) => {
        const row = await tx
          .insertInto("groups")
          .values({ id, ...group })
          .returning(COLUMNS)
          .executeTakeFirstOrThrow();
        // Shares with a group of this id that there was not yet are not for whoever is in it now.
        await tx.deleteFrom("resource_shares").where("group_id", "=", id).execute();
        await app.announceAccessChange(tx);
        await record(tx, actorIn(app, asked), {
          action: "group.create",
          groupId: id,
          target: { type: "group", id, name: group.name },
          changes: differencesOf(undefined, group),
        });
        return viewOf(row);
      });
    } catch (error) {
      const constraint = violatedUnique(error);
      throw constraint === undefined
        ? error
        : refusal("name_taken", "Another group has this name", { field: constraint === "groups_slug" ? "body.slug" : "body.id" });
    }
  });
};

const updateRoutes = (app: App): void => {
  for (const [endpoint, action] of [
    [GROUP_ENDPOINTS.updateGroup, "group.update"],
    [GROUP_ENDPOINTS.setQuotas, "group.quota"],
  ] as const) {
    serve(app, endpoint, (asked) =>
      app.database.transaction(async (tx) => {
        const id = asked.params.group_id;
        const before = await tx.selectFrom("groups").select(COLUMNS).where("id", "=", id).forUpdate().executeTakeFirst();
        if (before === undefined) {
          throw notFound();
        }
        assertVersion(asked.version, before.version);
        const body: Readonly<Partial<Row>> = asked.body;
        const row = await tx
          .updateTable("groups")
          .set({ ...body, version: before.version + 1 })
          .where("id", "=", id)
          .returning(COLUMNS)
          .executeTakeFirstOrThrow();
        const touched = Object.fromEntries(Object.keys(body).map((name) => [name, before[name as keyof Row]]));
        await record(tx, actorIn(app, asked), {
          action,
          groupId: id,
          target: { type: "group", id, name: before.name },
          changes: differencesOf(touched, body),
        });
        return viewOf(row);
      }),
    );
  }
};

const deleteRoute = (app: App): void => {
  serve(app, GROUP_ENDPOINTS.deleteGroup, (asked) =>
    app.database.transaction(async (tx) => {
      const id = asked.params.group_id;
      const group = await tx.selectFrom("groups").select(["id", "name"]).where("id", "=", id).forUpdate().executeTakeFirst();
      if (group === undefined) {
        throw notFound();
      }
      const { nodes } = await usageOf(tx, id);
      if (nodes > 0) {
        throw refusal("group_in_use", `The group still owns ${nodes} nodes`, { nodes });
      }
      await tx.deleteFrom("resource_shares").where("group_id", "=", id).execute();
      await tx.deleteFrom("groups").where("id", "=", id).execute();
      await app.announceAccessChange(tx);
      await record(tx, actorIn(app, asked), { action: "group.delete", groupId: id, target: { type: "group", id, name: group.name } });
    }),
  );
};
