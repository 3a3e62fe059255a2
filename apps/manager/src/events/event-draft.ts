import { randomUUID } from "node:crypto";
import type { NodeMessage } from "@bilbycast/contracts/node-link";
import { EVENT_CATEGORY_MAX, EVENT_MESSAGE_MAX } from "@bilbycast/contracts/node-link";
import { storableJson } from "../audit/canonical-json.ts";

export type Severity = "info" | "warning" | "critical";

/** An event on its way into the database: within its bounds, and nothing in it that a row cannot hold. */
export type EventDraft = {
  readonly nodeId: string;
  /** Of the connection by which it came. */
  readonly epoch: bigint;
  /** Milliseconds since 1970: when it happened, by the node's clock where that can be. */
  readonly at: number;
  readonly severity: Severity;
  readonly category: string;
  readonly message: string;
  readonly errorCode: string | null;
  readonly flowId: string | null;
  readonly inputId: string | null;
  readonly outputId: string | null;
  /** JSON. */
  readonly details: string;
  /** Which of several that do the same: the number of a leg. */
  readonly leg: number | null;
  /** The node's own name for it, or ours: what is kept under it is not kept again. */
  readonly eventId: string;
  /** Whether the manager itself tells it. */
  readonly isOwn: boolean;
  /** About what it takes in memory. */
  readonly bytes: number;
};

/** Days back to which an event may have happened; what is older is told as that old. */
export const OLDEST_EVENT_DAYS = 7;
const OLDEST = OLDEST_EVENT_DAYS * 86_400_000;

const CODE_MAX = 128;
const ID_MAX = 256;
const PART_ID_MAX = 64;
const DETAILS_MAX = 16_384;
/** What a row takes besides its texts. */
const ROW_BYTES = 400;

type EventMessage = NodeMessage & { type: "event" };

/** Of what a node said. Nothing of it is believed to be short. */
export const draftOf = (node: { nodeId: string; epoch: bigint }, { payload, timestamp }: EventMessage, now: number): EventDraft => {
  const details = payload.details ?? {};
  const code = details["error_code"];
  return drafted(node, {
    at: timeOf(timestamp, now),
    severity: payload.severity,
    category: text(payload.category, EVENT_CATEGORY_MAX),
    message: text(payload.message, EVENT_MESSAGE_MAX),
    errorCode: typeof code === "string" && code !== "" ? text(code, CODE_MAX) : null,
    flowId: optional(payload.flow_id),
    inputId: optional(payload.input_id),
    outputId: optional(payload.output_id),
    details,
    eventId: typeof payload.event_id === "string" && payload.event_id !== "" ? text(payload.event_id, ID_MAX) : randomUUID(),
    isOwn: false,
  });
};

export type OwnEvent = {
  severity: Severity;
  category: string;
  message: string;
  /** Which flow it is about; absent: the node. */
  flowId?: string | null;
  details: { error_code: string; [fact: string]: unknown };
};

/** Of what the manager itself tells of a node. */
export const ownDraft = (node: { nodeId: string; epoch: bigint }, event: OwnEvent, now: number): EventDraft =>
  drafted(node, {
    at: now,
    severity: event.severity,
    category: event.category,
    message: text(event.message, EVENT_MESSAGE_MAX),
    errorCode: event.details.error_code,
    flowId: optional(event.flowId),
    inputId: null,
    outputId: null,
    details: event.details,
    eventId: randomUUID(),
    isOwn: true,
  });

const drafted = (
  { nodeId, epoch }: { nodeId: string; epoch: bigint },
  event: Omit<EventDraft, "nodeId" | "epoch" | "details" | "leg" | "bytes"> & { details: Readonly<Record<string, unknown>> },
): EventDraft => {
  const whole = JSON.stringify(storableJson(event.details));
  const details =
    whole.length <= DETAILS_MAX
      ? whole
      : JSON.stringify({ ...(event.errorCode === null ? {} : { error_code: event.errorCode }), is_cut: true });
  const leg = event.details["leg"];
  return {
    ...event,
    nodeId,
    epoch,
    details,
    leg: typeof leg === "number" && Number.isInteger(leg) && Math.abs(leg) < 1_000 ? leg : null,
    bytes: ROW_BYTES + event.message.length + details.length + event.category.length,
  };
};

/** A node's clock may be wrong: nothing happens in the future, and nothing long before it is told. */
const timeOf = (timestamp: unknown, now: number): number => {
  const said = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  return Number.isFinite(said) ? Math.min(now, Math.max(said, now - OLDEST)) : now;
};

const text = (value: string, most: number): string => storableJson(value.slice(0, most)) as string;

const optional = (value: string | null | undefined): string | null =>
  typeof value === "string" && value !== "" ? text(value, PART_ID_MAX) : null;
