import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import { alarmSchema, CARD_NUMBERS, LIVE_PATH, nodeCardSchema, type LiveMessage } from "@bilbycast/contracts/manager-api";
import { LiveSession, type Link } from "./live-session.ts";
import { LiveStore } from "./live-store.ts";
import { tickWithData } from "./use-now.tsx";
import type { z } from "zod";
import type { Json, JsonObject } from "./merge-patch.ts";

// The one live channel of this tab: a socket, a timer and a clock around the session, which does the thinking.

/** Fields that may be null: a patch that makes one null takes it out of the object. */
const nullsOf = (shape: Readonly<Record<string, z.ZodType>>): JsonObject =>
  Object.fromEntries(Object.entries(shape).flatMap(([key, field]) => (field.safeParse(null).success ? [[key, null]] : [])));

const store = new LiveStore({
  nodes: { nulls: nullsOf(nodeCardSchema.shape), numbers: CARD_NUMBERS },
  alarms: { nulls: nullsOf(alarmSchema.shape) },
});
const session = new LiveSession(store);
const linkListeners = new Set<() => void>();
const messageListeners = new Set<(message: LiveMessage) => void>();
/** How many parts of the page want a topic. */
const wanted = new Map<string, number>();
let socket: WebSocket | undefined;
let timer: number | undefined;
let shownLink: Link = session.link;
let onRefused = (): void => undefined;

const open = (): void => {
  const made = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${LIVE_PATH}`);
  socket = made;
  const own = (act: () => void) => () => {
    // What an abandoned socket still has to say is nobody's business.
    if (socket === made) {
      act();
      drain();
    }
  };
  made.addEventListener(
    "open",
    own(() => session.opened(Date.now())),
  );
  made.addEventListener("message", (event: MessageEvent<string>) =>
    own(() => {
      session.received(event.data, Date.now());
      tickWithData();
    })(),
  );
  made.addEventListener("close", (event) =>
    own(() => {
      socket = undefined;
      session.closed(Date.now(), event.code);
    })(),
  );
};

const close = (): void => {
  const old = socket;
  socket = undefined;
  old?.close();
};

const drain = (): void => {
  for (let out = session.poll(); out !== undefined; out = session.poll()) {
    if (out.to === "app") {
      if ("refused" in out) {
        onRefused();
      } else {
        const { message } = out;
        messageListeners.forEach((listener) => listener(message));
      }
    } else if (out.act === "open") {
      open();
    } else if (out.act === "close") {
      close();
    } else {
      socket?.send(JSON.stringify(out.message));
    }
  }
  window.clearTimeout(timer);
  const { deadline } = session;
  if (deadline !== undefined) {
    timer = window.setTimeout(
      () => {
        session.expire(Date.now());
        drain();
      },
      Math.max(50, deadline - Date.now()),
    );
  }
  showLink();
};

/** Whoever shows the link is told once a second at most that something came, and at once when its state changes. */
const showLink = (): void => {
  const { link } = session;
  const isSame =
    link.state === shownLink.state &&
    link.nextTryAt === shownLink.nextTryAt &&
    link.back === shownLink.back &&
    (link.heardAt ?? 0) - (shownLink.heardAt ?? 0) < 900;
  if (!isSame) {
    shownLink = link;
    linkListeners.forEach((listener) => listener());
  }
};

let isStarted = false;

/** Begins, once somebody is signed in. */
export const startLive = (refused: () => void): void => {
  onRefused = refused;
  if (!isStarted) {
    isStarted = true;
    document.addEventListener("visibilitychange", () => {
      session.show(document.visibilityState === "visible");
      drain();
    });
    session.start();
    drain();
  }
};

const change = (topics: readonly string[], by: 1 | -1): void => {
  for (const topic of topics) {
    const count = (wanted.get(topic) ?? 0) + by;
    if (count <= 0) {
      wanted.delete(topic);
    } else {
      wanted.set(topic, count);
    }
  }
  // Pages that follow one another want the same things: what is let go and taken up in one turn is never dropped.
  queueMicrotask(() => {
    session.want([...wanted.keys()]);
    drain();
  });
};

/** Wants topics as long as the part of the page stands. */
export const useTopics = (...topics: string[]): void => {
  const text = topics.join(" ");
  useEffect(() => {
    const names = text.split(" ").filter((name) => name !== "");
    change(names, 1);
    return () => change(names, -1);
  }, [text]);
};

export const useLiveKeys = (topic: string): readonly string[] =>
  useSyncExternalStore(
    useCallback((listener) => store.onKeys(topic, listener), [topic]),
    () => store.keys(topic),
  );

/** One row, drawn anew when it changes. What it is, the contract says. */
export const useLiveRow = <Row,>(topic: string, key: string): Row | undefined =>
  useSyncExternalStore(
    useCallback((listener) => store.onRow(topic, key, listener), [topic, key]),
    () => store.row(topic, key),
  ) as Row | undefined;

/** One value of a row: whoever shows it is drawn anew when the value changes, and not with the rest of the row. */
export const useLiveValue = <Row, Value extends string | number | boolean | undefined>(
  topic: string,
  key: string,
  valueOf: (row: Row | undefined) => Value,
): Value =>
  useSyncExternalStore(
    useCallback((listener) => store.onRow(topic, key, listener), [topic, key]),
    () => valueOf(store.row(topic, key) as Row | undefined),
  );

/** A line for each of some rows, in one text; drawn anew when that text changes. */
export const useLiveText = <Row,>(topic: string, keys: readonly string[], lineOf: (row: Row | undefined) => string): string => {
  const joined = keys.join(" ");
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = joined.split(" ").map((key) => store.onRow(topic, key, listener));
      return () => stops.forEach((stop) => stop());
    },
    [topic, joined],
  );
  return useSyncExternalStore(subscribe, () =>
    joined
      .split(" ")
      .map((key) => lineOf(store.row(topic, key) as Row | undefined))
      .join("\n"),
  );
};

/** All rows of a topic, drawn anew when any changes: for what sums them up. */
export const useLiveRows = <Row,>(topic: string): readonly Row[] => {
  const keys = useLiveKeys(topic);
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = keys.map((key) => store.onRow(topic, key, listener));
      return () => stops.forEach((stop) => stop());
    },
    [topic, keys],
  );
  const snapshot = useMemo(() => snapshotOf(topic, keys), [topic, keys]);
  return useSyncExternalStore(subscribe, snapshot) as readonly Row[];
};

/** The same array as long as all its rows are. */
const snapshotOf = (topic: string, keys: readonly string[]): (() => readonly Json[]) => {
  let last: readonly Json[] = [];
  return () => {
    const rows = keys.flatMap((key) => store.row(topic, key) ?? []);
    last = rows.length === last.length && rows.every((row, i) => row === last[i]) ? last : rows;
    return last;
  };
};

export const liveRow = <Row,>(topic: string, key: string): Row | undefined => store.row(topic, key) as Row | undefined;
export const heardAt = (topic: string): number | undefined => store.heardAt(topic);

/** Says that somebody looks at these pictures now. */
export const lookAt = (pictures: Parameters<LiveSession["look"]>[0]): void => {
  session.look(pictures);
  drain();
};

export const useLink = (): Link =>
  useSyncExternalStore(
    (listener) => {
      linkListeners.add(listener);
      return () => linkListeners.delete(listener);
    },
    () => shownLink,
  );

/** Called with every event, alarm, change and notice that comes. */
export const useMessages = (listener: (message: LiveMessage) => void): void => {
  useEffect(() => {
    messageListeners.add(listener);
    return () => {
      messageListeners.delete(listener);
    };
  }, [listener]);
};
