import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { claimPort, releasePort } from "./port-claims.ts";

/** Below the range from which systems choose ports by themselves, so that nobody gets one of ours by chance. */
const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 200;

/**
 * The first of `count` neighbouring ports on 127.0.0.1 that are free for UDP and TCP, aligned to `align` (2 for RTP
 * with its RTCP). They are free when this resolves, and no test of another process gets them before this one ends, nor one of this process
 * within two minutes. Rejects when no such row is found.
 */
export const freePorts = async (count: number, align = 1): Promise<number> => {
  for (let attempt = 0; attempt < TRIES && count + align <= LAST - FIRST; attempt++) {
    const first = Math.ceil((FIRST + Math.random() * (LAST - FIRST - count - align)) / align) * align;
    const ports = Array.from({ length: count }, (_, i) => first + i);
    const claimed = ports.filter((port) => claimPort(port));
    if (claimed.length === count && (await areFree(ports))) {
      return first;
    }
    claimed.forEach((port) => releasePort(port));
  }
  throw new Error(`no ${count} neighbouring free ports between ${FIRST} and ${LAST}`);
};

const areFree = async (ports: readonly number[]): Promise<boolean> => {
  const free = await Promise.all(ports.flatMap((port) => [isUdpFree(port), isTcpFree(port)]));
  return free.every(Boolean);
};

const isUdpFree = async (port: number): Promise<boolean> => {
  const socket = createSocket("udp4");
  try {
    socket.bind(port, "127.0.0.1");
    await once(socket, "listening");
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
};

const isTcpFree = async (port: number): Promise<boolean> => {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
};
