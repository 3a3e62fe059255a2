import { check } from "@bilbycast/foundation/check";
import type { FaultBody } from "@bilbycast/foundation/fault";
import type { InputReport } from "@bilbycast/engine/analysis";
import { wallClockMs, type Lack, type LoopTimer } from "@bilbycast/engine/io";
import type { PeerState, Registry } from "@bilbycast/engine/transport";
import { PCR_TRUST_PLACES, readPcrTrust, type PcrTrustFigures } from "@bilbycast/protocols/mpegts";
import { BackOff } from "./back-off.ts";
import { FLOW_KIND, FLOW_MODULE } from "./flow-source.ts";
import type { PictureSnapshot } from "./flow-pictures.ts";
import type { LaneHandle } from "./lane-handle.ts";
import type { Mirrored } from "./mirror.ts";
import type { PartOrder } from "./orders.ts";
import { statNames, type Direction } from "./part-stats.ts";
import type { BandwidthState, FlowSnapshot, FlowSpec, PartSnapshot, PartSpec, PartState } from "./spec.ts";

let serial = 0;

/** What main knows of a part: where its meters are and how it does. */
export class RunningPart {
  readonly spec: PartSpec;
  /** Its name on the lane: a part and the one that replaces it are there together for a moment. */
  readonly key: string;
  readonly direction: Direction;
  readonly order: PartOrder;
  readonly backOff = new BackOff();
  /** closed: another part has taken its place. */
  state: PartState | "closed" = "starting";
  error: FaultBody | undefined;
  localAddress: string | undefined;
  /** Where in the lane's memory the trust of its PCRs stands. */
  pcrTrust: number | undefined;
  /** What the analysers said of it last. */
  analysis: InputReport | undefined;
  /** What is known of its pictures, while some are wished for. */
  pictures: (() => PictureSnapshot | undefined) | undefined;
  /** Number by which the analysers know it. */
  readonly tag: number;
  /** Of an output in a session: how the other end of its connection stands. */
  peer: PeerState | undefined;
  /** Name of its session, while it has one. */
  session: string | undefined;
  /** What it was opened without, until that has been told. */
  lacking: readonly Lack[] = [];
  readonly toldLacks = new Set<string>();
  /** Of the first of several outputs that are one: memory that they share, since it was opened last. */
  board: SharedArrayBuffer | undefined;
  /** Pending attempt to open it again. */
  retry: LoopTimer | undefined;
  readonly #names: string[];
  readonly #lane: LaneHandle;
  #open = true;

  constructor(spec: PartSpec, direction: Direction, lane: LaneHandle, registry: Registry, mirrored: Mirrored = "all") {
    const declaration = (spec.kind === FLOW_KIND ? FLOW_MODULE : registry.get(spec.kind))?.declaration;
    check(declaration !== undefined, `there is no transport ${spec.kind}`);
    this.spec = spec;
    this.direction = direction;
    this.#lane = lane;
    this.#names = statNames(declaration, direction);
    const meters = lane.meters.allocate(this.#names.length);
    check(meters !== undefined, "a lane has room for the meters of its parts");
    serial++;
    this.tag = serial;
    this.key = `${spec.id}#${serial}`;
    const { share: _share, ...rest } = spec;
    this.order = { ...rest, id: this.key, meters, tag: this.tag, mirrored };
  }

  snapshot(): PartSnapshot {
    const { values } = this.#lane.meters;
    const counters = Object.fromEntries(this.#names.map((name, i) => [name, values[this.order.meters + i] ?? 0]));
    return {
      id: this.spec.id,
      kind: this.spec.kind,
      state: this.state === "closed" ? "starting" : this.state,
      ...(this.error === undefined ? {} : { error: { code: this.error.code, message: this.error.message } }),
      ...(this.localAddress === undefined ? {} : { localAddress: this.localAddress }),
      ...(this.peer === undefined || this.state !== "running" ? {} : { peer: this.peer }),
      ...this.#trust(),
      ...(this.analysis === undefined ? {} : { analysis: this.analysis }),
      ...this.#pictured(),
      counters,
    };
  }

  #pictured(): { pictures?: PictureSnapshot } {
    const pictures = this.pictures?.();
    return pictures === undefined ? {} : { pictures };
  }

  #trust(): { pcrTrust?: PcrTrustFigures } {
    if (this.pcrTrust === undefined || this.state !== "running") {
      return {};
    }
    const { buffer } = this.#lane.memory as WebAssembly.Memory;
    const figures = readPcrTrust(new Float64Array(buffer, this.pcrTrust, PCR_TRUST_PLACES));
    return figures === undefined ? {} : { pcrTrust: figures };
  }

  /** The lane no longer writes its meters. */
  release(): void {
    this.retry?.close();
    if (this.#open) {
      this.#open = false;
      this.#lane.meters.release(this.order.meters, this.#names.length);
    }
  }
}

/** What main knows of a flow that is on a lane, or is to be. */
export class RunningFlow {
  spec: FlowSpec;
  lane: LaneHandle;
  readonly inputs = new Map<string, RunningPart>();
  readonly outputs = new Map<string, RunningPart>();
  /** Tells it from the flow of the same id before it. */
  readonly serial = ++serial;
  readonly backOff = new BackOff();
  readonly startedAtMs = wallClockMs();
  /** The input on the bus; the specification's own once a switch is done. */
  active: string | undefined;
  state: PartState = "starting";
  error: FaultBody | undefined;
  /** How its rate stands to its bound, as its lane told last. */
  bandwidth: BandwidthState = "normal";
  retry: LoopTimer | undefined;

  constructor(spec: FlowSpec, lane: LaneHandle) {
    this.spec = spec;
    this.lane = lane;
    this.active = spec.active;
  }

  parts(direction: Direction): Map<string, RunningPart> {
    return direction === "input" ? this.inputs : this.outputs;
  }

  /** The part that the lane knows by this name. */
  byKey(key: string): RunningPart | undefined {
    return this.allParts().find((part) => part.key === key);
  }

  /** The lane's name of the input that is to be on the bus. */
  activeKey(): string | undefined {
    return this.active === undefined ? undefined : this.inputs.get(this.active)?.key;
  }

  allParts(): RunningPart[] {
    return [...this.inputs.values(), ...this.outputs.values()];
  }

  snapshot(): FlowSnapshot {
    return {
      id: this.spec.id,
      state: this.state,
      ...(this.error === undefined ? {} : { error: { code: this.error.code, message: this.error.message } }),
      startedAtMs: this.startedAtMs,
      lane: this.lane.lane,
      ...(this.active === undefined ? {} : { activeInputId: this.active }),
      ...(this.spec.bandwidth === undefined ? {} : { bandwidth: this.bandwidth }),
      inputs: [...this.inputs.values()].map((part) => part.snapshot()),
      outputs: [...this.outputs.values()].map((part) => part.snapshot()),
    };
  }
}
