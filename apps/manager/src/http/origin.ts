import type { IncomingMessage } from "node:http";
import type { Origin } from "../access/caller.ts";
import { plainAddress } from "../settings/networks.ts";

/** Whether an address is a proxy whose word is taken. */
export type Trust = (address: string) => boolean;

/** Where a request is from: the peer, or, behind proxies that are trusted, the last address of X-Forwarded-For that is none of them. */
export const originOf = (request: IncomingMessage, trusts: Trust): Origin => {
  const { "user-agent": userAgent = "", "x-forwarded-for": forwarded } = request.headers;
  let ipAddress = plainAddress(request.socket.remoteAddress ?? "");
  const hops = [forwarded ?? []]
    .flat()
    .join(",")
    .split(",")
    .map((hop) => plainAddress(hop.trim()))
    .filter((hop) => hop !== "");
  while (trusts(ipAddress)) {
    const before = hops.pop();
    if (before === undefined) {
      break;
    }
    ipAddress = before;
  }
  return { ipAddress: ipAddress.slice(0, 64), userAgent: userAgent.slice(0, 256) };
};

/** Whether a request that changes something comes from a page of ours: browsers say where from, programs say nothing. */
export const isSameSite = ({ headers }: IncomingMessage): boolean => {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) {
    return site === "same-origin" || site === "none";
  }
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
};
