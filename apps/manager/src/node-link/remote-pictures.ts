import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { App } from "../app.ts";
import { refusal } from "../http/faults.ts";
import type { NodeHub } from "./hub.ts";
import { PICTURE_MAX, type NodeStates, type Picture } from "./node-states.ts";

const askSchema = z.object({
  kind: z.literal("ask"),
  to: z.string(),
  from: z.string(),
  id: z.string(),
  node_id: z.string(),
  key: z.string().max(300),
  tag: z.string().max(64).nullable(),
});
const answerSchema = z.object({
  kind: z.literal("answer"),
  to: z.string(),
  id: z.string(),
  /** null: there is none. Without a JPEG it is the one that was known. */
  picture: z
    .object({
      tag: z.string().max(64),
      taken_at: z.number(),
      input_id: z.string().nullable(),
      jpeg: z
        .base64()
        .max(Math.ceil(PICTURE_MAX / 3) * 4)
        .nullable(),
    })
    .nullable(),
});
const messageSchema = z.discriminatedUnion("kind", [askSchema, answerSchema]);
type Answer = z.output<typeof answerSchema>["picture"];

/** Milliseconds for which a picture is not asked for again, for which it is known where a node is, and until an answer is given up. */
const FRESH = 150;
const OWNER_HOLDS = 2_000;
const WAIT = 3_000;
/** Pictures that are kept of nodes elsewhere, and questions under way. */
const MOST_KEPT = 256;
const MOST_ASKED = 64;

type Kept = { picture: Picture | undefined; askedAt: number; asking: Promise<Picture | undefined> | undefined };

/**
 * Pictures of nodes that another instance has: asked of it when somebody wants to see one, once for all who do, and sent only when it is
 * another one than is known here. Who may see it is decided before it is asked for.
 */
export class RemotePictures {
  readonly #app: App;
  readonly #hub: Pick<NodeHub, "ownerOf">;
  readonly #states: NodeStates;
  readonly #kept = new Map<string, Kept>();
  readonly #owners = new Map<string, { instanceId: string | undefined; until: number }>();
  readonly #waiting = new Map<string, (answer: Answer) => void>();

  constructor(app: App, hub: Pick<NodeHub, "ownerOf">, states: NodeStates) {
    this.#app = app;
    this.#hub = hub;
    this.#states = states;
    app.messages.on("pictures", (message) => {
      const { data } = messageSchema.safeParse(message);
      if (data?.to !== app.instanceId) {
        return;
      }
      if (data.kind === "ask") {
        this.#answer(data);
      } else {
        this.#waiting.get(data.id)?.(data.picture);
      }
    });
  }

  /** The newest, wherever the node is; `undefined`: there is none. */
  async newest(nodeId: string, key: string): Promise<Picture | undefined> {
    const state = this.#states.get(nodeId);
    if (state?.isHere === true) {
      return state.pictures.get(key);
    }
    const owner = await this.#ownerOf(nodeId);
    return owner === undefined || owner === this.#app.instanceId ? state?.pictures.get(key) : this.#elsewhere(owner, nodeId, key);
  }

  async #ownerOf(nodeId: string): Promise<string | undefined> {
    const known = this.#owners.get(nodeId);
    const now = Date.now();
    if (known !== undefined && known.until > now) {
      return known.instanceId;
    }
    const instanceId = await this.#hub.ownerOf(nodeId);
    bounded(this.#owners, nodeId, { instanceId, until: now + OWNER_HOLDS });
    return instanceId;
  }

  #elsewhere(owner: string, nodeId: string, key: string): Promise<Picture | undefined> {
    const name = JSON.stringify([nodeId, key]);
    const kept = this.#kept.get(name) ?? { picture: undefined, askedAt: 0, asking: undefined };
    bounded(this.#kept, name, kept);
    if (kept.asking !== undefined) {
      return kept.asking;
    }
    if (Date.now() - kept.askedAt < FRESH) {
      return Promise.resolve(kept.picture);
    }
    kept.askedAt = Date.now();
    kept.asking = this.#ask(owner, nodeId, key, kept.picture)
      .then((picture) => (kept.picture = picture))
      .finally(() => {
        kept.asking = undefined;
      });
    return kept.asking;
  }

  async #ask(owner: string, nodeId: string, key: string, known: Picture | undefined): Promise<Picture | undefined> {
    if (this.#waiting.size >= MOST_ASKED) {
      throw refusal("node_busy", "As many pictures are being fetched from other instances as may", { retry_after_seconds: 1 });
    }
    const { instanceId, messages, database } = this.#app;
    const id = randomUUID();
    const heard = new Promise<Answer>((resolve) => {
      const timer = setTimeout(() => resolve(null), WAIT);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
    try {
      const tag = known?.tag ?? null;
      await messages.publish(database.queries, "pictures", { kind: "ask", to: owner, from: instanceId, id, node_id: nodeId, key, tag });
      return pictureOf(await heard, known);
    } finally {
      this.#waiting.delete(id);
    }
  }

  #answer({ from, id, key, node_id: nodeId, tag }: z.output<typeof askSchema>): void {
    const state = this.#states.get(nodeId);
    const own = state?.isHere === true ? state.pictures.get(key) : undefined;
    const picture: Answer =
      own === undefined
        ? null
        : {
            tag: own.tag,
            taken_at: own.takenAt,
            input_id: own.inputId ?? null,
            jpeg: own.tag === tag ? null : own.jpeg.toString("base64"),
          };
    this.#app.messages
      .publish(this.#app.database.queries, "pictures", { kind: "answer", to: from, id, picture })
      .catch((err: unknown) => this.#app.log.warn({ err }, "a picture could not be told to another instance"));
  }
}

const pictureOf = (answer: Answer, known: Picture | undefined): Picture | undefined => {
  if (answer === null || answer.jpeg === null) {
    return answer?.tag === known?.tag ? known : undefined;
  }
  const { jpeg, tag, taken_at: takenAt, input_id: inputId } = answer;
  return { jpeg: Buffer.from(jpeg, "base64"), tag, takenAt, inputId: inputId ?? undefined };
};

/** Puts it last; the first goes when there are too many. */
const bounded = <Value>(into: Map<string, Value>, key: string, value: Value): void => {
  into.delete(key);
  into.set(key, value);
  const [oldest] = into.keys();
  if (into.size > MOST_KEPT && oldest !== undefined) {
    into.delete(oldest);
  }
};
