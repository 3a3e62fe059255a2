import { randomUUID } from "node:crypto";
import { z } from "zod";
import { Fault, isFault } from "@bilbycast/foundation/fault";
import type { Database } from "../database/database.ts";
import { refusal } from "../http/faults.ts";
import type { Messages } from "../messages/messages.ts";
import type { Acknowledgement } from "./connection.ts";
import type { NodeAction } from "./hub.ts";

const callSchema = z.object({
  to: z.string(),
  from: z.string(),
  id: z.string(),
  node_id: z.string(),
  action: z.looseObject({ type: z.string() }),
  wait_ms: z.number(),
});
const answerSchema = z.object({
  to: z.string(),
  id: z.string(),
  data: z.unknown().optional(),
  report: z.object({ epoch: z.string(), number: z.number() }).optional(),
  fault: z.object({ code: z.string(), message: z.string(), details: z.record(z.string(), z.unknown()) }).optional(),
});

/** Milliseconds for the way there and back, besides what the node takes. */
const ON_THE_WAY = 3_000;

type Serve = (nodeId: string, action: NodeAction, waitMs: number) => Promise<Acknowledgement>;

/** Commands for nodes that another instance has: asked and answered by messages through the database. */
export class RemoteCalls {
  readonly #database: Database;
  readonly #messages: Messages;
  readonly #instanceId: string;
  readonly #waiting = new Map<string, { resolve: (ack: Acknowledgement) => void; reject: (fault: Fault) => void; timer: NodeJS.Timeout }>();

  constructor(database: Database, messages: Messages, instanceId: string) {
    this.#database = database;
    this.#messages = messages;
    this.#instanceId = instanceId;
    messages.on("answer", (message) => this.#answered(message));
  }

  /** Has this instance's nodes answer calls of others. */
  serve(serve: Serve): void {
    this.#messages.on("call", (message) => {
      const call = callSchema.safeParse(message);
      if (call.success && call.data.to === this.#instanceId) {
        void this.#serve(call.data, serve);
      }
    });
  }

  command(instanceId: string, nodeId: string, action: NodeAction, waitMs: number): Promise<Acknowledgement> {
    const id = randomUUID();
    return new Promise<Acknowledgement>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(refusal("node_timeout", "The instance that has the node did not answer; whether it took effect is not known"));
      }, waitMs + ON_THE_WAY);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#messages
        .publish(this.#database.queries, "call", { to: instanceId, from: this.#instanceId, id, node_id: nodeId, action, wait_ms: waitMs })
        .catch((error: unknown) => {
          clearTimeout(timer);
          this.#waiting.delete(id);
          reject(isFault(error) ? error : new Fault("internal", "A call to another instance could not be made", { cause: error }));
        });
    });
  }

  async #serve(call: z.output<typeof callSchema>, serve: Serve): Promise<void> {
    const answer = await serve(call.node_id, call.action, call.wait_ms).then(
      ({ data, report }) => ({ data, report }),
      (error: unknown) => ({
        fault: isFault(error)
          ? { code: error.code, message: error.message, details: error.details }
          : { code: "internal", message: "A fault of ours; the log has it", details: {} },
      }),
    );
    await this.#messages.publish(this.#database.queries, "answer", { to: call.from, id: call.id, ...answer }).catch(() => undefined);
  }

  #answered(message: unknown): void {
    const answer = answerSchema.safeParse(message);
    const waiting = answer.success && answer.data.to === this.#instanceId ? this.#waiting.get(answer.data.id) : undefined;
    if (!answer.success || waiting === undefined) {
      return;
    }
    this.#waiting.delete(answer.data.id);
    clearTimeout(waiting.timer);
    const { fault, data, report } = answer.data;
    if (fault !== undefined) {
      waiting.reject(Fault.from(fault));
    } else if (report !== undefined) {
      waiting.resolve({ data, report });
    } else {
      waiting.reject(new Fault("internal", "Another instance answered without the number of a report"));
    }
  }
}
