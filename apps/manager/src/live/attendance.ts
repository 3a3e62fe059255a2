import type { LiveRequest } from "@bilbycast/contracts/manager-api";
import type { WebSocket } from "ws";
import { hearBrowser } from "./browser.ts";
import type { Feed } from "./feed.ts";
import type { Counts, Guest } from "./live-door.ts";
import { LiveSession, RESUME_FOR } from "./live-session.ts";

/** Milliseconds for which a browser may say who it was before it is greeted, and between two questions whether it is there. */
const GREETING = 1_000;
const PING = 15_000;
/** Sessions without a browser that wait for it to come back. */
const MOST_ABSENT = 1_000;
const SESSION_ENDED = 4_401;

export type AttendanceOptions = {
  owner: { instanceId: string; region: string; version: string };
  feed: Feed;
  onRequest: (session: LiveSession, request: LiveRequest) => void;
  /** Somebody came back who lacks something. */
  onBack: () => void;
};

/** Who watches, and who did a moment ago and may come back to where they were. */
export class Attendance implements Counts {
  readonly present = new Map<LiveSession, WebSocket>();
  readonly #absent = new Map<string, { session: LiveSession; timer: NodeJS.Timeout }>();
  /** Sockets that were asked whether they are there and have not said so. */
  readonly #silent = new WeakSet<WebSocket>();
  readonly #options: AttendanceOptions;
  #pingedAt = 0;
  #isClosed = false;

  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  get total(): number {
    return this.present.size;
  }

  of(userId: string): number {
    return [...this.present.keys()].filter(({ caller }) => caller.userId === userId).length;
  }

  /** Whether what is told now is for anybody. */
  get isAwaited(): boolean {
    return this.present.size + this.#absent.size > 0;
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.present.values()) {
      socket.close(1_012, "the manager stops");
      setTimeout(() => socket.terminate(), 500).unref();
    }
    for (const { timer } of this.#absent.values()) {
      clearTimeout(timer);
    }
    this.#absent.clear();
  }

  end(session: LiveSession): void {
    const socket = this.present.get(session);
    this.present.delete(session);
    session.outlet = undefined;
    socket?.close(SESSION_ENDED, "the session has ended");
  }

  /** Ends those that have not said a word since they were asked last. */
  ping(now: number): void {
    if (now - this.#pingedAt < PING) {
      return;
    }
    this.#pingedAt = now;
    for (const socket of this.present.values()) {
      if (this.#silent.has(socket)) {
        socket.terminate();
      } else {
        this.#silent.add(socket);
        socket.ping();
      }
    }
  }

  welcome({ caller, credential, socket }: Guest): void {
    let session = new LiveSession(caller, credential, this.#options.feed.last);
    let isGreeted = false;
    this.present.set(session, socket);
    const greet = (resumed: boolean): void => {
      clearTimeout(timer);
      isGreeted = true;
      session.outlet = socket;
      const { instanceId, region, version } = this.#options.owner;
      session.send(
        "hello",
        `"resume_token":"${session.token}","instance_id":${JSON.stringify(instanceId)},"region":${JSON.stringify(region)},"version":${JSON.stringify(version)},"resumed":${resumed}`,
      );
    };
    const timer = setTimeout(() => greet(false), GREETING);
    socket.on("error", () => socket.terminate());
    socket.on("pong", () => this.#silent.delete(socket));
    socket.once("close", () => {
      clearTimeout(timer);
      this.#left(session);
    });
    hearBrowser(
      socket,
      (request) => {
        this.#silent.delete(socket);
        if (request.type === "resume" && !isGreeted) {
          const former = this.#comeBack(request, session);
          if (former !== undefined) {
            this.present.delete(session);
            session = former;
            this.present.set(session, socket);
          }
          greet(former !== undefined);
          this.#options.onBack();
          return;
        }
        if (!isGreeted) {
          greet(false);
        }
        this.#options.onRequest(session, request);
      },
      () => session.send("notice", `"code":"request_malformed","message":"The message is none that is understood"`),
    );
  }

  /** The session that this browser had, when it is the same person's and it is known what it lacks. */
  #comeBack({ resume_token: token, seq }: LiveRequest & { type: "resume" }, fresh: LiveSession): LiveSession | undefined {
    const absent = this.#absent.get(token);
    if (absent === undefined || absent.session.caller.sessionId !== fresh.caller.sessionId || fresh.caller.sessionId === undefined) {
      return undefined;
    }
    this.#absent.delete(token);
    clearTimeout(absent.timer);
    const { session } = absent;
    session.caller = fresh.caller;
    session.verifiedAt = fresh.verifiedAt;
    return session.goBackTo(seq) ? session : undefined;
  }

  #left(session: LiveSession): void {
    if (!this.present.delete(session) || this.#isClosed || session.outlet === undefined) {
      return;
    }
    session.outlet = undefined;
    const timer = setTimeout(() => this.#absent.delete(session.token), RESUME_FOR).unref();
    this.#absent.set(session.token, { session, timer });
    const [oldest] = this.#absent.keys();
    if (this.#absent.size > MOST_ABSENT && oldest !== undefined) {
      clearTimeout(this.#absent.get(oldest)?.timer);
      this.#absent.delete(oldest);
    }
  }
}
