import { sql } from "kysely";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Database } from "../database/database.ts";
import type { NodeHub } from "../node-link/hub.ts";

const PREFIX = "bilbycast_manager_";

/** Seconds that a command took, from the press to the node's acknowledgement. */
const COMMAND_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the manager tells Prometheus of itself. Every sample has the labels `instance_id` and `region`. */
export type Families = { registry: Registry; commands: Histogram<"outcome"> };

export const makeFamilies = (
  labels: { instance_id: string; region: string },
  { database, hub }: { database: Database; hub: NodeHub },
): Families => {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  const gauge = gaugesOf(registry);
  databaseGauges(gauge, database);
  hubGauges(gauge, hub);
  return {
    registry,
    commands: new Histogram({
      name: `${PREFIX}command_seconds`,
      help: "From sending a command to its acknowledgement.",
      labelNames: ["outcome"],
      buckets: COMMAND_BUCKETS,
      registers: [registry],
    }),
  };
};

type MakeGauge = <Label extends string>(
  name: string,
  help: string,
  labelNames: readonly Label[],
  collect: (gauge: Gauge<Label>) => Promise<void> | void,
) => void;

/** Gauges that are looked up when somebody asks. */
const gaugesOf =
  (registry: Registry): MakeGauge =>
  (name, help, labelNames, collect) => {
    registry.registerMetric(
      new Gauge({
        name: `${PREFIX}${name}`,
        help,
        labelNames: [...labelNames],
        registers: [],
        async collect() {
          await collect(this);
        },
      }),
    );
  };

/** Of the installation: every instance tells the same. */
const databaseGauges = (gauge: MakeGauge, database: Database): void => {
  gauge("nodes", "Nodes of the installation by status and kind.", ["status", "device_type"], async (into) => {
    const { rows } = await sql<{
      status: string;
      device_type: string;
      count: number;
    }>`select status, device_type, count(*)::int as count from nodes group by 1, 2`.execute(database.queries);
    into.reset();
    rows.forEach(({ count, ...by }) => into.set(by, count));
  });
  gauge(
    "alarms",
    "Conditions that are raised, by severity and whether somebody has acknowledged them.",
    ["severity", "acknowledged"],
    async (into) => {
      const { rows } = await sql<{ severity: string; acknowledged: string; count: number }>`
      select severity, (acknowledged_at is not null)::text as acknowledged, count(*)::int as count from alarms where is_raised group by 1, 2`.execute(
        database.queries,
      );
      into.reset();
      rows.forEach(({ count, ...by }) => into.set(by, count));
    },
  );
  gauge("login_failures_recent", "Attempts to log in that were refused in the last hour.", [], async (into) => {
    const { rows } = await sql<{
      count: number;
    }>`select count(*)::int as count from audit_log where action = 'auth.login_failed' and at > now() - interval '1 hour'`.execute(
      database.queries,
    );
    into.set(rows[0]?.count ?? 0);
  });
  gauge("config_changes_recent", "Changes of configurations in the last hour by what became of them.", ["state"], async (into) => {
    const { rows } = await sql<{
      state: string;
      count: number;
    }>`select state, count(*)::int as count from config_changes where at > now() - interval '1 hour' group by 1`.execute(database.queries);
    into.reset();
    rows.forEach(({ count, ...by }) => into.set(by, count));
  });
};

/** Of this instance. */
const hubGauges = (gauge: MakeGauge, hub: NodeHub): void => {
  gauge("node_connections", "Nodes that are connected to this instance.", [], (into) => into.set(hub.connections.size));
  gauge("commands_waiting", "Commands that wait for a node of this instance.", [], (into) =>
    into.set([...hub.connections.values()].reduce((sum, { waitingCommands }) => sum + waitingCommands, 0)),
  );
  gauge(
    "connections_over_budget",
    "Connections of nodes that ended since the start because the node sent more than a node may.",
    [],
    (into) => into.set(hub.overBudget),
  );
  gauge("statistics_shed", "Statistics that were not read since the start because newer ones of the node had come meanwhile.", [], (into) =>
    into.set(hub.shed),
  );
  gauge("malformed_frames", "Frames of the nodes that are connected now which were none.", [], (into) =>
    into.set([...hub.connections.values()].reduce((sum, { malformed }) => sum + malformed, 0)),
  );
};
