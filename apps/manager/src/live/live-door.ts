import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { decide, LIVE_PATH } from "@bilbycast/contracts/manager-api";
import { WebSocketServer, type WebSocket } from "ws";
import type { Caller } from "../access/caller.ts";
import type { App } from "../app.ts";
import { SESSION_COOKIE } from "../http/cookies.ts";
import { answerOf, refusal } from "../http/faults.ts";
import { isSameSite } from "../http/origin.ts";
import { REQUEST_MAX } from "./browser.ts";

/** Browsers that knock at once, those of one person, and all of them. */
const MOST_AT_THE_DOOR = 256;
const MOST_OF_ONE = 16;
const MOST = 1_000;

export type Guest = { socket: WebSocket; caller: Caller; credential: string };

export type Counts = { total: number; of(userId: string): number };

/** The door for browsers: who comes is known, from a page of ours, and there is room, before a single frame is taken. */
export class LiveDoor {
  readonly path = LIVE_PATH;
  readonly #app: App;
  readonly #counts: Counts;
  readonly #onGuest: (guest: Guest) => void;
  readonly #server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: REQUEST_MAX });
  #atTheDoor = 0;

  constructor(app: App, counts: Counts, onGuest: (guest: Guest) => void) {
    this.#app = app;
    this.#counts = counts;
    this.#onGuest = onGuest;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#atTheDoor >= MOST_AT_THE_DOOR) {
      socket.destroy();
      return;
    }
    this.#atTheDoor += 1;
    this.#admit(request)
      .then(({ caller, credential }) => {
        this.#server.handleUpgrade(request, socket, head, (accepted) => this.#onGuest({ socket: accepted, caller, credential }));
      })
      .catch((error: unknown) => refuse(socket, error))
      .finally(() => {
        this.#atTheDoor -= 1;
      });
  }

  close(): void {
    this.#server.close();
  }

  async #admit(request: IncomingMessage): Promise<{ caller: Caller; credential: string }> {
    if (!isSameSite(request)) {
      throw refusal("csrf_refused", "The request comes from a page of another site");
    }
    const credential = this.#app.api.parseCookie(request.headers.cookie ?? "")[SESSION_COOKIE];
    if (credential === undefined) {
      throw refusal("auth_missing", "The request carries no session");
    }
    const caller = await this.#app.callers.of({ session: credential });
    if (caller === undefined || decide("live.watch", caller.subject, undefined, new Date().toISOString()).is !== "allowed") {
      throw refusal("auth_invalid", "The session has ended");
    }
    if (caller.mustChangePassword) {
      throw refusal("password_change_required", "The password must be changed before anything else");
    }
    if (this.#counts.total >= MOST || this.#counts.of(caller.userId) >= MOST_OF_ONE) {
      throw refusal("rate_limited", "As many browsers watch as may", { retry_after_seconds: 30 });
    }
    return { caller, credential };
  }
}

const refuse = (socket: Duplex, error: unknown): void => {
  const { status, body } = answerOf(error);
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
};
