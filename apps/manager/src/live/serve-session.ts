import { decide } from "@bilbycast/contracts/manager-api";
import { WHOLE, type Board } from "./board.ts";
import type { NodeDirectory } from "./directory.ts";
import type { Feed, FeedItem } from "./feed.ts";
import type { LiveSession, TopicState } from "./live-session.ts";

/** What sessions are told of. */
export type Stage = {
  readonly directory: NodeDirectory;
  readonly cards: Board;
  /** Flows by node. */
  readonly flows: Board;
  /** By node, of nodes that somebody looks at in full. */
  readonly details: ReadonlyMap<string, Board>;
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
  if (withBoards) {
    for (const [topic, state] of session.topics) {
      if (topic === "nodes" || topic === "flows") {
        tellBoard(session, topic, topic === "nodes" ? stage.cards : stage.flows, state, round);
      } else if (topic.startsWith("node:")) {
        tellDetails(session, stage, topic, state, round);
      } else if (topic !== "alarms" && state.seen === undefined) {
        // News alone: nothing of before is told, which is said once.
        sendObjects(session, "snapshot", topic, []);
        state.seen = round;
      }
    }
  }
  if (withBoards || isNews) {
    session.mark(round, now);
  }
};

/** What the person sees now; made anew when rights, nodes or the time have changed. Nodes that go out of sight are told at once. */
const look = (session: LiveSession, { cards, flows, directory }: Stage, now: number): void => {
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
  for (const [topic, board] of [
    ["nodes", cards],
    ["flows", flows],
  ] as const) {
    if (session.topics.get(topic)?.seen !== undefined) {
      const gone = [...sight.nodes.difference(next.nodes)].map((id) => `${JSON.stringify(id)}:null`);
      const come = [...next.nodes.difference(sight.nodes)].flatMap((id) => board.whole(id) ?? []);
      sendObjects(session, "patch", topic, [...gone, ...come]);
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

/** What a board has of the nodes that the person sees. */
const tellBoard = (session: LiveSession, topic: "nodes" | "flows", board: Board, state: TopicState, round: number): void => {
  const nodes = session.sight?.nodes ?? new Set<string>();
  const { seen } = state;
  state.seen = round;
  if (seen === undefined) {
    sendObjects(
      session,
      "snapshot",
      topic,
      [...nodes].flatMap((id) => board.whole(id) ?? []),
    );
    return;
  }
  const changes: string[] = [];
  for (const id of nodes) {
    const change = board.since(id, seen);
    if (change !== undefined) {
      changes.push(change === WHOLE ? (board.whole(id) ?? "") : change);
    }
  }
  sendObjects(session, "patch", topic, changes);
};

const tellDetails = (session: LiveSession, { details }: Stage, topic: string, state: TopicState, round: number): void => {
  const nodeId = topic.slice("node:".length);
  const board = session.sight?.nodes.has(nodeId) === true ? details.get(nodeId) : undefined;
  if (board === undefined) {
    // Out of sight: once nothing, and the whole when it is back.
    if (state.seen !== -1) {
      sendObjects(session, "snapshot", topic, []);
      state.seen = -1;
    }
    return;
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
      return;
    }
    if (change !== undefined) {
      changes.push(change === WHOLE ? (board.whole(key) ?? "") : change);
    }
  }
  sendObjects(session, seen === undefined || seen < 0 ? "snapshot" : "patch", topic, changes);
};

/** A snapshot of nothing says that there is nothing; a patch of nothing is not sent. What is too much for one message goes on in patches. */
export const sendObjects = (session: LiveSession, type: "snapshot" | "patch", topic: string, objects: readonly string[]): void => {
  let [next, size, part]: ["snapshot" | "patch", number, string[]] = [type, 0, []];
  const flush = (): void => {
    session.send(next, `"topic":${JSON.stringify(topic)},"objects":{${part.join(",")}}`);
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
  if (part.length > 0 || next === "snapshot") {
    flush();
  }
};
