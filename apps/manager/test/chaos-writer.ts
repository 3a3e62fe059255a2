import { ABSENT, ChaosHand } from "./chaos-hand.ts";

/** A node as somebody who changes it knows it: which of these it may be. More than one: nobody said what became of the last change. */
type Known = { name: string; may: Set<string> };

/** Changes what the manager itself keeps: nodes and people. */
export class ChaosWriter extends ChaosHand {
  /** By id. */
  readonly nodes = new Map<string, Known>();
  /** Names of nodes and people whose making was not acknowledged: they may be there, whole, or not. */
  readonly uncertain = new Set<string>();
  /** User names that were acknowledged. */
  readonly people = new Set<string>();

  protected override async change(): Promise<void> {
    const kind = this.dice(10);
    const ids = [...this.nodes].filter(([, { may }]) => !may.has(ABSENT)).map(([id]) => id);
    const id = ids[this.dice(Math.max(1, ids.length))];
    if (kind === 0) {
      await this.#addPerson();
    } else if (kind <= 3 || id === undefined) {
      await this.#addNode();
    } else if (kind <= 8) {
      await this.#updateNode(id);
    } else {
      await this.#deleteNode(id);
    }
  }

  async #addNode(): Promise<void> {
    const name = `${this.name}-${this.next()}`;
    const answer = await this.ask("POST", "/nodes", { group_id: "grp_default", name, description: "0" });
    if (answer === undefined) {
      this.uncertain.add(name);
      return;
    }
    const { node } = answer.body as { node?: { id: string } };
    if (answer.status !== 201 || node === undefined) {
      throw new Error(`a node was not made: ${answer.bytes.toString()}`);
    }
    this.nodes.set(node.id, { name, may: new Set(["0"]) });
  }

  async #updateNode(id: string): Promise<void> {
    const known = this.nodes.get(id);
    if (known === undefined) {
      return;
    }
    const description = this.next();
    const answer = await this.ask("PUT", `/nodes/${id}`, { name: known.name, description });
    if (answer === undefined) {
      known.may.add(description);
    } else if (answer.status === 200) {
      known.may = new Set([description]);
    } else {
      throw new Error(`a node was not changed: ${answer.status} ${answer.bytes.toString()}`);
    }
  }

  async #deleteNode(id: string): Promise<void> {
    const known = this.nodes.get(id);
    const answer = await this.ask("DELETE", `/nodes/${id}`);
    if (known === undefined) {
      return;
    }
    if (answer === undefined) {
      known.may.add(ABSENT);
    } else if (answer.status === 204) {
      known.may = new Set([ABSENT]);
    } else {
      throw new Error(`a node was not removed: ${answer.status} ${answer.bytes.toString()}`);
    }
  }

  async #addPerson(): Promise<void> {
    const username = `${this.name}-${this.next()}`;
    const body = { group_id: "grp_default", role: "viewer", username, password: "Correct-Horse-7", display_name: username, email: null };
    const answer = await this.ask("POST", "/users", body);
    if (answer === undefined) {
      this.uncertain.add(username);
    } else if (answer.status === 201) {
      this.people.add(username);
    } else {
      throw new Error(`a person was not made: ${answer.status} ${answer.bytes.toString()}`);
    }
  }
}
