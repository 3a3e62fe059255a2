import type { Crypto } from "@bilbycast/foundation/crypto";
import type { Instant } from "@bilbycast/foundation/time";
import type { Agreement } from "./agreement.ts";
import { CONCLUSION, type Handshake } from "./handshake.ts";
import {
  CAN_ENCRYPT,
  FILTER_CAPABLE,
  PERIODIC_NAK,
  REXMIT_FLAG,
  STREAM_API,
  TOO_LATE_DROP,
  TSBPD_RECEIVER,
  TSBPD_SENDER,
  type Capabilities,
  type GroupBlock,
} from "./handshake-extensions.ts";
import { createKeys, keyRequest, openKeyRequest, type KeySet } from "./key-exchange.ts";
import { KM_BAD_CRYPTO_MODE, KM_BAD_SECRET, KM_NO_SECRET, KM_UNSECURED, readKeyFailure, writeKeyFailure } from "./key-material.ts";
import { filterText, mergeFilters, type FecShape } from "./packet-filter.ts";
import { REJECT } from "./reject-reason.ts";
import { OUR_VERSION, type SrtSettings } from "./settings.ts";

/** Least that a packet must be able to be, so that a handshake fits; a smaller one is nonsense. */
const LEAST_MSS = 256;
const LEAST_WINDOW = 2;
/** Columns and rows of a filter that only the peer has asked for: some 1.5 MB. */
const MOST_GROUPS = 128;
const LARGEST_SEQUENCE = 0x7fff_ffff;
const LARGEST_SOCKET_ID = 0x3fff_ffff;

/** What a socket says of itself in every handshake. */
export type OwnSide = { socketId: number; initialSequence: number; cookie: number; peerAddress: Uint8Array };

/** A conclusion that can be answered, and what it comes to. */
export type Response = { handshake: Handshake; agreement: Agreement };

/** The first key set of an initiator; none without a passphrase. */
export const initiatorKeys = (crypto: Crypto, settings: SrtSettings): KeySet | undefined =>
  settings.passphrase === undefined
    ? undefined
    : createKeys(crypto, settings.passphrase, settings.keyLength, settings.cipherMode === "gcm" ? "gcm" : "ctr");

/** The fields of a handshake that every step has. */
export const handshakeOf = (settings: SrtSettings, own: OwnSide): Handshake => ({
  version: 5,
  encryption: settings.passphrase === undefined ? 0 : settings.keyLength / 8,
  extension: 0,
  initialSequence: own.initialSequence,
  mss: settings.mss,
  flowWindow: Math.min(settings.flowWindow, settings.receiveBuffer),
  requestType: CONCLUSION,
  socketId: own.socketId,
  cookie: own.cookie,
  peerAddress: own.peerAddress,
  extensions: {},
});

/** The conclusion by which an initiator asks. `group`: that it is a link of. */
export const conclusionRequest = (
  crypto: Crypto,
  settings: SrtSettings,
  own: OwnSide,
  keys: KeySet | undefined,
  group?: GroupBlock,
): Handshake => ({
  ...handshakeOf(settings, own),
  extensions: {
    request: capabilitiesOf(settings, settings.receiveLatencyMs, settings.peerLatencyMs),
    ...(settings.streamId === "" ? {} : { streamId: settings.streamId }),
    ...(settings.filter === "" ? {} : { filter: settings.filter }),
    ...(group === undefined ? {} : { group }),
    ...(keys === undefined ? {} : { keyRequest: keyRequest(crypto, keys) }),
  },
});

/** Whether whoever asks for that stream may come in; the code of a refusal. */
export type Access = (streamId: string) => number | undefined;

const EVERYBODY: Access = () => undefined;

/** A responder's answer to a conclusion, or the code of its refusal. `group`: what it says where links of groups are let in. */
export const respond = (
  crypto: Crypto,
  settings: SrtSettings,
  own: OwnSide,
  request: Handshake,
  stamp: number,
  now: Instant,
  access: Access = EVERYBODY,
  group?: GroupBlock,
): Response | number => {
  const { extensions } = request;
  const code = refusal(settings, request, extensions.request, group) ?? access(extensions.streamId ?? "");
  if (code !== undefined || extensions.request === undefined) {
    return code ?? REJECT.rogue;
  }
  const keys = answerKeys(crypto, settings, extensions.keyRequest);
  if (typeof keys === "number") {
    return keys;
  }
  const filter = filterOf(settings, extensions.filter);
  // Parity begins with the first packet of a connection, which links of a group do not have in common.
  if (filter === "refused" || (group !== undefined && filter !== undefined)) {
    return REJECT.packetFilter;
  }
  const { version, flags, receiveLatency, sendLatency } = extensions.request;
  const receiveLatencyMs = Math.max(settings.receiveLatencyMs, sendLatency);
  const sendLatencyMs = Math.max(settings.peerLatencyMs, receiveLatency);
  const capabilities = capabilitiesOf(settings, receiveLatencyMs, sendLatencyMs);
  if ((flags & REXMIT_FLAG) === 0) {
    capabilities.flags &= ~REXMIT_FLAG;
  }
  const mss = Math.min(settings.mss, request.mss);
  return {
    handshake: {
      ...handshakeOf(settings, own),
      mss,
      encryption: keys.set === undefined ? 0 : keys.set.keyLength / 8,
      extensions: {
        response: capabilities,
        ...(filter === undefined ? {} : { filter: filterText(filter) }),
        ...(group === undefined ? {} : { group }),
        ...(keys.message === undefined ? {} : { keyResponse: keys.message }),
      },
    },
    agreement: {
      peerSocketId: request.socketId,
      peerVersion: version,
      peerFlags: flags,
      initialSequence: own.initialSequence,
      peerInitialSequence: request.initialSequence,
      receiveLatencyMs,
      sendLatencyMs,
      mss,
      flowWindow: Math.min(request.flowWindow, settings.flowWindow),
      stamp,
      heardAt: now,
      streamId: extensions.streamId ?? "",
      filter,
      keys: keys.set,
    },
  };
};

/** What an initiator makes of the answer to its conclusion; a code when it does not take it. */
export const conclude = (
  settings: SrtSettings,
  own: OwnSide,
  keys: KeySet | undefined,
  asked: Uint8Array | undefined,
  response: Handshake,
  stamp: number,
  now: Instant,
  group?: GroupBlock,
): Agreement | number => {
  const capabilities = response.extensions.response;
  const code = refusal(settings, response, capabilities, group);
  if (code !== undefined || capabilities === undefined) {
    return code ?? REJECT.rogue;
  }
  if (response.mss > settings.mss) {
    return REJECT.rogue;
  }
  const filter = filterOf(settings, response.extensions.filter);
  if (filter === "refused" || (filter !== undefined && response.extensions.filter === undefined)) {
    return REJECT.packetFilter;
  }
  const failure = keyFailure(asked, response.extensions.keyResponse);
  if (failure !== undefined && settings.enforcedEncryption) {
    return failure;
  }
  return {
    peerSocketId: response.socketId,
    peerVersion: capabilities.version,
    peerFlags: capabilities.flags,
    initialSequence: own.initialSequence,
    peerInitialSequence: response.initialSequence,
    receiveLatencyMs: capabilities.sendLatency,
    sendLatencyMs: capabilities.receiveLatency,
    mss: Math.min(settings.mss, response.mss),
    flowWindow: Math.min(response.flowWindow, settings.flowWindow),
    stamp,
    heardAt: now,
    streamId: settings.streamId,
    filter,
    keys: failure === undefined ? keys : undefined,
  };
};

/** Why a conclusion cannot be taken, apart from its keys. */
const refusal = (
  settings: SrtSettings,
  handshake: Handshake,
  capabilities: Capabilities | undefined,
  own: GroupBlock | undefined,
): number | undefined => {
  const { congestion, group } = handshake.extensions;
  if (handshake.version !== 5) {
    return REJECT.version;
  }
  if (!isSane(handshake) || capabilities === undefined) {
    return REJECT.rogue;
  }
  if (capabilities.version < settings.minVersion) {
    return REJECT.version;
  }
  if ((capabilities.flags & STREAM_API) !== 0) {
    return REJECT.messageApi;
  }
  if (congestion !== undefined && congestion !== "live") {
    return REJECT.congestion;
  }
  return (group === undefined) === (own === undefined) ? undefined : REJECT.group;
};

/** The filter that both want, `undefined` for none; "refused" when they contradict each other, or when a peer wants more memory than it may. */
const filterOf = (settings: SrtSettings, wish: string | undefined): FecShape | "refused" | undefined => {
  const merged = mergeFilters(settings.filter, wish ?? "");
  if (merged === undefined || merged === "none") {
    return merged === undefined ? "refused" : undefined;
  }
  const groups = merged.columns + Math.abs(merged.rows);
  return settings.filter === "" && groups > MOST_GROUPS ? "refused" : merged;
};

const isSane = ({ initialSequence, mss, flowWindow, socketId }: Handshake): boolean =>
  initialSequence <= LARGEST_SEQUENCE &&
  mss >= LEAST_MSS &&
  flowWindow >= LEAST_WINDOW &&
  flowWindow <= LARGEST_SEQUENCE &&
  socketId > 0 &&
  socketId <= LARGEST_SOCKET_ID;

const capabilitiesOf = (settings: SrtSettings, receiveLatency: number, sendLatency: number): Capabilities => ({
  version: OUR_VERSION,
  flags:
    TSBPD_SENDER | TSBPD_RECEIVER | CAN_ENCRYPT | (settings.tooLateDrop ? TOO_LATE_DROP : 0) | PERIODIC_NAK | REXMIT_FLAG | FILTER_CAPABLE,
  receiveLatency,
  sendLatency,
});

/** A responder's keys and what it says of them; the code of a refusal. */
const answerKeys = (
  crypto: Crypto,
  settings: SrtSettings,
  message: Uint8Array | undefined,
): { set?: KeySet; message?: Uint8Array } | number => {
  const { passphrase, cipherMode, enforcedEncryption } = settings;
  if (message === undefined) {
    const failure = { message: writeKeyFailure(KM_UNSECURED) };
    return passphrase === undefined ? {} : enforcedEncryption ? REJECT.unsecured : failure;
  }
  if (passphrase === undefined) {
    return enforcedEncryption ? REJECT.unsecured : { message: writeKeyFailure(KM_NO_SECRET) };
  }
  const opened = openKeyRequest(crypto, passphrase, message, cipherMode);
  if (opened === undefined) {
    return REJECT.rogue;
  }
  if (typeof opened === "object") {
    return { set: opened, message };
  }
  return enforcedEncryption ? codeOfFailure(opened) : { message: writeKeyFailure(opened) };
};

/** What is wrong with the answer to a key request; `undefined` when it is an echo, or when neither side has a passphrase. */
const keyFailure = (asked: Uint8Array | undefined, answer: Uint8Array | undefined): number | undefined => {
  if (asked === undefined) {
    return answer === undefined ? undefined : REJECT.unsecured;
  }
  if (answer === undefined) {
    return REJECT.unsecured;
  }
  if (answer.length === asked.length && answer.every((byte, i) => byte === asked[i])) {
    return undefined;
  }
  return codeOfFailure(readKeyFailure(answer) ?? KM_BAD_SECRET);
};

const codeOfFailure = (state: number): number =>
  state === KM_BAD_CRYPTO_MODE ? REJECT.cryptoMode : state === KM_BAD_SECRET ? REJECT.wrongPassphrase : REJECT.unsecured;
