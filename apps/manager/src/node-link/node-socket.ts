import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import {
  AUTH_DEADLINE_MS,
  AUTH_ERRORS,
  FRAME_BYTES_MAX,
  readNodeMessage,
  type AuthErrorCode,
  type NodeMessage,
} from "@bilbycast/contracts/node-link";
import type { App } from "../app.ts";
import { originOf } from "../http/origin.ts";
import { admitNode, type Admitted } from "./admission.ts";

/** Nodes that knock at once, before they have said who they are. */
const MOST_AT_THE_DOOR = 512;
/** Bytes of the first frame: credentials and versions. */
const FIRST_FRAME_MAX = 16_384;
/** Bytes of a stranger that are taken in at most: the first frame, and what was read together with it. */
const STRANGER_BYTES_MAX = 131_072;
const POLICY_VIOLATION = 1_008;

export type Arrival = { socket: WebSocket; node: Admitted; remoteAddress: string };

/** The door for nodes: takes over upgrades of its path, hears the first frame, and hands on those who may come in. */
export class NodeSocket {
  readonly path = "/ws/node";
  readonly #app: App;
  readonly #onArrival: (arrival: Arrival) => void;
  readonly #server: WebSocketServer;
  #atTheDoor = 0;

  constructor(app: App, onArrival: (arrival: Arrival) => void) {
    this.#app = app;
    this.#onArrival = onArrival;
    this.#server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: FRAME_BYTES_MAX });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#atTheDoor >= MOST_AT_THE_DOOR) {
      socket.destroy();
      return;
    }
    const { ipAddress } = originOf(request, this.#app.trusts);
    // Frames of nodes are large; of somebody who has not said who he is no such frame is waited for.
    const stop = boundBytes(socket, STRANGER_BYTES_MAX);
    this.#server.handleUpgrade(request, socket, head, (accepted) => {
      accepted.once("message", stop);
      this.#welcome(accepted, ipAddress);
    });
  }

  close(): void {
    this.#server.close();
  }

  #welcome(socket: WebSocket, remoteAddress: string): void {
    this.#atTheDoor += 1;
    let isDone = false;
    const done = (): void => {
      if (!isDone) {
        isDone = true;
        this.#atTheDoor -= 1;
        clearTimeout(deadline);
      }
    };
    const deadline = setTimeout(() => {
      done();
      refuse(socket, "auth_timeout");
    }, AUTH_DEADLINE_MS);
    socket.on("error", () => socket.terminate());
    socket.once("close", done);
    // Frames that follow the first before it is answered wait in the system: nobody is known yet.
    socket.once("message", (data: Buffer, isBinary) => {
      socket.pause();
      void this.#hear(socket, isBinary || data.length > FIRST_FRAME_MAX ? undefined : data, remoteAddress).finally(done);
    });
  }

  async #hear(socket: WebSocket, data: Buffer | undefined, remoteAddress: string): Promise<void> {
    const message = data === undefined ? undefined : readFirst(data);
    if (message?.type !== "auth") {
      refuse(socket, "auth_expected");
      return;
    }
    try {
      const outcome = await admitNode(this.#app, message.payload, remoteAddress);
      if ("refused" in outcome) {
        refuse(socket, outcome.refused);
        return;
      }
      const answer =
        outcome.secret === undefined
          ? { type: "auth_ok", payload: null }
          : { type: "register_ack", payload: { node_id: outcome.nodeId, node_secret: outcome.secret } };
      // One that ended meanwhile has taken the place of the former all the same: it arrives, and leaves at once.
      if (socket.readyState === socket.OPEN) {
        socket.send(JSON.stringify({ ...answer, timestamp: new Date().toISOString() }));
      }
      this.#onArrival({ socket, node: outcome, remoteAddress });
      socket.resume();
    } catch (error) {
      this.#app.log.error({ err: error }, "a node could not be let in");
      // Not its fault: it comes back by itself.
      socket.close(1_013, "try again later");
      socket.resume();
    }
  }
}

/** Ends the connection when more than so many bytes come over it; until what it answers is called. */
const boundBytes = (socket: Duplex, most: number): (() => void) => {
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > most) {
      socket.destroy();
    }
  };
  socket.on("data", count);
  return () => void socket.off("data", count);
};

const readFirst = (data: Buffer): NodeMessage | undefined => {
  try {
    const outcome = readNodeMessage(JSON.parse(data.toString("utf8")));
    return outcome.kind === "message" ? outcome.message : undefined;
  } catch {
    return undefined;
  }
};

const refuse = (socket: WebSocket, code: AuthErrorCode): void => {
  const error = Object.hasOwn(AUTH_ERRORS, code) ? AUTH_ERRORS[code as keyof typeof AUTH_ERRORS] : "refused";
  if (socket.readyState === socket.OPEN) {
    socket.send(
      JSON.stringify({ type: "auth_error", timestamp: new Date().toISOString(), message: error, payload: { error, error_code: code } }),
    );
    socket.close(POLICY_VIOLATION, error);
    socket.resume();
    setTimeout(() => socket.terminate(), 1_000).unref();
  }
};
