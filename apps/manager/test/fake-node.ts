import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import type { TestManager } from "./test-manager.ts";

type Frame = { type: string; payload: unknown };
type Command = { command_id: string; action: { type: string; [field: string]: unknown } };

/** A picture of one pixel, as far as anybody here looks. */
export const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46, 0x00, 0xff, 0xd9]);

/** A node over the real door, which acknowledges whatever it is told to do. */
export class FakeNode {
  readonly socket: WebSocket;
  readonly heard: Frame[] = [];
  /** What `get_config` tells. */
  config: Record<string, unknown> = { version: 2, flows: [], inputs: [], outputs: [] };
  /** false: commands are heard and not answered. */
  acknowledges = true;
  readonly #waiting: { type: string; resolve: (frame: Frame) => void }[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(base: string) {
    this.socket = new WebSocket(`${base.replace(/^http/, "ws")}/ws/node`);
    this.socket.on("message", (data: Buffer) => this.#hear(JSON.parse(data.toString("utf8")) as Frame));
    this.socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.once("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") }));
    });
  }

  /** Connects as a node that has this secret, and waits until it is let in. */
  static async in(base: string, nodeId: string, secret: string): Promise<FakeNode> {
    const node = new FakeNode(base);
    await node.opened();
    node.send("auth", { node_id: nodeId, node_secret: secret, software_version: "1.0.0", protocol_version: 4 });
    await node.until("auth_ok");
    return node;
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.once("open", () => resolve());
      this.socket.once("error", reject);
    });
  }

  send(type: string, payload: unknown): void {
    this.socket.send(JSON.stringify({ type, timestamp: new Date().toISOString(), payload }));
  }

  /** The next frame of this type, or one that was heard already. */
  until(type: string): Promise<Frame> {
    const known = this.heard.findIndex((frame) => frame.type === type);
    if (known >= 0) {
      return Promise.resolve(this.heard.splice(known, 1)[0] ?? { type, payload: null });
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ type, resolve });
      void this.closed.then(({ reason }) => reject(new Error(`the connection ended before ${type}: ${reason}`)));
    });
  }

  /** The usual first words: statistics, health, a picture of a flow and of its input. */
  speak(name: string): void {
    this.send("stats", {
      flows: [
        { flow_id: "f1", flow_name: name, state: "Running", active_input_id: "i1", inputs_live: [{ input_id: "i1", state: "receiving" }] },
      ],
      tunnels: [],
      uptime_secs: 1,
    });
    this.send("health", { status: "ok", version: "1.0.0", capabilities: ["thumbnails"] });
    this.send("thumbnail", { flow_id: "f1", active_input_id: "i1", data: JPEG.toString("base64"), width: 1, height: 1 });
  }

  close(): void {
    this.socket.terminate();
  }

  #hear(frame: Frame): void {
    const waiting = this.#waiting.findIndex(({ type }) => type === frame.type);
    if (waiting >= 0) {
      this.#waiting.splice(waiting, 1)[0]?.resolve(frame);
    } else if (frame.type !== "ping" && this.heard.length < 1_000) {
      this.heard.push(frame);
    }
    if (frame.type === "command" && this.acknowledges) {
      const { command_id: id, action } = frame.payload as Command;
      this.send("command_ack", { command_id: id, success: true, data: {} });
      if (action.type === "get_config") {
        this.send("config_response", this.config);
      } else if (action.type === "update_config") {
        this.config = action["config"] as Record<string, unknown>;
      }
    }
  }
}

/** Puts a node into the database which may come in with the secret. */
export const addNode = async (
  manager: TestManager,
  node: { id?: string; name: string; groupId: string },
): Promise<{ id: string; secret: string }> => {
  const id = node.id ?? randomUUID();
  const secret = randomUUID();
  await manager.database.queries
    .insertInto("nodes")
    .values({
      id,
      owner_group_id: node.groupId,
      name: node.name,
      device_type: "edge",
      last_seen_at: null,
      software_version: null,
      protocol_version: null,
      last_health: null,
      token_fingerprint: null,
      token_expires_at: null,
      secret_fingerprint: manager.app.vault.fingerprint("node-secret", secret),
      next_secret_fingerprint: null,
      expires_at: null,
      web_ui_url: null,
      network_zone: null,
    })
    .execute();
  return { id, secret };
};
