import { setImmediate } from "node:timers/promises";
import { Fault, isFault } from "@bilbycast/foundation/fault";
import { migrate, pathBelow, type Config, type ConfigProblem, type Flow } from "@bilbycast/contracts/config";
import type { ApiProblem } from "@bilbycast/contracts/edge-api";
import type { Declaration } from "@bilbycast/engine/transport/declare";
import type { FlowSpec } from "@bilbycast/engine/flow";
import type { ConfigDraft } from "./config-draft.ts";
import { documentOfPush } from "./config-push.ts";
import { withFields, type ConfigStore, type Prepared, type PreparedFromDisk } from "./config-store.ts";
import { checkInputOf } from "./flow-edits.ts";
import type { FlowEngine } from "./flow-engine.ts";
import { toFlowSpecs } from "./flow-specs.ts";
import { withField } from "./refused-field.ts";
import { SwitchBatch, type SwitchResult, type WantedSwitch } from "./switch-batch.ts";

/**
 * Looks at a configuration that passed its checks, before anything of it is in force. Throws the Fault that refuses it; what it
 * returns runs once everything else is in force.
 */
export type Admission = (next: Config) => Promise<() => void>;

/** What the control plane needs; `onChange` hears of each configuration that took effect. */
export type ControlOptions = {
  store: ConfigStore;
  engine: FlowEngine;
  declarations: readonly Declaration[];
  onChange: () => void;
  /** Throws the Fault that keeps flows from being started now. */
  gate?: () => void;
};

/**
 * Changes what the edge does, one request at a time: check, then the engine, then the disk. When a step refuses, the ones before
 * it are taken back, and everything is as it was. The engine gets the whole list of flows each time and touches what differs.
 */
export class Control {
  readonly #store: ConfigStore;
  readonly #engine: FlowEngine;
  readonly #declarations: readonly Declaration[];
  readonly #onChange: () => void;
  readonly #gate: () => void;
  /** Flows that a person started or stopped since their `enabled` was last written; gone with the process. */
  #commands: ReadonlyMap<string, boolean> = new Map();
  #applied: readonly FlowSpec[] = [];
  #last: Promise<unknown> = Promise.resolve();
  /** Switches that wait for their turn, as long as nothing else waits behind them. */
  #batch: SwitchBatch | undefined;

  constructor(options: ControlOptions) {
    this.#store = options.store;
    this.#engine = options.engine;
    this.#declarations = options.declarations;
    this.#onChange = options.onChange;
    this.#gate = options.gate ?? (() => undefined);
  }

  /** Starts every enabled flow. What cannot open now is left to the supervisor. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      const specs = this.#specs(this.#store.config, this.#commands);
      await this.#engine.apply(specs, { tolerant: true });
      this.#applied = specs;
    });
  }

  /** Waits for the request in hand; later ones are for nothing, since the process ends. */
  async settle(): Promise<void> {
    await this.#last;
  }

  isWanted(flow: Flow): boolean {
    return wanted(flow, this.#commands);
  }

  /**
   * Takes an edit of the configuration into effect, and tells what of what it brought is worth a look. Throws the Fault of whatever
   * refused; nothing has changed then.
   */
  change(edit: (draft: ConfigDraft) => void): Promise<ApiProblem[]> {
    return this.#inTurn(async () => {
      const next = this.#store.prepare(edit);
      await this.#takeEffect(next);
      const { origins, warnings } = next;
      const isBrought = ({ path }: ConfigProblem): boolean => origins.some(({ at }) => pathBelow(path, at) !== undefined);
      return withFields(warnings.filter(isBrought), origins);
    });
  }

  /**
   * Puts a whole document, of either version, in the place of the configuration. A document without `node_id` keeps ours, and so do
   * the credentials of the infrastructure, which reading does not show: one that is null is taken away.
   */
  replace(document: Record<string, unknown>, admit?: Admission): Promise<ApiProblem[]> {
    return this.#inTurn(async () => {
      const identity = this.#store.config.node_id;
      const { document: flat, origins } = migrate(document);
      const edit = (draft: ConfigDraft): void => {
        const named = flat["node_id"] === undefined || flat["node_id"] === null ? { ...flat, node_id: identity } : flat;
        draft.document = this.#store.withSecrets(named);
        draft.origins = origins;
      };
      const next = this.#store.prepare(edit);
      const conclude = await admit?.(next.config);
      await this.#takeEffect(next);
      conclude?.();
      return withFields(next.warnings, next.origins);
    });
  }

  /** Takes what a manager pushes in the place of the configuration: this machine's own sections stay, and what is on air. */
  push(document: Record<string, unknown>): Promise<ApiProblem[]> {
    return this.#inTurn(async () => {
      const { document: flat, origins } = migrate(document);
      const next = this.#store.prepare((draft) => {
        draft.document = this.#store.withSecrets(documentOfPush(draft.document, this.#store.config, flat));
        draft.origins = origins;
      });
      await this.#takeEffect(next);
      return withFields(next.warnings, next.origins);
    });
  }

  /** Reads the file again and takes it into effect; the file stays as it is. */
  reload(admit?: Admission): Promise<ApiProblem[]> {
    return this.#inTurn(async () => {
      const found = await this.#store.prepareFromDisk();
      const conclude = await admit?.(found.config);
      await this.#takeEffect(found, found);
      conclude?.();
      return withFields(found.warnings, found.origins);
    });
  }

  /** Throws `flow_not_found`, `flow_already_running`, or the Fault of the part that could not open. */
  startFlow(id: string): Promise<void> {
    return this.#inTurn(async () => {
      if (wanted(this.#flow(id), this.#commands)) {
        throw new Fault("flow_already_running", `The flow "${id}" runs already`, { details: { flow_id: id } });
      }
      await this.#command(new Map(this.#commands).set(id, true));
    });
  }

  /** Throws `flow_not_found`, `flow_not_running`. */
  stopFlow(id: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#runningFlow(id);
      await this.#command(new Map(this.#commands).set(id, false));
    });
  }

  /**
   * Starts every flow of a group, or none: when one does not open, those that ran run on and no other does.
   * Throws `flow_group_not_found`, `flow_already_running` when all run, or the Fault of the part that could not open.
   */
  startGroup(id: string): Promise<void> {
    return this.#commandGroup(id, true);
  }

  /** Stops every flow of a group in one step. Throws `flow_group_not_found`, `flow_not_running` when none runs. */
  stopGroup(id: string): Promise<void> {
    return this.#commandGroup(id, false);
  }

  /** Stops and starts one flow. Should a part of it not open again, the supervisor goes on trying. Throws as `stopFlow` does. */
  restartFlow(id: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#runningFlow(id);
      const specs = this.#applied;
      await this.#engine.apply(specs.filter((spec) => spec.id !== id));
      await this.#engine.apply(specs, { tolerant: true });
    });
  }

  /**
   * Puts another input of a running flow on air, and into the configuration. A director waits for it, so the engine comes first: which input
   * is active makes no configuration wrong. Answers whether that was another one. Throws `flow_not_found`, `input_not_on_flow`, `flow_not_running`.
   */
  activateInput(flowId: string, inputId: string): Promise<boolean> {
    let batch = this.#batch;
    if (batch?.has(flowId) !== false) {
      const begun = new SwitchBatch();
      batch = begun;
      void this.#inTurn(async () => {
        // Those that came in the same moment are read first, each from a message of its own.
        await setImmediate();
        this.#batch = this.#batch === begun ? undefined : this.#batch;
        return begun.run((wanted) => this.#switch(wanted));
      });
      this.#batch = begun;
    }
    return batch.add({ flowId, inputId });
  }

  /** All at once in the engine, then all of them in one write to the disk. */
  async #switch(wanted: readonly WantedSwitch[]): Promise<SwitchResult[]> {
    const former = this.#applied;
    const results = await Promise.all(wanted.map((each) => this.#switchOne(each)));
    const made = wanted.filter((_, i) => isMade(results[i]));
    if (made.length > 0) {
      const next = this.#store.prepareSwitches(made);
      await this.#persist(next, () => this.#switchBack(made, former));
      this.#applied = this.#specs(next.config, this.#commands);
    }
    return results;
  }

  async #switchBack(made: readonly WantedSwitch[], former: readonly FlowSpec[]): Promise<void> {
    const before = made.map(({ flowId }) => ({ flowId, inputId: former.find((spec) => spec.id === flowId)?.active }));
    await Promise.all(before.flatMap(({ flowId, inputId }) => (inputId === undefined ? [] : [this.#engine.switchInput(flowId, inputId)])));
    if (before.some(({ inputId }) => inputId === undefined)) {
      await this.#engine.apply(former, { tolerant: true });
    }
  }

  async #switchOne({ flowId, inputId }: WantedSwitch): Promise<SwitchResult> {
    try {
      checkInputOf(this.#flow(flowId), inputId);
      this.#runningFlow(flowId);
      if (this.#applied.find((spec) => spec.id === flowId)?.active === inputId) {
        return { isSwitched: false };
      }
      await this.#engine.switchInput(flowId, inputId);
      return { isSwitched: true };
    } catch (fault) {
      return { fault };
    }
  }

  /** Checks a document without any effect. Throws the Fault `config_invalid`. */
  check(document: unknown): Prepared {
    return this.#store.prepareGiven(document);
  }

  async #takeEffect(next: Prepared, onDisk?: PreparedFromDisk): Promise<void> {
    const former = this.#applied;
    const commands = commandsThatHold(this.#commands, this.#store.config, next.config);
    const specs = this.#specs(next.config, commands);
    await this.#apply(specs, next);
    if (onDisk !== undefined) {
      this.#store.adopt(onDisk);
      this.#onChange();
    } else {
      await this.#persist(next, () => this.#engine.apply(former, { tolerant: true }));
    }
    this.#applied = specs;
    this.#commands = commands;
  }

  async #persist(next: Prepared, undo: () => Promise<void>): Promise<void> {
    try {
      await this.#store.commit(next);
    } catch (fault) {
      await undo();
      throw fault;
    }
    this.#onChange();
  }

  async #command(commands: ReadonlyMap<string, boolean>): Promise<void> {
    const { broken, config, document, warnings } = this.#store;
    const specs = this.#specs(config, commands);
    await this.#apply(specs, { broken, config, document, warnings, origins: [] });
    this.#applied = specs;
    this.#commands = commands;
  }

  #commandGroup(id: string, isWanted: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const group = this.#store.config.flow_groups?.find((candidate) => candidate.id === id);
      if (group === undefined) {
        throw new Fault("flow_group_not_found", `There is no flow group "${id}"`, { details: { group_id: id } });
      }
      const others = group.flow_ids.filter((flowId) => wanted(this.#flow(flowId), this.#commands) !== isWanted);
      if (others.length === 0) {
        const details = { group_id: id };
        throw isWanted
          ? new Fault("flow_already_running", `Every flow of the group "${id}" runs already`, { details })
          : new Fault("flow_not_running", `No flow of the group "${id}" runs`, { details });
      }
      await this.#command(new Map([...this.#commands, ...others.map((flowId): [string, boolean] => [flowId, isWanted])]));
    });
  }

  async #apply(specs: readonly FlowSpec[], next: Prepared): Promise<void> {
    if (specs.some(({ id }) => !this.#applied.some((applied) => applied.id === id))) {
      this.#gate();
    }
    try {
      await this.#engine.apply(specs);
    } catch (fault) {
      throw isFault(fault) ? withField(fault, next) : fault;
    }
  }

  #specs(config: Config, commands: ReadonlyMap<string, boolean>): FlowSpec[] {
    return toFlowSpecs(config, this.#declarations, (flow) => wanted(flow, commands));
  }

  #flow(id: string): Flow {
    const flow = this.#store.config.flows.find((candidate) => candidate.id === id);
    if (flow === undefined) {
      throw new Fault("flow_not_found", `There is no flow "${id}"`, { details: { flow_id: id } });
    }
    return flow;
  }

  #runningFlow(id: string): void {
    if (!wanted(this.#flow(id), this.#commands)) {
      throw new Fault("flow_not_running", `The flow "${id}" does not run`, { details: { flow_id: id } });
    }
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    // What is asked for after this change is made after it.
    this.#batch = undefined;
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

const isMade = (result: SwitchResult | undefined): boolean => result !== undefined && "isSwitched" in result && result.isSwitched;

const wanted = (flow: Flow, commands: ReadonlyMap<string, boolean>): boolean => commands.get(flow.id) ?? flow.enabled;

/** A command ends when its flow goes, or when somebody writes another `enabled`. */
const commandsThatHold = (commands: ReadonlyMap<string, boolean>, former: Config, next: Config): Map<string, boolean> => {
  const enabledBefore = new Map(former.flows.map((flow) => [flow.id, flow.enabled]));
  const enabledNow = new Map(next.flows.map((flow) => [flow.id, flow.enabled]));
  return new Map([...commands].filter(([id]) => enabledNow.has(id) && enabledNow.get(id) === enabledBefore.get(id)));
};
