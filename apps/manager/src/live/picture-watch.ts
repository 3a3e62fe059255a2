import type { LiveRequest } from "@bilbycast/contracts/manager-api";
import { WATCHED_PICTURES_MAX } from "@bilbycast/contracts/node-link";
import type { NodeHub } from "../node-link/hub.ts";

type Wanted = (LiveRequest & { type: "look" })["pictures"][number];
type Watched = { nodeId: string; flowId: string; inputId: string | undefined; lookedAt: number; askedAt: number };

/** The newest statistics of a node, wherever it is, as far as they are known here. */
type StatsOf = (nodeId: string) => Readonly<Record<string, unknown>> | undefined;

/** Milliseconds for which one look holds. */
const LOOK_HOLDS = 5_000;
/** Milliseconds between two wishes to a node, and seconds that each holds: longer, so that one that is late leaves no gap. */
const ASK_AGAIN = 4_000;
const ASK_FOR_SECONDS = 8;
const ACK_WAIT = 5_000;

/** Pictures that somebody looks at: asked of their nodes once, however many look, and no longer than somebody does. */
export class PictureWatch {
  readonly #hub: Pick<NodeHub, "command">;
  readonly #statsOf: StatsOf;
  readonly #watched = new Map<string, Watched>();

  constructor(hub: Pick<NodeHub, "command">, statsOf: StatsOf) {
    this.#hub = hub;
    this.#statsOf = statsOf;
  }

  /** Somebody who may looks at these. */
  look(pictures: readonly Wanted[], now: number): void {
    for (const { node_id: nodeId, flow_id: named, input_id: inputId } of pictures) {
      const flowId = named ?? this.#flowOf(nodeId, inputId);
      if (flowId === undefined) {
        continue;
      }
      const key = JSON.stringify([nodeId, flowId, inputId]);
      const known = this.#watched.get(key);
      if (known !== undefined) {
        known.lookedAt = now;
      } else if ([...this.#watched.values()].filter((each) => each.nodeId === nodeId).length < WATCHED_PICTURES_MAX) {
        this.#watched.set(key, { nodeId, flowId, inputId, lookedAt: now, askedAt: 0 });
      }
    }
    this.round(now);
  }

  round(now: number): void {
    for (const [key, watched] of this.#watched) {
      if (now - watched.lookedAt > LOOK_HOLDS) {
        this.#watched.delete(key);
        this.#ask(watched, 0);
      } else if (now - watched.askedAt >= ASK_AGAIN) {
        watched.askedAt = now;
        this.#ask(watched, ASK_FOR_SECONDS);
      }
    }
  }

  /** A node that refuses, or is away, shows what it shows: the next wish comes by itself. */
  #ask({ nodeId, flowId, inputId }: Watched, seconds: number): void {
    const action = { type: "watch_pictures", flow_id: flowId, ...(inputId === undefined ? {} : { input_id: inputId }), seconds };
    this.#hub.command(nodeId, action, ACK_WAIT).catch(() => undefined);
  }

  /** The flow that has the input, by the node's own statistics. */
  #flowOf(nodeId: string, inputId: string | undefined): string | undefined {
    const flows = this.#statsOf(nodeId)?.["flows"];
    if (inputId === undefined || !Array.isArray(flows)) {
      return undefined;
    }
    const found = (flows as { flow_id: string; inputs_live?: unknown }[]).find(
      ({ inputs_live: inputs }) =>
        Array.isArray(inputs) && inputs.some((input: { input_id?: unknown } | null) => input?.input_id === inputId),
    );
    return found?.flow_id;
  }
}
