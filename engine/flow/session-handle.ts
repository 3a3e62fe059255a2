import { Fault } from "@bilbycast/foundation/fault";
import { Thread } from "@bilbycast/engine/io";
import { Conversation } from "./conversation.ts";
import type { SessionMessage, SessionOrder } from "./session-orders.ts";

export type SessionReport = Exclude<SessionMessage, { answer: number }>;

/** The session thread as main has it. It is started with the first session that needs it. */
export class SessionHandle {
  readonly #thread: Thread;
  readonly #talk: Conversation;
  readonly #exited = Promise.withResolvers<void>();
  #stopping = false;

  constructor(entry: URL, onReport: (report: SessionReport) => void, onCrash: (error: Error) => void) {
    this.#thread = new Thread(
      entry,
      {},
      {
        name: "sessions",
        onMessage: (message: SessionMessage) => ("answer" in message ? this.#talk.settle(message) : onReport(message)),
        onExit: (error) => {
          const reason = new Fault(
            "session_thread_ended",
            "The thread of the sessions has ended.",
            error === undefined ? {} : { cause: error },
          );
          this.#talk.end(reason);
          this.#exited.resolve();
          if (!this.#stopping) {
            onCrash(error ?? reason);
          }
        },
      },
    );
    this.#talk = new Conversation((message, transfer) => this.#thread.post(message, transfer));
  }

  do(order: SessionOrder, transfer: readonly unknown[] = []): Promise<void> {
    return this.#talk.ask<void>(order, transfer);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    // The answer and the end of the thread race each other; the end is what counts.
    await Promise.allSettled([this.do({ do: "stop" })]);
    await this.#exited.promise;
  }
}
