import type { TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import { AUTH_DEADLINE_MS, FRAME_BYTES_MAX } from "@bilbycast/contracts/node-link";
import { distrust, type Trust } from "./certificate-check.ts";

/**
 * Opens a WebSocket to a manager. Its certificate is judged before the request is sent; who is not trusted ends as the socket's error.
 * `onTrusted` is told the fingerprint of who is.
 */
export const dial = (url: string, trust: Trust, onTrusted: (fingerprint: string) => void): WebSocket =>
  new WebSocket(url, {
    maxPayload: FRAME_BYTES_MAX,
    perMessageDeflate: false,
    followRedirects: false,
    handshakeTimeout: AUTH_DEADLINE_MS,
    // Judged below, where a pin may be enough.
    rejectUnauthorized: false,
    finishRequest: (request) => {
      request.once("socket", (socket) => {
        socket.once("secureConnect", () => {
          const tls = socket as TLSSocket;
          const { authorized, authorizationError } = tls;
          const certificate = tls.getPeerX509Certificate();
          const fault = distrust({ authorized, authorizationError, certificate }, trust, new Date());
          if (fault === undefined) {
            onTrusted(certificate?.fingerprint256.toLowerCase() ?? "none");
            request.end();
          } else {
            request.destroy(fault);
          }
        });
      });
    },
  });

/** An address as it may be shown: without a user, a password, or a query. */
export const shownUrl = (url: string): string => {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
};
