import { decide, type LiveRequest } from "@bilbycast/contracts/manager-api";
import { alarmRows } from "../alarms/alarm-rows.ts";
import type { NodeRooms } from "../nodes/routes.ts";
import { Attendance } from "./attendance.ts";
import { Board } from "./board.ts";
import { NO_FACTS } from "./card-facts.ts";
import { DeskBoards } from "./desk-boards.ts";
import { NodeDirectory } from "./directory.ts";
import { Feed } from "./feed.ts";
import { FlowBoard } from "./flow-board.ts";
import { InstanceCards } from "./instance-cards.ts";
import { LiveDoor } from "./live-door.ts";
import type { LiveSession } from "./live-session.ts";
import { readNews } from "./news-reader.ts";
import { NodeFacts, postDetail } from "./node-facts.ts";
import { NumberBoard, withoutNumbers } from "./number-board.ts";
import { PictureWatch } from "./picture-watch.ts";
import { maySeeDesk, sendObjects, serveSession } from "./serve-session.ts";

/** Milliseconds between two rounds, between two out of turn, and between two tellings of what nobody looks at. */
const ROUND = 1_000;
const OUT_OF_TURN = 250;
const HIDDEN = 5_000;
/** Milliseconds without knowing that somebody may watch, after which they are told nothing until that is known again. */
const UNVERIFIED = 15_000;
const MOST_ALARMS = 1_000;

/** Browsers that watch. What they are shown is made once a second for all of them; each is told what it lacks and may see. */
export class LiveRoom {
  readonly door: LiveDoor;
  readonly #rooms: NodeRooms;
  readonly #facts: NodeFacts;
  readonly #others: InstanceCards;
  readonly #pictures: PictureWatch;
  readonly #stage: {
    directory: NodeDirectory;
    cards: Board;
    numbers: NumberBoard;
    flows: Board;
    details: Map<string, Board>;
    desks: DeskBoards;
    feed: Feed;
  };
  readonly #flows = new FlowBoard();
  readonly #attendance: Attendance;
  readonly #wanted = new Set<"round" | "access" | "news" | "desks">();
  #round = 1;
  #preparedAt = 0;
  #doubts = 0;
  #timer: NodeJS.Timeout | undefined;
  #early: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #isClosed = false;

  constructor(rooms: NodeRooms) {
    const { app, hub, states } = rooms;
    this.#rooms = rooms;
    this.#facts = new NodeFacts(states);
    this.#others = new InstanceCards(app, states, this.#facts);
    this.#pictures = new PictureWatch(hub, (nodeId) => this.#facts.detail(nodeId, Date.now())?.stats);
    this.#stage = {
      directory: new NodeDirectory(app.database.queries),
      cards: new Board(),
      numbers: new NumberBoard(),
      flows: this.#flows.board,
      details: new Map(),
      desks: new DeskBoards(app, () => this.#want("desks")),
      feed: new Feed(),
    };
    this.#attendance = new Attendance({
      owner: app,
      feed: this.#stage.feed,
      onRequest: (session, request) => this.#take(session, request),
      onBack: () => this.#soon(),
    });
    this.door = new LiveDoor(app, this.#attendance, (guest) => this.#attendance.welcome(guest));
    readNews(app, this.#stage.feed, {
      isWanted: () => this.#attendance.isAwaited,
      onNews: () => this.#want("news"),
    });
    app.messages.on("access", () => this.#doubt());
    app.messages.onGap(() => {
      this.#stage.feed.skip();
      this.#doubt();
    });
    // Browsers may come at any time; without one a round does nothing.
    this.#timer = setInterval(() => this.#want("round"), ROUND).unref();
  }

  /** Browsers that watch now. */
  get size(): number {
    return this.#attendance.present.size;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#early);
    this.#others.stop();
    this.#stage.desks.close();
    this.door.close();
    this.#attendance.close();
    await this.#working;
  }

  /** Somebody's rights have changed, or may have: nobody is told anything before that is known. */
  #doubt(): void {
    this.#doubts += 1;
    for (const session of this.#attendance.present.keys()) {
      session.verifiedAt = 0;
    }
    this.#want("access");
  }

  /** A round out of turn, for who has just come or wants something else; not as often as somebody may ask for it. */
  #soon(): void {
    this.#early ??= setTimeout(
      () => {
        this.#early = undefined;
        this.#want("round");
      },
      Math.max(0, this.#preparedAt + OUT_OF_TURN - Date.now()),
    ).unref();
  }

  #want(what: "round" | "access" | "news" | "desks"): void {
    if (this.#attendance.present.size === 0 || this.#isClosed) {
      return;
    }
    this.#wanted.add(what);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#wanted.size > 0) {
        this.#want("news");
      }
    });
  }

  async #work(): Promise<void> {
    while (this.#wanted.size > 0 && !this.#isClosed) {
      const isRound = this.#wanted.delete("round");
      this.#wanted.delete("news");
      this.#wanted.delete("desks");
      // Rights that change while they are read are read again: what is told afterwards is told at once.
      for (let must = isRound; must || this.#wanted.has("access"); must = false) {
        this.#wanted.delete("access");
        await this.#look();
      }
      if (isRound) {
        this.#prepare();
      }
      await this.#readDesks();
      const now = Date.now();
      for (const session of this.#attendance.present.keys()) {
        this.#serve(session, isRound, now);
      }
      await this.#tellAlarms();
    }
  }

  /** Who watches, and what they may see. While the database does not answer what was known holds for a little. */
  async #look(): Promise<void> {
    const doubts = this.#doubts;
    try {
      await this.#stage.directory.refresh();
    } catch (err) {
      this.#rooms.app.log.warn({ err }, "what browsers may see could not be read");
      return;
    }
    await Promise.all([...this.#attendance.present.keys()].map((session) => this.#verify(session, doubts)));
  }

  async #verify(session: LiveSession, doubts: number): Promise<void> {
    try {
      const caller = await this.#rooms.app.callers.of({ session: session.credential });
      if (caller === undefined || caller.mustChangePassword) {
        this.#attendance.end(session);
        return;
      }
      session.caller = caller;
      // What was read may be older than a change that came meanwhile: that is looked at again.
      session.verifiedAt = doubts === this.#doubts ? Date.now() : 0;
    } catch {
      // Told nothing when it lasts.
    }
  }

  /** Desks that changed; each reading is a round of its own, so that a press is seen when it is made. */
  async #readDesks(): Promise<void> {
    const { desks } = this.#stage;
    const watched = new Set<string>();
    for (const session of this.#attendance.present.keys()) {
      for (const topic of session.topics.keys()) {
        if (topic.startsWith("desk:") && maySeeDesk(session, topic)) {
          watched.add(topic.slice("desk:".length));
        }
      }
    }
    desks.watch(watched, Date.now());
    if (desks.isDue) {
      try {
        await desks.refresh(() => ++this.#round);
      } catch (err) {
        this.#rooms.app.log.warn({ err }, "desks could not be read for browsers");
      }
    }
  }

  /** What all browsers are shown in this round. */
  #prepare(): void {
    this.#round += 1;
    const now = Date.now();
    this.#preparedAt = now;
    const { cards, details, directory, numbers } = this.#stage;
    for (const { object, ...known } of directory.nodes.values()) {
      const facts = this.#facts.card(known.id) ?? NO_FACTS;
      const n = numbers.put(known.id, facts, this.#round);
      cards.put(known.id, { ...known, n, group_id: object.ownerGroupId, ...withoutNumbers(facts) }, this.#round);
    }
    for (const id of cards.keys()) {
      if (!directory.nodes.has(id)) {
        cards.drop(id, this.#round);
        numbers.drop(id);
      }
    }
    this.#facts.keepOnly(directory.nodes);
    const isListed = [...this.#attendance.present.keys()].some(({ topics }) => topics.has("flows"));
    this.#flows.post(isListed ? directory.nodes.keys() : [], (id) => this.#facts.flows(id), this.#round);
    const wanted = new Set<string>();
    for (const session of this.#attendance.present.keys()) {
      for (const topic of session.topics.keys()) {
        const id = topic.startsWith("node:") ? topic.slice("node:".length) : undefined;
        if (id !== undefined && session.sight?.nodes.has(id) === true) {
          wanted.add(id);
        }
      }
    }
    for (const id of details.keys()) {
      if (!wanted.has(id)) {
        details.delete(id);
      }
    }
    for (const id of wanted) {
      const board = details.get(id) ?? new Board();
      details.set(id, board);
      postDetail(board, this.#facts.detail(id, now), this.#round);
    }
    this.#others.ask([...wanted], isListed, now);
    this.#pictures.round(now);
    this.#attendance.ping(now);
  }

  #serve(session: LiveSession, isRound: boolean, now: number): void {
    if (this.#isSilenced(session, now)) {
      return;
    }
    const isDue = isRound && (session.isVisible || now >= session.dueAt);
    if (isDue) {
      // Half a round less, or it would be the round after the one that is meant.
      session.dueAt = now + HIDDEN - ROUND / 2;
    }
    if (isDue || session.isVisible) {
      serveSession(session, this.#stage, this.#round, isDue, now);
    }
  }

  /** It has not asked for anything, or it is not known any more that they may watch. */
  #isSilenced(session: LiveSession, now: number): boolean {
    return session.outlet === undefined || session.topics.size === 0 || now - session.verifiedAt > UNVERIFIED;
  }

  /** The list of alarms as a whole, for those who have not had it. Their news went on meanwhile: what is newer comes again behind it. */
  async #tellAlarms(): Promise<void> {
    for (const session of this.#attendance.present.keys()) {
      const state = session.topics.get("alarms");
      const sight = session.sight;
      if (state === undefined || state.seen !== undefined || sight === undefined || this.#isSilenced(session, Date.now())) {
        continue;
      }
      try {
        const isAll = session.caller.subject.platform_role === "super_admin";
        const rows = await alarmRows(
          this.#rooms.app.database.queries,
          { nodeIds: isAll ? "all" : [...sight.nodes], state: "open" },
          MOST_ALARMS,
        );
        if (session.sight === sight && !this.#wanted.has("access") && session.canTake(Date.now())) {
          const seen = rows.filter(({ node_id: id }) => id !== null && sight.nodes.has(id));
          sendObjects(
            session,
            "snapshot",
            "alarms",
            seen.map((alarm) => `${JSON.stringify(alarm.id)}:${JSON.stringify(alarm)}`),
          );
          state.seen = this.#round;
          session.mark(this.#round, Date.now());
        }
      } catch (err) {
        this.#rooms.app.log.warn({ err }, "alarms could not be read for a browser");
      }
    }
  }

  #take(session: LiveSession, request: LiveRequest): void {
    switch (request.type) {
      case "resume":
        session.send("resync", `"reason":"it came too late to go on"`);
        session.forgetTold(this.#stage.feed.last);
        this.#soon();
        break;
      case "subscribe":
        session.topics = new Map([...new Set(request.topics)].map((topic) => [topic, session.topics.get(topic) ?? { seen: undefined }]));
        session.dueAt = 0;
        this.#soon();
        break;
      case "rate":
        session.isVisible = request.visible;
        session.dueAt = 0;
        break;
      case "look":
        this.#lookAt(session, request.pictures);
        break;
      case "ping":
        session.send("pong", "");
    }
  }

  #lookAt({ caller, sight }: LiveSession, pictures: (LiveRequest & { type: "look" })["pictures"]): void {
    const now = new Date();
    const allowed = pictures.filter(({ node_id: id }) => {
      const node = this.#stage.directory.nodes.get(id)?.object;
      return (
        node !== undefined &&
        sight?.nodes.has(id) === true &&
        decide("node.picture", caller.subject, { node }, now.toISOString()).is === "allowed"
      );
    });
    this.#pictures.look(allowed, now.getTime());
  }
}
