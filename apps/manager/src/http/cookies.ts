import type { FastifyReply } from "fastify";

export const SESSION_COOKIE = "session";
export const CSRF_COOKIE = "csrf_token";

/** `secure`: this program speaks TLS itself, or the proxy before it does. */
export const setSessionCookies = (
  reply: FastifyReply,
  session: { token: string; csrf: string; seconds: number },
  secure: boolean,
): void => {
  const shared = { path: "/", sameSite: "lax", secure, maxAge: session.seconds } as const;
  void reply
    .setCookie(SESSION_COOKIE, session.token, { ...shared, httpOnly: true })
    .setCookie(CSRF_COOKIE, session.csrf, { ...shared, httpOnly: false });
};

export const clearSessionCookies = (reply: FastifyReply, secure: boolean): void => {
  for (const name of [SESSION_COOKIE, CSRF_COOKIE]) {
    void reply.clearCookie(name, { path: "/", sameSite: "lax", secure });
  }
};
