import { EVENT_QUEUE_MAX } from "@bilbycast/contracts/node-link";
import type { EdgeEventRecord } from "@bilbycast/contracts/edge-api";
import type { PictureListener } from "@bilbycast/engine/flow";
import { EventQueue } from "./event-queue.ts";
import type { LinkState } from "./link-state.ts";
import { NodeLink, type NodeLinkOptions } from "./node-link.ts";

/** The link, from before it can be made: events of the edge's start wait for it. */
export class LinkHolder {
  readonly #events = new EventQueue(EVENT_QUEUE_MAX);
  #link: NodeLink | undefined;

  /** `undefined` while no manager is configured. */
  get state(): LinkState | undefined {
    return this.#link?.state;
  }

  event(event: EdgeEventRecord): void {
    this.#events.push(event);
    this.#link?.tell();
  }

  readonly show: PictureListener = (...picture) => this.#link?.show(...picture);

  /** The configuration was changed. */
  configure(): void {
    this.#link?.configure();
  }

  start(options: Omit<NodeLinkOptions, "events">): void {
    this.#link = new NodeLink({ ...options, events: this.#events });
  }

  async stop(): Promise<void> {
    await this.#link?.stop();
  }
}
