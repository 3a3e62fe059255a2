import { GROUP_ENDPOINTS } from "@bilbycast/contracts/manager-api";
import { actorIn, serve, type App } from "../app.ts";
import { record } from "../audit/record.ts";
import type { Transaction } from "../database/tables.ts";
import { notFound, refusal } from "../http/faults.ts";
import { assertVersion } from "../people/routes.ts";
import { COLUMNS, viewOf } from "./group-view.ts";
import { readLogo } from "./logo.ts";

/** Logos of groups: seen by their members, arranged by their admins. */
export const logoRoutes = (app: App): void => {
  readRoute(app);
  setRoute(app);
  removeRoute(app);
};

const absent = (): Error => refusal("picture_absent", "The group has no logo", { reason: "none_yet" });

const readRoute = (app: App): void => {
  serve(app, GROUP_ENDPOINTS.groupLogo, async ({ params, reply }) => {
    const row = await app.database.queries
      .selectFrom("groups")
      .select(["logo", "logo_version"])
      .where("id", "=", params.group_id)
      .executeTakeFirst();
    if (row === undefined || row.logo === null) {
      throw row === undefined ? notFound() : absent();
    }
    const tag = `"${row.logo_version ?? 0}"`;
    // Asked each time: who is no member any more does not see it out of a cache.
    void reply.type("image/png").header("ETag", tag).header("Cache-Control", "private, no-cache");
    if (reply.request.headers["if-none-match"] === tag) {
      void reply.code(304);
      return undefined;
    }
    return row.logo;
  });
};

/** The group as it was, locked until it is another one. */
const before = async (tx: Transaction, id: string, version: number | undefined) => {
  const row = await tx.selectFrom("groups").select(COLUMNS).where("id", "=", id).forUpdate().executeTakeFirst();
  if (row === undefined) {
    throw notFound();
  }
  assertVersion(version, row.version);
  return row;
};

const setRoute = (app: App): void => {
  serve(app, GROUP_ENDPOINTS.setGroupLogo, async (asked) => {
    const { png, width, height } = readLogo(Buffer.from(asked.body.png, "base64"));
    return app.database.transaction(async (tx) => {
      const { id, name, version } = await before(tx, asked.params.group_id, asked.version);
      // The version of the group rises with every change: no two logos of it ever have the same.
      const row = await tx
        .updateTable("groups")
        .set({ logo: png, logo_version: version + 1, version: version + 1 })
        .where("id", "=", id)
        .returning(COLUMNS)
        .executeTakeFirstOrThrow();
      await record(tx, actorIn(app, asked), {
        action: "group.logo",
        groupId: id,
        target: { type: "group", id, name },
        details: { bytes: png.length, width, height },
      });
      return viewOf(row);
    });
  });
};

const removeRoute = (app: App): void => {
  serve(app, GROUP_ENDPOINTS.removeGroupLogo, (asked) =>
    app.database.transaction(async (tx) => {
      const { id, name, version, logo_version: logoVersion } = await before(tx, asked.params.group_id, asked.version);
      if (logoVersion === null) {
        throw absent();
      }
      await tx
        .updateTable("groups")
        .set({ logo: null, logo_version: null, version: version + 1 })
        .where("id", "=", id)
        .execute();
      await record(tx, actorIn(app, asked), {
        action: "group.logo",
        groupId: id,
        target: { type: "group", id, name },
        details: { bytes: 0 },
      });
    }),
  );
};
