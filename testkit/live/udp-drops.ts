import { readFileSync } from "node:fs";

/** Datagrams that the kernel has dropped because a socket on one of the ports had no room: the machine's loss, nobody else's. Linux only. */
export const udpDrops = (ports: readonly number[]): number => {
  const wanted = new Set(ports);
  const lines = readFileSync("/proc/net/udp", "utf8").split("\n").slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = ""]) => wanted.has(Number.parseInt(local.split(":")[1] ?? "", 16)))
    .reduce((sum, fields) => sum + Number(fields.at(-1)), 0);
};
