import type { Database } from "../database/database.ts";
import type { ConfigKeeper } from "../config/config-keeper.ts";
import type { Drivers } from "../drivers/load.ts";
import type { FlowLayout } from "../drivers/driver.ts";

/** Flows of a node by id. */
export type Layout = ReadonlyMap<string, FlowLayout>;

const MOST_REMEMBERED = 512;

/** What flows of nodes may carry and where it leaves, by what the nodes reported. Remembered for as long as they report the same. */
export class Layouts {
  readonly #database: Database;
  readonly #keeper: ConfigKeeper;
  readonly #drivers: Drivers;
  readonly #remembered = new Map<string, { revision: string; layout: Layout }>();

  constructor(database: Database, keeper: ConfigKeeper, drivers: Drivers) {
    this.#database = database;
    this.#keeper = keeper;
    this.#drivers = drivers;
  }

  /** Of each node that has told its configuration and is of a kind that can be switched. */
  async of(nodes: readonly { id: string; deviceType: string }[]): Promise<Map<string, Layout>> {
    const rows = await this.#database.queries
      .selectFrom("node_configs")
      .select(["node_id", "revision"])
      .where("node_id", "in", nodes.map(({ id }) => id).concat(NOBODY))
      .execute();
    const revisions = new Map(rows.map(({ node_id: id, revision }) => [id, revision]));
    const found = await Promise.all(
      nodes.map(async ({ deviceType, id }): Promise<[string, Layout][]> => {
        const layout = await this.#layoutOf(id, deviceType, revisions.get(id));
        return layout === undefined ? [] : [[id, layout]];
      }),
    );
    return new Map(found.flat());
  }

  async #layoutOf(nodeId: string, deviceType: string, revision: string | undefined): Promise<Layout | undefined> {
    const switching = this.#drivers.get(deviceType)?.switching;
    if (revision === undefined || switching === undefined) {
      return undefined;
    }
    const known = this.#remembered.get(nodeId);
    if (known?.revision === revision) {
      return known.layout;
    }
    const reported = await this.#keeper.reported(nodeId);
    if (reported === undefined) {
      return undefined;
    }
    const layout = new Map(switching.layoutOf(reported.config).map((flow) => [flow.flow_id, flow]));
    this.#remembered.delete(nodeId);
    this.#remembered.set(nodeId, { revision: reported.revision, layout });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MOST_REMEMBERED && oldest !== undefined) {
      this.#remembered.delete(oldest);
    }
    return layout;
  }
}

/** So that a list is never empty, which SQL does not take. */
const NOBODY = "00000000-0000-0000-0000-000000000000";
