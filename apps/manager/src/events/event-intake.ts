import type { NodeListener } from "../node-link/hub.ts";
import { draftOf, ownDraft, type EventDraft, type OwnEvent } from "./event-draft.ts";
import { EVENTS_PER_MINUTE, StormGate } from "./storm-gate.ts";

type Teller = { readonly nodeId: string; readonly epoch: bigint };

/** Milliseconds between two looks at whether a storm is over. */
const LOOK = 1_000;

/** Takes in what nodes tell and what the manager tells of them, and keeps a node that never stops from drowning the others. */
export class EventIntake {
  readonly #keep: (draft: EventDraft) => void;
  readonly #gates = new Map<string, { gate: StormGate<EventDraft>; teller: Teller }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(keep: (draft: EventDraft) => void) {
    this.#keep = keep;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(Date.now()), LOOK);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  readonly listener: NodeListener = {
    onMessage: ({ node }, message) => {
      if (message.type === "event") {
        this.#take(node, draftOf(node, message, Date.now()), Date.now());
      }
    },
  };

  /** What the manager itself tells; it does not count against the node. */
  readonly tell = (node: Teller, event: OwnEvent): void => this.#keep(ownDraft(node, event, Date.now()));

  /** Ends storms whose minute is over. */
  look(now: number): void {
    for (const [nodeId, { gate, teller }] of this.#gates) {
      const storm = gate.over(now);
      if (storm !== undefined) {
        storm.last.forEach((draft) => this.#keep(draft));
        this.tell(teller, {
          severity: "info",
          category: "manager",
          message: `${storm.suppressed} events of a minute were not kept, since the node told more than ${EVENTS_PER_MINUTE}`,
          details: { error_code: "event_rate_limit_over", suppressed: storm.suppressed },
        });
      } else if (gate.isIdle(now)) {
        this.#gates.delete(nodeId);
      }
    }
  }

  #take(node: Teller, draft: EventDraft, now: number): void {
    const known = this.#gates.get(node.nodeId) ?? { gate: new StormGate<EventDraft>(), teller: node };
    this.#gates.set(node.nodeId, known);
    const thing = [draft.category, draft.flowId, draft.inputId, draft.outputId, draft.leg, draft.errorCode].join("\n");
    switch (known.gate.take(draft, thing, now)) {
      case "pass":
        this.#keep(draft);
        break;
      case "first":
        this.tell(node, {
          severity: "warning",
          category: "manager",
          message: `The node told more than ${EVENTS_PER_MINUTE} events in a minute; the rest of the minute is only counted`,
          details: { error_code: "event_rate_limit", limit: EVENTS_PER_MINUTE },
        });
        break;
      case "held":
    }
  }
}
