import { liveRequestSchema, type LiveRequest } from "@bilbycast/contracts/manager-api";
import { isDeeperThan } from "@bilbycast/service/http";
import type { WebSocket } from "ws";

/** Messages that a browser may send in a second, and those that are none, after which it is closed. */
const PER_SECOND = 20;
const MOST_MALFORMED = 10;
const POLICY_VIOLATION = 1_008;

/** Bytes of the largest message: the topics of one page. */
export const REQUEST_MAX = 16_384;

/** Reads what a browser says, and closes one that says too much, or what is nothing. `onRefused`: it said something that is no request. */
export const hearBrowser = (socket: WebSocket, onRequest: (request: LiveRequest) => void, onRefused: () => void): void => {
  let tokens = PER_SECOND;
  let filledAt = performance.now();
  let malformed = 0;
  socket.on("message", (data: Buffer, isBinary) => {
    if (socket.readyState !== socket.OPEN) {
      return;
    }
    const now = performance.now();
    tokens = Math.min(PER_SECOND, tokens + ((now - filledAt) * PER_SECOND) / 1_000);
    filledAt = now;
    tokens -= 1;
    if (tokens < 0) {
      socket.close(POLICY_VIOLATION, "too many messages");
      return;
    }
    const request = isBinary ? undefined : read(data);
    if (request !== undefined) {
      onRequest(request);
      return;
    }
    malformed += 1;
    if (malformed > MOST_MALFORMED) {
      socket.close(POLICY_VIOLATION, "too many messages that are none");
    } else {
      onRefused();
    }
  });
};

const read = (data: Buffer): LiveRequest | undefined => {
  try {
    const value: unknown = JSON.parse(data.toString("utf8"));
    return isDeeperThan(value, 4) ? undefined : liveRequestSchema.safeParse(value).data;
  } catch {
    return undefined;
  }
};
