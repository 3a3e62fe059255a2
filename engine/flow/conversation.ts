import { Fault, type FaultBody } from "@bilbycast/foundation/fault";

type Waiting = { resolve: (result: never) => void; reject: (error: Error) => void };

/** Orders and their answers over a port: each order has a number, and an answer names it. */
export class Conversation {
  readonly #post: (message: { number: number; order: unknown }, transfer: readonly never[]) => void;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #ended: Error | undefined;

  constructor(post: (message: { number: number; order: unknown }, transfer: readonly never[]) => void) {
    this.#post = post;
  }

  /** Settles with the answer; rejects with the Fault that the other side gave, or when it ended before it answered. */
  ask<Result>(order: unknown, transfer: readonly unknown[] = []): Promise<Result> {
    if (this.#ended !== undefined) {
      return Promise.reject(this.#ended);
    }
    const number = this.#next;
    this.#next++;
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#post({ number, order }, transfer as readonly never[]);
    });
  }

  settle(answer: { answer: number; result?: unknown; fault?: FaultBody }): void {
    const waiting = this.#waiting.get(answer.answer);
    this.#waiting.delete(answer.answer);
    if (answer.fault === undefined) {
      waiting?.resolve(answer.result as never);
    } else {
      waiting?.reject(Fault.from(answer.fault));
    }
  }

  /** Nobody answers any more. */
  end(reason: Error): void {
    this.#ended = reason;
    for (const waiting of this.#waiting.values()) {
      waiting.reject(reason);
    }
    this.#waiting.clear();
  }
}
