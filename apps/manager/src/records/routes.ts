import { RECORD_ENDPOINTS, settingsSchema } from "@bilbycast/contracts/manager-api";
import { actorIn, serve, type App } from "../app.ts";
import { differencesOf } from "../audit/differences.ts";
import { record } from "../audit/record.ts";
import { verifyChain } from "../audit/verify.ts";
import { storableJson } from "../audit/canonical-json.ts";
import { notFound } from "../http/faults.ts";
import { callerIn } from "../http/request-context.ts";
import { auditRows } from "./audit-rows.ts";
import { csvOf } from "./csv.ts";
import { readInstallationSettings } from "./installation-settings.ts";

/** Settings of the installation, what a console remembers, the record of what was done, who serves. */
export const recordRoutes = (app: App): void => {
  auditRoutes(app);
  settingsRoutes(app);
  preferenceRoutes(app);
  instanceRoute(app);
};

const EXPORTED = [
  "seq",
  "at",
  "actor_name",
  "via",
  "action",
  "group_id",
  "target_type",
  "target_id",
  "target_name",
  "changes",
  "details",
  "ip_address",
  "hash",
] as const;
const MOST_EXPORTED = 100_000;

const auditRoutes = (app: App): void => {
  const { database } = app;
  serve(app, RECORD_ENDPOINTS.audit, async (asked) => {
    const { limit } = asked.query;
    const rows = await auditRows(database.queries, callerIn(asked).subject, asked.query, limit + 1);
    return { entries: rows.slice(0, limit), next_cursor: rows.length > limit ? String(rows[limit - 1]?.seq) : null };
  });
  serve(app, RECORD_ENDPOINTS.exportAudit, async (asked) => {
    const rows = await auditRows(database.queries, callerIn(asked).subject, asked.query, MOST_EXPORTED);
    void asked.reply.type("text/csv; charset=utf-8").header("Content-Disposition", 'attachment; filename="audit.csv"');
    return csvOf(EXPORTED, rows);
  });
  serve(app, RECORD_ENDPOINTS.verifyAudit, () => verifyChain(database));
};

const settingsRoutes = (app: App): void => {
  const { database } = app;
  serve(app, RECORD_ENDPOINTS.settings, () => readInstallationSettings(database.queries));
  serve(app, RECORD_ENDPOINTS.updateSettings, async (asked) => {
    const caller = callerIn(asked);
    const given = Object.entries(asked.body).filter(([, value]) => value !== undefined);
    const after = await database.transaction(async (tx) => {
      const before = await readInstallationSettings(tx);
      for (const [key, value] of given) {
        const row = { value: JSON.stringify(value), updated_at: new Date(), updated_by: caller.name };
        await tx
          .insertInto("settings")
          .values({ key, ...row })
          .onConflict((conflict) => conflict.column("key").doUpdateSet(row))
          .execute();
      }
      const now = settingsSchema.parse({ ...before, ...Object.fromEntries(given) });
      await app.messages.publish(tx, "settings", {});
      await record(tx, actorIn(app, asked), {
        action: "settings.update",
        groupId: null,
        target: { type: "settings", id: "settings", name: "settings" },
        changes: differencesOf(before, now),
      });
      return now;
    });
    await app.settings.reload();
    return after;
  });
};

const preferenceRoutes = (app: App): void => {
  const { queries } = app.database;
  serve(app, RECORD_ENDPOINTS.preferences, async (asked) => {
    const rows = await queries
      .selectFrom("ui_preferences")
      .select(["key", "value"])
      .where("user_id", "=", callerIn(asked).userId)
      .execute();
    return { preferences: Object.fromEntries(rows.map(({ key, value }) => [key, value])) };
  });
  serve(app, RECORD_ENDPOINTS.preference, async (asked) => {
    const row = await queries
      .selectFrom("ui_preferences")
      .select("value")
      .where("user_id", "=", callerIn(asked).userId)
      .where("key", "=", asked.params.key)
      .executeTakeFirst();
    if (row === undefined) {
      throw notFound();
    }
    return { value: row.value };
  });
  serve(app, RECORD_ENDPOINTS.setPreference, async (asked) => {
    const value = storableJson(asked.body.value);
    await queries
      .insertInto("ui_preferences")
      .values({ user_id: callerIn(asked).userId, key: asked.params.key, value: JSON.stringify(value) })
      .onConflict((conflict) => conflict.columns(["user_id", "key"]).doUpdateSet({ value: JSON.stringify(value) }))
      .execute();
    return { value };
  });
  serve(app, RECORD_ENDPOINTS.deletePreference, async (asked) => {
    await queries.deleteFrom("ui_preferences").where("user_id", "=", callerIn(asked).userId).where("key", "=", asked.params.key).execute();
  });
};

const instanceRoute = (app: App): void => {
  serve(app, RECORD_ENDPOINTS.instances, async () => {
    const rows = await app.database.queries
      .selectFrom("manager_instances as i")
      .select((i) => [
        "i.id",
        "i.region",
        "i.version",
        "i.started_at",
        "i.last_heartbeat_at",
        i
          .selectFrom("node_connections as c")
          .select(({ fn }) => fn.countAll<string>().as("nodes"))
          .whereRef("c.instance_id", "=", "i.id")
          .as("nodes"),
      ])
      .orderBy("i.started_at")
      .execute();
    return {
      instances: rows.map((row) => ({
        id: row.id,
        region: row.region,
        version: row.version,
        started_at: row.started_at.toISOString(),
        last_heartbeat_at: row.last_heartbeat_at.toISOString(),
        nodes: Number(row.nodes ?? 0),
        is_own: row.id === app.instanceId,
      })),
    };
  });
};
