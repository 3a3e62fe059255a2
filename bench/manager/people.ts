import { Agent, request } from "node:http";
import { percentile } from "../report.ts";

/** Somebody who is logged in: what a browser would send of itself. */
export type Person = { base: string; cookie: string; csrf: string };

export const logIn = async (base: string, password: string): Promise<Person> => {
  const login = await fetch(`${base}/api/v1/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "root", password }),
  });
  const cookies = login.headers.getSetCookie().map((line) => line.split(";")[0] ?? "");
  const csrf = cookies.find((pair) => pair.startsWith("csrf_token="))?.slice("csrf_token=".length) ?? "";
  return { base, cookie: cookies.join("; "), csrf };
};

/** Browsers that look at the dashboard and its alarms. */
export const watchers = ({ base, cookie }: Person, count: number): { bytes: () => number; stop: () => void } => {
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

/** Milliseconds from the request to the acknowledged answer, of those that worked; and how many were refused. */
export type Latency = { p50: number; p99: number; worst: number; perSecond: number; refused: number };

/**
 * Commands over the API, each to a node of its own. `held`: as soon as one is answered the next is sent, so that so many are always under
 * way. `burst`: so many in the same moment, once a second.
 */
export const commandLatency = async (
  person: Person,
  nodeIds: readonly string[],
  how: { kind: "held" | "burst"; inFlight: number; seconds: number },
): Promise<Latency> => {
  const agent = new Agent({ keepAlive: true, maxSockets: how.inFlight });
  const took: number[] = [];
  let refused = 0;
  const began = performance.now();
  const end = began + how.seconds * 1_000;
  let next = 0;
  const one = async (): Promise<void> => {
    const id = nodeIds[next++ % nodeIds.length] ?? "";
    const from = performance.now();
    if (await command(person, agent, id)) {
      took.push(performance.now() - from);
    } else {
      refused += 1;
    }
  };
  try {
    if (how.kind === "held") {
      await Promise.all(
        Array.from({ length: how.inFlight }, async () => {
          while (performance.now() < end) {
            await one();
          }
        }),
      );
    } else {
      for (let due = began; due < end; due += 1_000) {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
        await Promise.all(Array.from({ length: how.inFlight }, () => one()));
      }
    }
  } finally {
    agent.destroy();
  }
  return { ...latencyOf(took, (performance.now() - began) / 1_000), refused };
};

const BODY = JSON.stringify({ action: { type: "restart_flow", flow_id: "flow-0" } });

/** Whether it worked. */
const command = ({ base, cookie, csrf }: Person, agent: Agent, nodeId: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": BODY.length, cookie, "x-csrf-token": csrf };
    const asked = request(`${base}/api/v1/nodes/${nodeId}/command`, { method: "POST", agent, headers }, (answer) => {
      answer.resume();
      answer.once("end", () => resolve(answer.statusCode === 200));
    });
    asked.once("error", reject);
    asked.end(BODY);
  });

const latencyOf = (took: readonly number[], seconds: number): Omit<Latency, "refused"> => {
  return { p50: percentile(took, 50), p99: percentile(took, 99), worst: percentile(took, 100), perSecond: took.length / seconds };
};
