import type { MessagePort } from "node:worker_threads";
import type { HostPool } from "./host-pool.ts";
import type { TestSignalSpec } from "@bilbycast/engine/transport";
import { decodeUnit } from "./jobs.ts";
import type { EncoderMessage, EncoderOrder } from "./orders.ts";
import { FROM_HOST, TO_HOST } from "./wire.ts";
import { workOf } from "./work.ts";

/** Encoders for sessions: each has a host of its own, and a port to the one who asked. */
export class EncoderDesk {
  readonly #pool: HostPool;
  readonly #unitsTotal: number;
  #work = 0;

  constructor(pool: HostPool, unitsTotal: number) {
    this.#pool = pool;
    this.#unitsTotal = unitsTotal;
  }

  get work(): number {
    return this.#work;
  }

  /** `busy`: what else the machine does, in the same units. */
  open(name: string, spec: TestSignalSpec, port: MessagePort, busy: number): void {
    const say = (message: EncoderMessage, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
    const cost = workOf(spec);
    if (this.#work + busy + cost > this.#unitsTotal) {
      const free = Math.max(0, this.#unitsTotal - this.#work - busy);
      say({
        say: "refused",
        code: "media_budget_exhausted",
        message: `This would take ${cost} of the node's ${this.#unitsTotal} units of codec work, and ${free} are free: make it smaller or slower, or end another.`,
      });
      port.close();
      return;
    }
    this.#work += cost;
    let current = spec;
    const job = this.#pool.open(name, () => current, true, {
      onOpened: () => say({ say: "opened" }),
      onMessage: (kind, body) => {
        const unit = kind === FROM_HOST.unit ? decodeUnit(body) : undefined;
        if (unit !== undefined) {
          const bytes = unit.bytes.slice();
          say({ say: "unit", unit: { ...unit, bytes } }, [bytes.buffer]);
        }
      },
      onLost: (why) => say({ say: "lost", why }),
    });
    port.on("message", (order: EncoderOrder) => {
      if ("want" in order) {
        job.send(TO_HOST.want, false, numberOf(order.want));
      } else {
        current = { ...current, firstFrame: order.resumeAt };
      }
    });
    port.on("close", () => {
      this.#work -= cost;
      job.close();
    });
  }
}

const numberOf = (value: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
};
