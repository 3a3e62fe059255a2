import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";
import type { TestManager } from "./test-manager.ts";

type Command = { command_id: string; action: { type: string; [field: string]: unknown } };

/** A node in the database that has registered already. */
export const addNode = async (
  manager: TestManager,
  name: string,
  groupId = "grp_default",
): Promise<{ id: string; secret: string; name: string }> => {
  const secret = randomUUID();
  const { id } = await manager.database.queries
    .insertInto("nodes")
    .values({
      owner_group_id: groupId,
      name,
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
      status: "offline",
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return { id, secret, name };
};

/** A node as far as its connection goes; it acknowledges every command. */
export class TestNode {
  readonly id: string;
  readonly commands: Command["action"][] = [];
  readonly #socket: WebSocket;

  private constructor(id: string, socket: WebSocket) {
    this.id = id;
    this.#socket = socket;
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => this.#hear(JSON.parse(data.toString("utf8"))));
  }

  static async connect(manager: Pick<TestManager, "base">, { id, secret }: { id: string; secret: string }): Promise<TestNode> {
    const socket = new WebSocket(`${manager.base.replace("http", "ws")}/ws/node`);
    await once(socket, "open");
    socket.send(
      JSON.stringify({
        type: "auth",
        timestamp: new Date().toISOString(),
        payload: { node_id: id, node_secret: secret, software_version: "1.0.0", protocol_version: 4 },
      }),
    );
    const [answer] = (await once(socket, "message")) as [Buffer];
    if (!answer.toString("utf8").includes("auth_ok")) {
      throw new Error(`the node was not let in: ${answer.toString("utf8")}`);
    }
    return new TestNode(id, socket);
  }

  event(code: string, severity: "info" | "warning" | "critical", more: Record<string, unknown> = {}, at = new Date()): void {
    const { details, ...fields } = more;
    this.say("event", { severity, category: "flow", message: code, details: { error_code: code, ...(details as object) }, ...fields }, at);
  }

  stats(flows: readonly Record<string, unknown>[] = [], more: Record<string, unknown> = {}): void {
    this.say("stats", { flows, tunnels: [], uptime_secs: 100, active_flows: flows.length, total_flows: flows.length, ...more });
  }

  say(type: string, payload: unknown, at = new Date()): void {
    this.#socket.send(JSON.stringify({ type, timestamp: at.toISOString(), payload }));
  }

  async close(): Promise<void> {
    if (this.#socket.readyState !== WebSocket.CLOSED) {
      this.#socket.close();
      await once(this.#socket, "close");
    }
  }

  #hear(message: { type: string; payload: Command }): void {
    if (message.type === "command") {
      this.commands.push(message.payload.action);
      this.say("command_ack", { command_id: message.payload.command_id, success: true, data: { until_unix_ms: 0 } });
    }
  }
}

/** Looks again and again until something is so; what it found. */
export const eventually = async <T>(look: () => Promise<T | undefined | false> | T | undefined | false, seconds = 45): Promise<T> => {
  for (const end = performance.now() + seconds * 1_000; ;) {
    const found = await look();
    if (found !== undefined && found !== false) {
      return found;
    }
    if (performance.now() > end) {
      throw new Error(`it did not become so within ${seconds} s: ${String(look)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};
