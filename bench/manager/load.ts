import { launchEdge } from "../edge/launched.ts";

type Known = { id: string; secret: string };

/** What an edge of so many flows says each second, in pieces: what changes goes between them. */
export type StatsText = { bytes: number; at: (second: number) => string };

/** As our edge words it: read from one that runs, with a rate that changes. */
export const statsText = async (flows: number): Promise<StatsText> => {
  const edge = await launchEdge(flows);
  try {
    const { data } = (await (await fetch(`${edge.address}/api/v1/stats`)).json()) as { data: { flows: object[] } };
    const resources = { cpu_percent: 20.5, ram_percent: 41.2, ram_used_mb: 6_600, ram_total_mb: 16_000 };
    const at = (second: number): string => {
      const payload = {
        flows: data.flows,
        tunnels: [],
        uptime_secs: second,
        active_flows: flows,
        total_flows: flows,
        system_resources: { ...resources, cpu_percent: 20 + (second % 10) / 10 },
      };
      return JSON.stringify({ type: "stats", timestamp: new Date().toISOString(), payload }).replaceAll(
        '"bitrate_bps":0',
        `"bitrate_bps":${8_000_000 + second}`,
      );
    };
    return { bytes: at(1).length, at };
  } finally {
    await edge.stop();
  }
};

/** Nodes that are connected and send their statistics once a second, spread over it. */
export class Load {
  readonly #sockets: WebSocket[] = [];
  readonly #text: StatsText;
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  #said = "";
  sent = 0;

  constructor(text: StatsText) {
    this.#text = text;
  }

  async connect(base: string, nodes: readonly Known[]): Promise<void> {
    for (let from = 0; from < nodes.length; from += 20) {
      await Promise.all(nodes.slice(from, from + 20).map((node) => this.#connect(base, node)));
    }
  }

  start(): void {
    const SLICES = 20;
    this.#timer = setInterval(() => {
      const slice = this.#tick % SLICES;
      if (slice === 0) {
        this.#said = this.#text.at(this.#tick / SLICES);
      }
      this.#tick += 1;
      for (let index = slice; index < this.#sockets.length; index += SLICES) {
        this.#sockets[index]?.send(this.#said);
        this.sent += 1;
      }
    }, 1_000 / SLICES);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#sockets.forEach((socket) => socket.close());
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
    this.#sockets.push(socket);
  }
}

/** Browsers that look at the dashboard and its alarms. */
export const watchers = async (base: string, password: string, count: number): Promise<{ bytes: () => number; stop: () => void }> => {
  const login = await fetch(`${base}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "root", password }),
  });
  const cookie = login.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  let bytes = 0;
  const sockets = Array.from({ length: count }, () => {
    const socket = new WebSocket(`${base.replace("http", "ws")}/ws/live`, { headers: { cookie } });
    socket.addEventListener("open", () => socket.send('{"type":"subscribe","topics":["nodes","alarms","events"]}'));
    socket.addEventListener("message", ({ data }) => {
      bytes += String(data).length;
    });
    return socket;
  });
  return { bytes: () => bytes, stop: () => sockets.forEach((socket) => socket.close()) };
};
