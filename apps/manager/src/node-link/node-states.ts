import { randomBytes } from "node:crypto";
import type { NodeMessage } from "@bilbycast/contracts/node-link";
import type { NodeSummary } from "../drivers/driver.ts";
import type { Drivers } from "../drivers/load.ts";
import type { NodeListener } from "./hub.ts";

/** A JPEG that a node sent. */
export type Picture = { jpeg: Buffer; takenAt: number; tag: string; inputId: string | undefined };

/** What a node said last. Times in milliseconds since 1970. */
export type NodeState = {
  readonly nodeId: string;
  readonly deviceType: string;
  epoch: bigint;
  isHere: boolean;
  stats: Readonly<Record<string, unknown>> | undefined;
  statsAt: number;
  /** The same, as it is told of: not again before it is 10 s old. */
  notedAt: number;
  /** Since when it runs, by its own word. What it says varies by how long it was under way; so does this only when it was started anew. */
  startedAt: number | undefined;
  summary: NodeSummary | undefined;
  health: Readonly<Record<string, unknown>> | undefined;
  healthAt: number;
  /** By `flow:<id>` and `input:<id>`. */
  readonly pictures: Map<string, Picture>;
};

/** Bytes of the largest picture that is kept, and pictures of one node. */
export const PICTURE_MAX = 262_144;
const MOST_PICTURES = 256;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export type StateListener = (state: NodeState, what: "arrival" | "stats" | "health" | "picture" | "end") => void;

/** Milliseconds after which it is told again when statistics came, and by which two words on when a node was started may differ. */
const NOTE_AGAIN = 10_000;
const START_SLACK = 5_000;

const note = (state: NodeState): void => {
  const { notedAt, startedAt, statsAt, summary } = state;
  state.notedAt = statsAt - notedAt >= NOTE_AGAIN ? statsAt : notedAt;
  const uptime = summary?.uptime_secs;
  const started = uptime === null || uptime === undefined ? undefined : statsAt - uptime * 1_000;
  const isSame = started !== undefined && startedAt !== undefined && Math.abs(started - startedAt) <= START_SLACK;
  // Whatever a node says, it is a time that there can be.
  state.startedAt = isSame ? startedAt : started !== undefined && started > 0 && started <= statsAt ? Math.round(started) : undefined;
};

/** The newest of every node that is, or was, on this instance. */
export class NodeStates {
  readonly #drivers: Drivers;
  readonly #states = new Map<string, NodeState>();
  readonly #listeners: StateListener[] = [];
  /** No tag is given twice: not by another instance, nor by this one when it has been started anew. */
  readonly #tagPrefix = randomBytes(4).toString("hex");
  #tags = 0;

  constructor(drivers: Drivers) {
    this.#drivers = drivers;
  }

  get(nodeId: string): NodeState | undefined {
    return this.#states.get(nodeId);
  }

  all(): IterableIterator<NodeState> {
    return this.#states.values();
  }

  /** The node is no more. */
  forget(nodeId: string): void {
    this.#states.delete(nodeId);
  }

  onChange(listener: StateListener): void {
    this.#listeners.push(listener);
  }

  /** What keeps it up to date. */
  readonly listener: NodeListener = {
    onArrive: ({ node }) => {
      const former = this.#states.get(node.nodeId);
      const state: NodeState = {
        nodeId: node.nodeId,
        deviceType: node.deviceType,
        epoch: node.epoch,
        isHere: true,
        stats: undefined,
        statsAt: 0,
        notedAt: 0,
        startedAt: undefined,
        summary: undefined,
        health: former?.health,
        healthAt: former?.healthAt ?? 0,
        pictures: former?.pictures ?? new Map<string, Picture>(),
      };
      this.#states.set(node.nodeId, state);
      this.#tell(state, "arrival");
    },
    onMessage: ({ node }, message) => {
      const state = this.#states.get(node.nodeId);
      if (state !== undefined && state.epoch === node.epoch) {
        this.#take(state, message);
      }
    },
    onLeave: ({ node }) => {
      const state = this.#states.get(node.nodeId);
      if (state !== undefined && state.epoch === node.epoch) {
        state.isHere = false;
        this.#tell(state, "end");
      }
    },
  };

  #take(state: NodeState, message: NodeMessage): void {
    switch (message.type) {
      case "stats":
        state.stats = message.payload;
        state.statsAt = Date.now();
        state.summary = this.#drivers.get(state.deviceType)?.summaryOf(message.payload);
        note(state);
        this.#tell(state, "stats");
        break;
      case "health":
        state.health = message.payload;
        state.healthAt = Date.now();
        this.#tell(state, "health");
        break;
      case "thumbnail":
        this.#keepPicture(state, message.payload);
        break;
      default:
    }
  }

  #keepPicture(state: NodeState, sent: (NodeMessage & { type: "thumbnail" })["payload"] & Readonly<Record<string, unknown>>): void {
    if (sent.data.length > (PICTURE_MAX * 4) / 3 || !BASE64.test(sent.data)) {
      return;
    }
    const jpeg = Buffer.from(sent.data, "base64");
    // Whatever a node sends is shown as a picture to browsers: it is one, or it is not kept.
    if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) {
      return;
    }
    const now = Date.now();
    const said = sent["taken_unix_ms"];
    const active = sent["active_input_id"];
    const inputId = sent.input_id ?? (typeof active === "string" ? active : undefined);
    const picture: Picture = {
      jpeg,
      takenAt: typeof said === "number" && said > 0 && said <= now ? said : now,
      tag: `${this.#tagPrefix}-${(++this.#tags).toString(36)}`,
      inputId,
    };
    for (const key of [
      ...(sent.input_id === undefined ? [`flow:${sent.flow_id}`] : []),
      ...(inputId === undefined ? [] : [`input:${inputId}`]),
    ]) {
      state.pictures.delete(key);
      state.pictures.set(key, picture);
    }
    const [oldest] = state.pictures.keys();
    if (state.pictures.size > MOST_PICTURES && oldest !== undefined) {
      state.pictures.delete(oldest);
    }
    this.#tell(state, "picture");
  }

  #tell(state: NodeState, what: Parameters<StateListener>[1]): void {
    for (const listener of this.#listeners) {
      listener(state, what);
    }
  }
}
