import type { Auth, Server } from "@bilbycast/contracts/config";

/** `server.auth` when it is on. */
export type AuthSettings = Auth & { jwt_secret: string };

/** `open`: nobody is asked for a token. `locked`: it is on, and nothing in it could let anybody in. */
export type Authentication = AuthSettings | "open" | "locked";

/** Tokens that one address may ask for in a minute, unless the configuration says otherwise. */
const TOKENS_PER_MINUTE = 10;

export const authOf = ({ auth }: Server): Authentication => {
  if (auth === undefined || !auth.enabled) {
    return "open";
  }
  return auth.jwt_secret === undefined ? "locked" : (auth as AuthSettings);
};

export const tokenRateOf = (auth: AuthSettings): number => auth.token_rate_limit_per_minute ?? TOKENS_PER_MINUTE;
