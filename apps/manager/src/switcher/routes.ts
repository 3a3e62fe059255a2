import { SWITCHER_ENDPOINTS, type Subject, type Take } from "@bilbycast/contracts/manager-api";
import { sql } from "kysely";
import { actorIn, serve, type App } from "../app.ts";
import { notFound } from "../http/faults.ts";
import { callerIn, type Asked } from "../http/request-context.ts";
import { deskOf, deskView, pgmView, seatsOf } from "./desk-rows.ts";
import type { Layouts } from "./layouts.ts";
import { pageRoutes } from "./page-routes.ts";
import { planActivate, planRetry, planRevert, planTake, type Plan } from "./plan.ts";
import { pageViews, presetRow } from "./preset-rows.ts";
import { presetRoutes } from "./preset-routes.ts";
import { seatRoutes } from "./seat-routes.ts";
import { takeRow, takeRows, takeView } from "./take-rows.ts";
import type { Press, Taker } from "./taker.ts";
import { presetViews, wholeDesk } from "./views.ts";

export type SwitcherRooms = { readonly app: App; readonly layouts: Layouts; readonly taker: Taker };

/** The switcher: what is on each desk, and what is pressed there. */
export const switcherRoutes = (rooms: SwitcherRooms): void => {
  readRoutes(rooms);
  presetRoutes(rooms);
  pageRoutes(rooms);
  seatRoutes(rooms);
  pressRoutes(rooms);
};

/** Groups whose desk somebody may see. */
const deskGroups = async (
  app: App,
  { memberships, platform_role: role }: Subject,
  only?: string,
): Promise<{ id: string; name: string }[]> => {
  const own = memberships.filter((each) => each.role !== "viewer").map(({ group_id: id }) => id);
  return app.database.queries
    .selectFrom("groups")
    .select(["id", "name"])
    .$if(role !== "super_admin", (all) => all.where(sql<boolean>`id = any(${own}::text[])`))
    .$if(only !== undefined, (all) => all.where("id", "=", only ?? ""))
    .orderBy("name")
    .execute();
};

const readRoutes = ({ app, taker }: SwitcherRooms): void => {
  const { queries } = app.database;
  serve(app, SWITCHER_ENDPOINTS.desks, async (asked) => {
    const groups = await deskGroups(app, callerIn(asked).subject);
    const desks = await Promise.all(
      groups.map(async ({ id, name }) => {
        const { count: presets } = await queries
          .selectFrom("switcher_presets")
          .select(({ fn }) => fn.countAll<string>().as("count"))
          .where("group_id", "=", id)
          .executeTakeFirstOrThrow();
        return {
          ...deskView(id, await deskOf(queries, id), await seatsOf(queries, id)),
          group_name: name,
          pages: (await pageViews(queries, [id])).length,
          presets: Number(presets),
        };
      }),
    );
    return { desks };
  });
  serve(app, SWITCHER_ENDPOINTS.desk, async ({ params }) => {
    // A super admin may look at every group, also at one that is not there.
    const group = await queries.selectFrom("groups").select("id").where("id", "=", params.group_id).executeTakeFirst();
    if (group === undefined) {
      throw notFound();
    }
    return wholeDesk(queries, params.group_id);
  });
  serve(app, SWITCHER_ENDPOINTS.presets, async (asked) => {
    const groups = await deskGroups(app, callerIn(asked).subject, asked.query.group_id);
    return {
      presets: await presetViews(
        queries,
        groups.map(({ id }) => id),
      ),
    };
  });
  serve(app, SWITCHER_ENDPOINTS.pages, async (asked) => {
    const groups = await deskGroups(app, callerIn(asked).subject, asked.query.group_id);
    return {
      pages: await pageViews(
        queries,
        groups.map(({ id }) => id),
      ),
    };
  });
  serve(app, SWITCHER_ENDPOINTS.impact, async (asked) => {
    const preset = await presetRow(queries, asked.params.preset_id);
    if (preset === undefined) {
      throw notFound();
    }
    return taker.impact(preset.group_id, callerIn(asked), preset);
  });
  serve(app, SWITCHER_ENDPOINTS.revertImpact, async (asked) => {
    const { group_id: groupId, take_id: takeId } = asked.params;
    const { actions, presetId: id, presetVersion: version } = await planRevert(queries, groupId, takeId);
    return taker.impact(groupId, callerIn(asked), { id, version, actions });
  });
  serve(app, SWITCHER_ENDPOINTS.takeOf, async ({ params }) => {
    const [take, [newest]] = await Promise.all([takeRow(queries, params.group_id, params.take_id), takeRows(queries, params.group_id, 1)]);
    if (take === undefined) {
      throw notFound();
    }
    return takeView(take, newest?.id === take.id);
  });
};

type Pressing =
  | typeof SWITCHER_ENDPOINTS.take
  | typeof SWITCHER_ENDPOINTS.activate
  | typeof SWITCHER_ENDPOINTS.retry
  | typeof SWITCHER_ENDPOINTS.revert;

const pressRoutes = ({ app, taker }: SwitcherRooms): void => {
  const { queries } = app.database;
  const press = async (
    asked: Pick<Asked<Pressing>, "caller" | "origin" | "body">,
    groupId: string,
    planned: () => Promise<Plan>,
  ): Promise<Take & { pgm: ReturnType<typeof pgmView> }> => {
    const pressed: Press = {
      groupId,
      caller: callerIn(asked),
      actor: actorIn(app, asked),
      pressedAt: performance.now(),
      requestId: asked.body.request_id,
      waits: asked.body.wait,
    };
    const row = await taker.press(pressed, planned);
    const [desk, [newest]] = await Promise.all([deskOf(queries, groupId), takeRows(queries, groupId, 1)]);
    return { ...takeView(row, newest?.id === row.id), pgm: pgmView(desk) };
  };
  serve(app, SWITCHER_ENDPOINTS.take, (asked) => {
    const { group_id: groupId, preset_id: presetId, preset_version: version } = asked.body;
    return press(asked, groupId, () => planTake(queries, groupId, { presetId, version }));
  });
  serve(app, SWITCHER_ENDPOINTS.activate, async (asked) => {
    const preset = await presetRow(queries, asked.params.preset_id);
    if (preset === undefined) {
      throw notFound();
    }
    return press(asked, preset.group_id, () => planActivate(queries, preset.id, asked.body.preset_version));
  });
  serve(app, SWITCHER_ENDPOINTS.retry, (asked) => {
    const { group_id: groupId, take_id: takeId } = asked.body;
    return press(asked, groupId, () => planRetry(queries, groupId, takeId));
  });
  serve(app, SWITCHER_ENDPOINTS.revert, (asked) => {
    const { group_id: groupId, take_id: takeId } = asked.body;
    return press(asked, groupId, () => planRevert(queries, groupId, takeId));
  });
};
