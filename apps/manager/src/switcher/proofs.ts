import type { App } from "../app.ts";
import type { SwitchProof } from "../drivers/driver.ts";
import type { NodeListener } from "../node-link/hub.ts";
import { carriedKey } from "./match.ts";

/** Switches of one input of one flow that may wait for what became of them. */
const MOST_WAITING = 64;

type Waiter = (proof: SwitchProof | undefined) => void;

/** Something that is waited for: what became of a switch; undefined when nobody said so in time. */
export type Expected = { readonly proof: Promise<SwitchProof | undefined>; giveUp(): void };

/** What nodes tell of their switches, for the takes that made them, wherever the node is connected. */
export class Proofs {
  readonly #app: App;
  /** By flow and input, in the order of their commands: each has one answer. */
  readonly #waiting = new Map<string, Waiter[]>();

  constructor(app: App) {
    this.#app = app;
    app.messages.on("proofs", (message) => {
      const { from, node_id: nodeId, proof } = (message ?? {}) as { from?: string; node_id?: string; proof?: SwitchProof };
      if (from !== app.instanceId && typeof nodeId === "string" && proof !== undefined) {
        this.#heard(nodeId, proof);
      }
    });
  }

  readonly listener: NodeListener = {
    onMessage: ({ node }, message) => {
      if (message.type !== "event") {
        return;
      }
      const proof = this.#app.drivers.get(node.deviceType)?.switching?.proofOf(message.payload);
      if (proof === undefined) {
        return;
      }
      this.#heard(node.nodeId, proof);
      this.#app.messages
        .publish(this.#app.database.queries, "proofs", { from: this.#app.instanceId, node_id: node.nodeId, proof })
        .catch((err: unknown) => this.#app.log.warn({ err }, "what became of a switch could not be told to other instances"));
    },
  };

  /** From before the command is sent. */
  expect(nodeId: string, flowId: string, inputId: string, waitMs: number): Expected {
    const key = keyOf(nodeId, flowId, inputId);
    const waiters = this.#waiting.get(key) ?? [];
    this.#waiting.set(key, waiters);
    const { promise, resolve } = Promise.withResolvers<SwitchProof | undefined>();
    const leave = (): void => {
      const place = waiters.indexOf(settle);
      if (place >= 0) {
        waiters.splice(place, 1);
      }
      if (waiters.length === 0 && this.#waiting.get(key) === waiters) {
        this.#waiting.delete(key);
      }
    };
    const settle: Waiter = (proof) => {
      clearTimeout(timer);
      leave();
      resolve(proof);
    };
    const timer = setTimeout(() => settle(undefined), waitMs);
    waiters.push(settle);
    if (waiters.length > MOST_WAITING) {
      waiters[0]?.(undefined);
    }
    return { proof: promise, giveUp: () => settle(undefined) };
  }

  #heard(nodeId: string, proof: SwitchProof): void {
    this.#waiting.get(keyOf(nodeId, proof.flow_id, proof.input_id))?.[0]?.(proof);
  }
}

const keyOf = (nodeId: string, flowId: string, inputId: string): string => `${carriedKey(nodeId, flowId)}/${inputId}`;
