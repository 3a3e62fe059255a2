import { launchEdge } from "../edge/launched.ts";

type Known = { id: string; secret: string };

/** What an edge of so many flows says each second: `bytes` of it, and its words at a second after its start. */
export type StatsText = { bytes: number; at: (second: number) => string };

/** Bits per second of a flow, and how far off a second may be: a stream of a constant rate as it is counted. */
const RATE = 8_000_000;
const JITTER = 0.01;

/** As our edge words it: read from one that runs, with rates and a load that change as they do. */
export const statsText = async (flows: number): Promise<StatsText> => {
  const edge = await launchEdge(flows);
  try {
    const { data } = (await (await fetch(`${edge.address}/api/v1/stats`)).json()) as { data: { flows: object[] } };
    const resources = { ram_percent: 41.2, ram_used_mb: 6_600, ram_total_mb: 16_000 };
    const at = (second: number): string => {
      const payload = {
        flows: data.flows,
        tunnels: [],
        uptime_secs: second,
        active_flows: flows,
        total_flows: flows,
        system_resources: { ...resources, cpu_percent: Math.round(200 + Math.random() * 40) / 10 },
      };
      return JSON.stringify({ type: "stats", timestamp: new Date().toISOString(), payload }).replaceAll(
        '"bitrate_bps":0',
        () => `"bitrate_bps":${Math.round(RATE * (1 + (Math.random() * 2 - 1) * JITTER))}`,
      );
    };
    return { bytes: at(1).length, at };
  } finally {
    await edge.stop();
  }
};

/** Parts of a second in which nodes speak, and seconds between two pictures of one. */
const SLICES = 20;
const PICTURE_EVERY = 5;

/** Nodes that are connected: they send their statistics once a second, spread over it, and acknowledge every command at once. */
export class Load {
  readonly #sockets: WebSocket[] = [];
  readonly #text: StatsText;
  readonly #picture: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  sent = 0;
  commands = 0;

  /** `jpeg`: each node sends it as a picture every five seconds. */
  constructor(text: StatsText, jpeg?: Buffer) {
    this.#text = text;
    const payload = { flow_id: "flow-0", data: jpeg?.toString("base64"), width: 320, height: 180 };
    this.#picture = jpeg === undefined ? undefined : JSON.stringify({ type: "thumbnail", timestamp: new Date().toISOString(), payload });
  }

  async connect(base: string, nodes: readonly Known[]): Promise<void> {
    for (let from = 0; from < nodes.length; from += 20) {
      await Promise.all(nodes.slice(from, from + 20).map((node) => this.#connect(base, node)));
    }
  }

  start(): void {
    this.#timer = setInterval(() => this.#speak(this.#tick++), 1_000 / SLICES);
  }

  /** Connected, and silent. */
  pause(): void {
    clearInterval(this.#timer);
  }

  stop(): void {
    this.pause();
    this.#sockets.forEach((socket) => socket.close());
  }

  #speak(tick: number): void {
    const said = this.#text.at(Math.floor(tick / SLICES));
    for (let index = tick % SLICES; index < this.#sockets.length; index += SLICES) {
      const socket = this.#sockets[index];
      socket?.send(said);
      this.sent += 1;
      if (this.#picture !== undefined && (Math.floor(tick / SLICES) + index) % PICTURE_EVERY === 0) {
        socket?.send(this.#picture);
      }
    }
  }

  async #connect(base: string, { id, secret }: Known): Promise<void> {
    const socket = new WebSocket(`${base.replace("http", "ws")}/ws/node`);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () =>
        socket.send(
          JSON.stringify({
            type: "auth",
            timestamp: new Date().toISOString(),
            payload: { node_id: id, node_secret: secret, software_version: "1", protocol_version: 4 },
          }),
        ),
      );
      socket.addEventListener("message", () => resolve(), { once: true });
      socket.addEventListener("error", () => reject(new Error("a node could not connect")));
    });
    socket.addEventListener("message", ({ data }) => this.#obey(socket, String(data)));
    this.#sockets.push(socket);
  }

  #obey(socket: WebSocket, text: string): void {
    const { type, payload } = JSON.parse(text) as { type: string; payload: { command_id: string; action: { type: string } } | null };
    if (type !== "command" || payload === null) {
      return;
    }
    this.commands += 1;
    const say = (what: string, said: unknown): void =>
      socket.send(JSON.stringify({ type: what, timestamp: new Date().toISOString(), payload: said }));
    say("command_ack", { command_id: payload.command_id, success: true, data: {} });
    if (payload.action.type === "get_config") {
      say("config_response", { version: 2, inputs: [], outputs: [], flows: [] });
    }
  }
}
