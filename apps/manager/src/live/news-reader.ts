import { changeSchema } from "@bilbycast/contracts/manager-api";
import { z } from "zod";
import { alarmRows } from "../alarms/alarm-rows.ts";
import type { App } from "../app.ts";
import { eventsOf } from "../events/event-rows.ts";
import type { Queries } from "../database/tables.ts";
import type { Feed } from "./feed.ts";

const keptSchema = z.object({ events: z.array(z.object({ id: z.string(), at: z.string() })), alarms: z.array(z.string()) });
/** A change of a configuration, as whoever makes it tells of each of its states. */
const changed = z.object({ change: changeSchema });

type Told = z.output<typeof keptSchema>;

/** Batches that wait to be read; beyond, everybody reads anew. */
const MOST_WAITING = 200;

/** Reads what instances have kept, in the order of its commits, into the feed: once for all browsers of this instance. */
export const readNews = (app: App, feed: Feed, hooks: { isWanted: () => boolean; onNews: () => void }): void => {
  let waiting: Told[] = [];
  let working: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    for (let next = waiting.splice(0); next.length > 0; next = waiting.splice(0)) {
      try {
        await readInto(feed, app.database.queries, {
          events: next.flatMap(({ events }) => events),
          alarms: [...new Set(next.flatMap(({ alarms }) => alarms))],
        });
      } catch (err) {
        app.log.warn({ err }, "what was told could not be read for browsers");
        feed.skip();
      }
      hooks.onNews();
    }
  };
  app.messages.on("alarms", (message) => {
    const { data } = keptSchema.safeParse(message);
    if (data === undefined || !hooks.isWanted()) {
      return;
    }
    waiting.push(data);
    if (waiting.length > MOST_WAITING) {
      waiting = [];
      feed.skip();
    }
    working ??= work().finally(() => {
      working = undefined;
    });
  });
  app.messages.on("changes", (message) => {
    const { data } = changed.safeParse(message);
    if (data !== undefined && hooks.isWanted()) {
      feed.add({ kind: "change", nodeId: data.change.node_id, groupId: "", text: JSON.stringify(data.change), at: Date.now() });
      hooks.onNews();
    }
  });
};

const readInto = async (feed: Feed, queries: Queries, { alarms, events }: Told): Promise<void> => {
  const [told, conditions] = await Promise.all([
    events.length === 0 ? [] : eventsOf(queries, events),
    alarms.length === 0 ? [] : alarmRows(queries, { nodeIds: "all", ids: alarms }, alarms.length),
  ]);
  const at = Date.now();
  for (const event of told) {
    feed.add({ kind: "event", nodeId: event.node_id, groupId: event.group_id, text: JSON.stringify(event), at });
  }
  for (const alarm of conditions) {
    feed.add({ kind: "alarm", nodeId: alarm.node_id, groupId: alarm.group_id, text: JSON.stringify(alarm), at });
  }
};
