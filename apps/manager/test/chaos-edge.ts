import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { EdgeByLine, waitFor } from "@bilbycast/testkit/peers";
import type { Database } from "../src/database/database.ts";
import type { ChaosFlows, Commanded } from "./chaos-flows.ts";
import { ABSENT } from "./chaos-hand.ts";
import { BRISK, START_SECONDS, type ChaosManager } from "./chaos-manager.ts";
import type { TestClient } from "./test-client.ts";

type Part = { id: string; name: string };
type EdgeConfig = { flows: (Part & { input_ids: string[]; output_ids: string[] })[]; inputs: Part[]; outputs: Part[] };

/** State of a flow that runs and that nobody sends anything to. */
const OPEN = "stalled";

/** A real edge, started by the line that the manager gave out for it. */
export class ChaosEdge {
  readonly nodeId: string;
  readonly #client: TestClient;
  readonly #edge: EdgeByLine;
  readonly #config: string;

  private constructor(nodeId: string, client: TestClient, edge: EdgeByLine, config: string) {
    this.nodeId = nodeId;
    this.#client = client;
    this.#edge = edge;
    this.#config = config;
  }

  static async start(manager: ChaosManager, client: TestClient): Promise<ChaosEdge> {
    const { body } = await client.post("/nodes", { group_id: "grp_default", name: "edge", description: "0" });
    const { node, enrolment } = body as { node: { id: string }; enrolment: { start_command: string } };
    const folder = join(manager.outer, "edge");
    const edge = EdgeByLine.start(enrolment.start_command, folder, { ...manager.trust, ...BRISK });
    const started = new ChaosEdge(node.id, client, edge, join(folder, "config.json"));
    await started.isBack();
    return started;
  }

  get pid(): number | undefined {
    return this.#edge.pid;
  }

  /** Waits until the manager has it and tells of it what it has itself: that both find to each other by themselves is what is tested. */
  async isBack(): Promise<void> {
    await waitFor(
      "the manager to tell what the edge has",
      async () => {
        const { status, body } = await this.#client.get(`/nodes/${this.nodeId}/config`).catch(() => ({ status: 0, body: {} }));
        const { config, is_live: isLive } = body as { config?: EdgeConfig; is_live?: boolean };
        return status === 200 && isLive === true && config !== undefined && textOf(config) === textOf(this.#onDisk());
      },
      START_SECONDS,
    ).catch(async (cause: unknown) => {
      const told = await this.#client.get(`/nodes/${this.nodeId}/config`).catch(String);
      throw new Error(`${JSON.stringify(told)} ${textOf(this.#onDisk())} ${this.#edge.output().slice(-4_000)}`, { cause });
    });
  }

  /** Every acknowledged change is on its disk and runs, none is half there, and the manager's database tells of each. */
  async inspect(database: Database, hands: readonly ChaosFlows[]): Promise<void> {
    const config = this.#onDisk();
    const names = new Map(config.flows.map(({ id, name }) => [id, name]));
    const loose = partsWithout(config);
    for (const hand of hands) {
      for (const [id, may] of hand.flows) {
        const is = names.get(id) ?? ABSENT;
        assert.ok(may.has(is), `${id} is ${is} and may be ${[...may].join(" or ")}`);
        hand.flows.set(id, new Set([is]));
        names.delete(id);
        if (is !== ABSENT) {
          hand.born.add(id);
        }
      }
      hand.remains.clear();
      for (const part of loose.filter((each) => each.startsWith(`${hand.name}-`))) {
        assert.ok(hand.born.has(part.replace(/-(in|out)$/, "")), `${part} is there and its flow never was`);
        assert.ok(!hand.gone.has(part), `the removal of ${part} was acknowledged and it is there`);
        hand.remains.add(part);
      }
      await areOnRecord(database, hand.commanded);
      hand.commanded = [];
    }
    assert.deepEqual([...names.keys()], [], "nobody made these flows");
    await this.#runs(config);
  }

  async #runs({ flows }: EdgeConfig): Promise<void> {
    const wanted = flows.map(({ id, name }) => `${id} ${name} ${OPEN}`).toSorted();
    let seen: string[] = [];
    const isSo = async (): Promise<boolean> => {
      const answer = await fetch(`${await this.#edge.address()}/api/v1/flows`);
      const { data } = (await answer.json()) as { data: { flows: (Part & { state: string })[] } };
      seen = data.flows.map(({ id, name, state }) => `${id} ${name} ${state}`).toSorted();
      return seen.join() === wanted.join();
    };
    await waitFor("every flow to run", isSo, START_SECONDS).catch((cause: unknown) => {
      throw new Error(`${seen.join()} and not ${wanted.join()}`, { cause });
    });
  }

  #onDisk(): EdgeConfig {
    return JSON.parse(readFileSync(this.#config, "utf8")) as EdgeConfig;
  }

  stop(): Promise<void> {
    return this.#edge.stop();
  }
}

const textOf = ({ flows }: EdgeConfig): string => JSON.stringify(flows.map(({ id, name }) => `${id} ${name}`).toSorted());

/** Parts that no flow has. Throws when a flow has not its own, of the same change as itself. */
const partsWithout = ({ flows, inputs, outputs }: EdgeConfig): string[] => {
  const parts = new Map([...inputs, ...outputs].map(({ id, name }) => [id, name]));
  for (const { id, name, input_ids: ins, output_ids: outs } of flows) {
    assert.deepEqual([ins, outs], [[`${id}-in`], [`${id}-out`]], id);
    assert.deepEqual([parts.get(`${id}-in`), parts.get(`${id}-out`)], [name, name], `${id} is half changed`);
    parts.delete(`${id}-in`);
    parts.delete(`${id}-out`);
  }
  return [...parts.keys()];
};

const areOnRecord = async (database: Database, commanded: readonly Commanded[]): Promise<void> => {
  const { rows } = await sql<{ id: string; state: string }>`
    select id, state from config_changes where id = any(${commanded.map(({ changeId }) => changeId)})`.execute(database.queries);
  assert.equal(rows.length, commanded.length, "every acknowledged change is kept as one");
  assert.deepEqual(
    rows.filter(({ state }) => !["watching", "verified", "troubled"].includes(state)),
    [],
  );
  const { rows: record } = await sql<{ count: number }>`
    select count(distinct details->>'command_id')::int as count from audit_log
    where action like 'node.command.%' and details->>'command_id' = any(${commanded.map(({ commandId }) => commandId)})`.execute(
    database.queries,
  );
  assert.equal(record[0]?.count, commanded.length, "every acknowledged command is on record");
};
