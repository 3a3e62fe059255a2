import { FIRST_REJECTION } from "./handshake.ts";

/** Why a handshake was refused; the request type on the wire is 1000 more. */
const REASONS = {
  0: "unknown",
  1: "system",
  2: "peer",
  3: "resource",
  4: "rogue",
  5: "backlog",
  6: "internal_error",
  7: "closed",
  8: "version",
  9: "rendezvous_cookie",
  10: "wrong_passphrase",
  11: "unsecured",
  12: "message_api",
  13: "congestion",
  14: "packet_filter",
  15: "group",
  16: "timeout",
  17: "crypto_mode",
  1000: "fallback",
  1001: "key_not_supported",
  1002: "file_path",
  1003: "host_not_found",
  1400: "bad_request",
  1401: "unauthorized",
  1402: "overload",
  1403: "forbidden",
  1404: "not_found",
  1405: "bad_mode",
  1406: "unacceptable",
  1407: "timed_out",
  1409: "conflict",
  1415: "media_not_supported",
  1423: "locked",
  1424: "failed_dependency",
  1500: "server_error",
  1501: "unimplemented",
  1502: "gateway",
  1503: "down",
  1505: "version_not_supported",
  1507: "no_room",
} as const;

export type RejectReason = (typeof REASONS)[keyof typeof REASONS] | "application";

/** Codes of our own refusals. */
export const REJECT = {
  resource: 3,
  rogue: 4,
  backlog: 5,
  version: 8,
  rendezvousCookie: 9,
  wrongPassphrase: 10,
  unsecured: 11,
  messageApi: 12,
  congestion: 13,
  packetFilter: 14,
  group: 15,
  timeout: 16,
  cryptoMode: 17,
  badRequest: 1_400,
  unauthorized: 1_401,
  forbidden: 1_403,
  notFound: 1_404,
  badMode: 1_405,
  unsupportedMedia: 1_415,
} as const;

/** From here on a code belongs to the application at the other end. */
const FIRST_APPLICATION_CODE = 2_000;

/** The name of a code that a peer gave; what is in no list is `unknown`, or the application's own. */
export const rejectReason = (code: number): RejectReason =>
  (REASONS as Record<number, RejectReason>)[code] ?? (code >= FIRST_APPLICATION_CODE ? "application" : "unknown");

/** The code of a request type that refuses. */
export const rejectCode = (requestType: number): number => requestType - FIRST_REJECTION;
