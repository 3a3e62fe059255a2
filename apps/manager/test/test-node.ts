import { once } from "node:events";
import { WebSocket } from "ws";

export type Frame = { type: string; payload: unknown };
type Action = { type: string; [field: string]: unknown };
type Outcome = { success: boolean; data?: unknown; error?: string; error_code?: string; details?: Record<string, unknown> };

/** A node at the manager's door, as far as its messages go. What it does with commands is the test's. */
export class TestNode {
  readonly socket: WebSocket;
  nodeId = "";
  secret = "";
  config: Record<string, unknown>;
  /** Commands that came, in order. */
  readonly commands: Action[] = [];
  /** What it answers to a command; `undefined`: as a node that does what it is told. */
  onCommand: ((action: Action) => Outcome | undefined | Promise<Outcome | undefined>) | undefined;
  readonly frames: Frame[] = [];

  private constructor(socket: WebSocket, config: Record<string, unknown>) {
    this.socket = socket;
    this.config = config;
  }

  static async connect(
    base: string,
    auth: { registration_token: string } | { node_id: string; node_secret: string },
    config: Record<string, unknown> = { version: 2, inputs: [], outputs: [], flows: [] },
  ): Promise<TestNode> {
    const socket = new WebSocket(`${base.replace(/^http/, "ws")}/ws/node`);
    const node = new TestNode(socket, config);
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => void node.#hear(JSON.parse(data.toString()) as Frame));
    await once(socket, "open");
    node.send("auth", { ...auth, software_version: "1.2.3", protocol_version: 4 });
    const answer = await node.frame((frame) => ["auth_ok", "register_ack", "auth_error"].includes(frame.type));
    if (answer.type === "auth_error") {
      throw new Error((answer.payload as { error: string }).error);
    }
    if (answer.type === "register_ack") {
      const { node_id: id, node_secret: secret } = answer.payload as { node_id: string; node_secret: string };
      Object.assign(node, { nodeId: id, secret });
    } else if ("node_id" in auth) {
      Object.assign(node, { nodeId: auth.node_id, secret: auth.node_secret });
    }
    node.send("health", { status: "ok", version: "1.2.3", capabilities: ["node_bus"] });
    return node;
  }

  send(type: string, payload: unknown): void {
    this.socket.send(JSON.stringify({ type, timestamp: new Date().toISOString(), payload }));
  }

  stats(flows: readonly Record<string, unknown>[] = []): void {
    this.send("stats", {
      flows,
      tunnels: [],
      uptime_secs: 5,
      active_flows: flows.length,
      total_flows: flows.length,
      system_resources: { cpu_percent: 12, ram_percent: 34, ram_used_mb: 1, ram_total_mb: 2 },
    });
  }

  /** The first frame that is so, come or to come. */
  async frame(is: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find((frame) => is(frame));
      if (found !== undefined) {
        return found;
      }
      await Promise.race([
        once(this.socket, "message"),
        once(this.socket, "close").then(() => Promise.reject(new Error("the manager closed the connection"))),
      ]);
    }
  }

  async close(): Promise<void> {
    this.socket.terminate();
    if (this.socket.readyState !== WebSocket.CLOSED) {
      await once(this.socket, "close");
    }
  }

  async #hear(frame: Frame): Promise<void> {
    this.frames.push(frame);
    if (frame.type !== "command") {
      return;
    }
    const { action, command_id: id } = frame.payload as { command_id: string; action: Action };
    this.commands.push(action);
    const outcome = (await this.onCommand?.(action)) ?? this.#obey(action);
    this.send("command_ack", { command_id: id, ...outcome });
    if (action.type === "get_config" && outcome.success) {
      this.send("config_response", this.config);
    }
  }

  #obey(action: Action): Outcome {
    if (action.type === "update_config") {
      this.config = action["config"] as Record<string, unknown>;
    }
    if (action.type === "rotate_secret") {
      this.secret = String(action["new_secret"]);
    }
    return { success: true, data: {} };
  }
}
