import { decide } from "@bilbycast/contracts/manager-api";
import { WHOLE, type Board } from "./board.ts";
import type { NodeDirectory } from "./directory.ts";
import type { Feed, FeedItem } from "./feed.ts";
import type { LiveSession, TopicState } from "./live-session.ts";
import type { NumberBoard } from "./number-board.ts";

/** What sessions are told of. */
export type Stage = {
  readonly directory: NodeDirectory;
  readonly cards: Board;
  readonly numbers: NumberBoard;
  /** Flows by node. */
  readonly flows: Board;
  /** By node, of nodes that somebody looks at in full. */
  readonly details: ReadonlyMap<string, Board>;
  /** By group, of desks that somebody watches. */
  readonly desks: { get(groupId: string): Board | undefined };
  readonly feed: Feed;
};

/** Characters of the objects of one message; more go in further ones. */
const MESSAGE_MAX = 512 * 1024;

/** Tells a session what it lacks. `withBoards`: not the news alone. Synchronous: nobody's rights change in between. */
export const serveSession = (session: LiveSession, stage: Stage, round: number, withBoards: boolean, now: number): void => {
  if (!session.canTake(now)) {
    return;
  }
  look(session, stage, now);
  const isNews = tellNews(session, stage);
  let isDesk = false;
  for (const [topic, state] of session.topics) {
    if (topic.startsWith("desk:")) {
      const board = maySeeDesk(session, topic) ? stage.desks.get(topic.slice("desk:".length)) : undefined;
      // One that is about to be read is no empty one.
      isDesk = (board !== undefined || !maySeeDesk(session, topic)) && tellBoard(session, board, topic, state, round) ? true : isDesk;
    }
  }
  if (withBoards) {
    for (const [topic, state] of session.topics) {
      if (topic === "nodes" || topic === "flows") {
        tellNodes(session, stage, topic, state, round);
      } else if (topic.startsWith("node:")) {
        const nodeId = topic.slice("node:".length);
        tellBoard(session, session.sight?.nodes.has(nodeId) === true ? stage.details.get(nodeId) : undefined, topic, state, round);
      } else if (topic !== "alarms" && !topic.startsWith("desk:") && state.seen === undefined) {
        // News alone: nothing of before is told, which is said once.
        sendObjects(session, "snapshot", topic, []);
        state.seen = round;
      }
    }
  }
  if (withBoards || isNews || isDesk) {
    session.mark(round, now);
  }
};

/** What the person sees now; made anew when rights, nodes or the time have changed. Nodes that go out of sight are told at once. */
const look = (session: LiveSession, { cards, directory, flows, numbers }: Stage, now: number): void => {
  const { caller, sight, sightOf } = session;
  if (sight !== undefined && sight.until > now && sightOf?.caller === caller && sightOf.version === directory.accessVersion) {
    return;
  }
  const next = directory.sightOf(caller.subject, now);
  session.sightOf = { caller, version: directory.accessVersion };
  if (sight !== undefined && sight.nodes.size === next.nodes.size && sight.nodes.isSubsetOf(next.nodes)) {
    session.sight = { nodes: sight.nodes, until: next.until };
    return;
  }
  session.sight = next;
  if (sight === undefined) {
    return;
  }
  const gone = [...sight.nodes.difference(next.nodes)].map((id) => `${JSON.stringify(id)}:null`);
  const come = [...next.nodes.difference(sight.nodes)];
  for (const [topic, board, rows] of [
    ["nodes", cards, numbers],
    ["flows", flows, undefined],
  ] as const) {
    if (session.topics.get(topic)?.seen !== undefined) {
      sendObjects(
        session,
        "patch",
        topic,
        [...gone, ...come.flatMap((id) => board.whole(id) ?? [])],
        come.flatMap((id) => rows?.since(id, 0) ?? []),
      );
    }
  }
  // Alarms of nodes that went go with them, those of nodes that came are there: the list as a whole.
  const alarms = session.topics.get("alarms");
  if (alarms !== undefined) {
    alarms.seen = undefined;
  }
};

const tellNews = (session: LiveSession, { directory, feed }: Stage): boolean => {
  const items = feed.since(session.feed);
  if (items === undefined) {
    session.send("resync", `"reason":"more has happened than is kept"`);
    session.forgetTold(feed.last);
    return true;
  }
  const before = session.feed;
  for (const item of items) {
    if (isFor(session, item, directory)) {
      session.send(item.kind, `"${item.kind}":${item.text}`);
    }
    session.feed = item.number;
  }
  return session.feed !== before;
};

const isFor = (session: LiveSession, { groupId, kind, nodeId }: FeedItem, directory: NodeDirectory): boolean => {
  const node = directory.nodes.get(nodeId ?? "")?.object;
  if (node === undefined || session.sight?.nodes.has(node.nodeId) !== true) {
    return false;
  }
  switch (kind) {
    case "alarm":
      return session.topics.has("alarms");
    case "event":
      // What happened while it was another group's is that group's.
      return session.topics.has("events") && groupId === node.ownerGroupId;
    case "change":
      return (
        session.topics.has(`changes:${node.nodeId}`) &&
        decide("node.config.history", session.caller.subject, { node }, new Date().toISOString()).is === "allowed"
      );
  }
};

/** What the boards have of the nodes that the person sees; of cards their numbers, too. */
const tellNodes = (
  session: LiveSession,
  { cards, flows, numbers: all }: Stage,
  topic: "nodes" | "flows",
  state: TopicState,
  round: number,
): void => {
  const [board, numbers] = topic === "nodes" ? [cards, all] : [flows, undefined];
  const nodes = session.sight?.nodes ?? new Set<string>();
  const { seen } = state;
  state.seen = round;
  if (seen === undefined) {
    sendObjects(
      session,
      "snapshot",
      topic,
      [...nodes].flatMap((id) => board.whole(id) ?? []),
      [...nodes].flatMap((id) => numbers?.since(id, 0) ?? []),
    );
    return;
  }
  const changes: string[] = [];
  const rows: string[] = [];
  for (const id of nodes) {
    const change = board.since(id, seen);
    if (change !== undefined) {
      changes.push(change === WHOLE ? (board.whole(id) ?? "") : change);
    }
    const row = numbers?.since(id, seen);
    if (row !== undefined) {
      rows.push(row);
    }
  }
  sendObjects(session, "patch", topic, changes, rows);
};

/** Whether a desk is anything to this person. */
export const maySeeDesk = ({ caller }: LiveSession, topic: string): boolean =>
  decide("switcher.read", caller.subject, { groupId: topic.slice("desk:".length) }, new Date().toISOString()).is === "allowed";

/** Objects of one topic; `board` is undefined when it is out of sight. Answers whether anything was told. */
const tellBoard = (session: LiveSession, board: Board | undefined, topic: string, state: TopicState, round: number): boolean => {
  if (board === undefined) {
    // Once nothing, and the whole when it is back.
    if (state.seen !== -1) {
      sendObjects(session, "snapshot", topic, []);
      state.seen = -1;
      return true;
    }
    return false;
  }
  const { seen } = state;
  state.seen = round;
  const changes: string[] = [];
  for (const key of [...board.keys(), ...(seen === undefined || seen < 0 ? [] : board.goneSince(seen))]) {
    const change = seen === undefined || seen < 0 ? WHOLE : board.since(key, seen);
    if (change === WHOLE && seen !== undefined && seen >= 0) {
      // Its fields come and go, and a patch of more than one step is not kept: all of it anew.
      sendObjects(
        session,
        "snapshot",
        topic,
        [...board.keys()].flatMap((each) => board.whole(each) ?? []),
      );
      return true;
    }
    if (change !== undefined) {
      changes.push(change === WHOLE ? (board.whole(key) ?? "") : change);
    }
  }
  sendObjects(session, seen === undefined || seen < 0 ? "snapshot" : "patch", topic, changes);
  return changes.length > 0;
};

/** A snapshot of nothing says that there is nothing; a patch of nothing is not sent. What is too much for one message goes on in patches. */
export const sendObjects = (
  session: LiveSession,
  type: "snapshot" | "patch",
  topic: string,
  objects: readonly string[],
  numbers: readonly string[] = [],
): void => {
  let [next, size, part]: ["snapshot" | "patch", number, string[]] = [type, 0, []];
  const flush = (rows: readonly string[] = []): void => {
    const members = `"topic":${JSON.stringify(topic)},"objects":{${part.join(",")}}`;
    session.send(next, rows.length === 0 ? members : `${members},"numbers":[${rows.join(",")}]`);
    [next, size, part] = ["patch", 0, []];
  };
  for (const text of objects) {
    if (text === "") {
      continue;
    }
    if (size > 0 && size + text.length > MESSAGE_MAX) {
      flush();
    }
    part.push(text);
    size += text.length + 1;
  }
  // The numbers come last: all their cards are there by then.
  if (part.length > 0 || next === "snapshot" || numbers.length > 0) {
    flush(numbers);
  }
};
