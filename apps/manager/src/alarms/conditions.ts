import { randomUUID } from "node:crypto";
import type { EventDraft } from "../events/event-draft.ts";
import { OWN_RULES, ruleOf, type EventRule } from "./event-rules.ts";

/** A row of `alarms`, as far as events change it. */
export type Condition = {
  readonly id: string;
  readonly nodeId: string;
  readonly key: string;
  readonly errorCode: string;
  readonly flowId: string | null;
  readonly inputId: string | null;
  readonly outputId: string | null;
  readonly firstSeen: number;
  severity: "warning" | "critical";
  category: string;
  message: string;
  isRaised: boolean;
  count: number;
  lastSeen: number;
  clearedAt: number | null;
  fadesAt: number | null;
  isAcknowledged: boolean;
  shelvedUntil: number | null;
  shelvedBy: string | null;
};

/** Open conditions of one node; what a node tells beyond is kept as events and raises nothing. */
export const MOST_OPEN = 500;

type Told = Pick<EventDraft, "flowId" | "inputId" | "outputId" | "leg">;

/** What makes two events tell of the same condition. */
const keyOf = (code: string, { flowId, inputId, outputId, leg }: Told): string => JSON.stringify([code, flowId, inputId, outputId, leg]);

/** Conditions of one node, as events change them one after the other. Pure: rows come in and go out. */
export class NodeConditions {
  readonly #open = new Map<string, Condition>();
  /** Closed, and still shelved: one that comes again stays shelved. */
  readonly #shelved = new Map<string, Condition>();
  readonly changed = new Set<Condition>();

  constructor(rows: readonly Condition[]) {
    for (const row of rows) {
      (row.isRaised || !row.isAcknowledged ? this.#open : this.#shelved).set(row.key, row);
    }
  }

  /** Takes an event and says which condition it raised, repeated or cleared, if any. `now`: by the manager's clock. */
  take(draft: EventDraft, now: number): string | null {
    const rule = ruleOf(draft);
    if (rule === undefined || draft.errorCode === null) {
      return null;
    }
    return rule.does === "clears"
      ? this.#clear(rule, draft)
      : rule.does === "raises"
        ? this.#raise(rule, draft.errorCode, draft, now)
        : null;
  }

  /** Whether the node itself has told of the same: then it is not told again. */
  isToldAlready(draft: EventDraft): boolean {
    const rule = ruleOf(draft);
    const { unless = [] } = rule?.does === "raises" ? rule : {};
    return [...this.#open.values()].some(
      (condition) => condition.isRaised && unless.includes(condition.errorCode) && condition.flowId === draft.flowId,
    );
  }

  #raise({ fadesAfter, ends = [] }: EventRule & { does: "raises" }, code: string, draft: EventDraft, now: number): string | null {
    this.#end(
      draft.at,
      (condition) =>
        (ends.includes(condition.errorCode) && isSamePart(condition, draft)) ||
        (condition.flowId === draft.flowId && unlessOf(condition.errorCode).includes(code)),
    );
    const key = keyOf(code, draft);
    const known = this.#open.get(key);
    if (known === undefined && this.#open.size >= MOST_OPEN) {
      return null;
    }
    const condition = known ?? this.#begin(key, code, draft);
    condition.severity = draft.severity === "critical" ? "critical" : "warning";
    condition.category = draft.category;
    condition.message = draft.message;
    condition.isRaised = true;
    condition.count += 1;
    condition.lastSeen = Math.max(condition.lastSeen, draft.at);
    condition.clearedAt = null;
    condition.fadesAt = fadesAfter === undefined ? null : now + fadesAfter * 1_000;
    this.changed.add(condition);
    return condition.id;
  }

  #begin(key: string, code: string, draft: EventDraft): Condition {
    const { nodeId, flowId, inputId, outputId, at, category, message } = draft;
    const former = this.#shelved.get(key);
    const condition: Condition = {
      id: randomUUID(),
      nodeId,
      key,
      errorCode: code,
      flowId,
      inputId,
      outputId,
      firstSeen: at,
      severity: "warning",
      category,
      message,
      isRaised: true,
      count: 0,
      lastSeen: at,
      clearedAt: null,
      fadesAt: null,
      isAcknowledged: false,
      shelvedUntil: former?.shelvedUntil ?? null,
      shelvedBy: former?.shelvedBy ?? null,
    };
    this.#open.set(key, condition);
    return condition;
  }

  #clear({ codes, reach }: EventRule & { does: "clears" }, draft: EventDraft): string | null {
    if (codes === "all" && (draft.flowId ?? draft.inputId ?? draft.outputId) === null) {
      return null;
    }
    return this.#end(draft.at, (condition) => {
      if (codes === "all" ? Object.hasOwn(OWN_RULES, condition.errorCode) : !codes.includes(condition.errorCode)) {
        return false;
      }
      switch (reach) {
        case "node":
          return true;
        case "flow":
          return condition.flowId === draft.flowId;
        case "part":
          return isSamePart(condition, draft);
        case "leg":
          return isSamePart(condition, draft) && isOfLeg(condition, draft.leg);
      }
    });
  }

  #end(at: number, isOver: (condition: Condition) => boolean): string | null {
    let ended: string | null = null;
    for (const condition of this.#open.values()) {
      if (condition.isRaised && isOver(condition)) {
        condition.isRaised = false;
        condition.clearedAt = Math.max(at, condition.firstSeen);
        condition.fadesAt = null;
        this.changed.add(condition);
        ended ??= condition.id;
        if (condition.isAcknowledged) {
          this.#open.delete(condition.key);
          if (condition.shelvedUntil !== null) {
            this.#shelved.set(condition.key, condition);
          }
        }
      }
    }
    return ended;
  }
}

/** What takes the place of a condition that the manager found. */
const unlessOf = (code: string): readonly string[] => {
  const rule = OWN_RULES[code];
  return rule?.does === "raises" ? (rule.unless ?? []) : [];
};

const isSamePart = (condition: Condition, { flowId, inputId, outputId }: Told): boolean =>
  condition.flowId === flowId && condition.inputId === inputId && condition.outputId === outputId;

/** A condition of both legs is not of one, and ends with either. */
const isOfLeg = ({ key }: Condition, leg: number | null): boolean => {
  const own = (JSON.parse(key) as unknown[])[4];
  return own === null || leg === null || own === leg;
};
