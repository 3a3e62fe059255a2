import { ABSENT, ChaosHand } from "./chaos-hand.ts";

/** Flows of one hand: more are not made, so that a node's configuration stays as large as it is. */
const MOST = 6;

/** A command that the manager acknowledged, by its id, and the change that it made. */
export type Commanded = { commandId: string; changeId: string };

type Action = { type: string; [field: string]: unknown };

/** Changes flows of a node through the manager, by commands that the node must have taken before they are acknowledged. */
export class ChaosFlows extends ChaosHand {
  nodeId = "";
  /** By id, the names that a flow may have; more than one: nobody said what became of the last change. */
  readonly flows = new Map<string, Set<string>>();
  /** Flows that were there once: their parts stay behind when they go, until each is removed by itself. */
  readonly born = new Set<string>();
  /** Parts that stayed behind, and those whose removal was acknowledged. */
  readonly remains = new Set<string>();
  readonly gone = new Set<string>();
  /** Since they were looked for last. */
  commanded: Commanded[] = [];

  protected override async change(): Promise<void> {
    const ids = [...this.flows].filter(([, may]) => !may.has(ABSENT)).map(([id]) => id);
    const id = ids[this.dice(Math.max(1, ids.length))];
    const kind = this.dice(10);
    const [part] = this.remains;
    if (part !== undefined && kind % 2 === 0) {
      await this.#removePart(part);
    } else if (id === undefined || (kind <= 3 && ids.length < MOST)) {
      await this.#create();
    } else if (kind <= 7) {
      await this.#rename(id);
    } else {
      await this.#remove(id);
    }
  }

  async #create(): Promise<void> {
    const name = this.next();
    const id = `${this.name}-${name}`;
    this.flows.set(id, new Set([ABSENT]));
    await this.#change(id, name, { type: "create_flow", flow: flowOf(id, name) });
  }

  async #rename(id: string): Promise<void> {
    const name = this.next();
    await this.#change(id, name, { type: "update_flow", flow_id: id, flow: flowOf(id, name) });
  }

  async #remove(id: string): Promise<void> {
    if (await this.#change(id, ABSENT, { type: "delete_flow", flow_id: id })) {
      this.remains.add(`${id}-in`).add(`${id}-out`);
    }
  }

  async #removePart(id: string): Promise<void> {
    this.remains.delete(id);
    if (await this.#command(id.endsWith("-in") ? { type: "delete_input", input_id: id } : { type: "delete_output", output_id: id })) {
      this.gone.add(id);
    }
  }

  async #change(id: string, becomes: string, action: Action): Promise<boolean> {
    const isDone = await this.#command(action);
    if (isDone) {
      this.flows.set(id, new Set([becomes]));
      this.born.add(id);
    } else {
      this.flows.get(id)?.add(becomes);
    }
    return isDone;
  }

  async #command(action: Action): Promise<boolean> {
    const answer = await this.ask("POST", `/nodes/${this.nodeId}/command`, { action });
    if (answer === undefined) {
      return false;
    }
    const { command_id: commandId, change_id: changeId } = answer.body as { command_id?: string; change_id?: string };
    if (answer.status !== 200 || commandId === undefined || changeId === undefined) {
      throw new Error(`${JSON.stringify(action)} was refused: ${answer.status} ${answer.bytes.toString()}`);
    }
    this.commanded.push({ commandId, changeId });
    return true;
  }
}

/** Its parts inside, so that a change that is half there shows: a flow without its parts, or parts without their flow. */
const flowOf = (id: string, name: string): object => ({
  id,
  name,
  input: { type: "udp", id: `${id}-in`, name, bind_addr: "127.0.0.1:0" },
  outputs: [{ type: "udp", id: `${id}-out`, name, dest_addr: "127.0.0.1:9" }],
});
