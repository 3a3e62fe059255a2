import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { TlsFiles, type Identity, type TlsHolder } from "@bilbycast/service/tls";
import type { FastifyInstance } from "fastify";
import { Callers } from "../access/callers.ts";
import { nodeObjects } from "../access/targets.ts";
import type { App } from "../app.ts";
import { Changes } from "../config/changes.ts";
import { ConfigKeeper } from "../config/config-keeper.ts";
import { configHistoryRoutes } from "../config/history-routes.ts";
import { configRoutes } from "../config/routes.ts";
import type { Database } from "../database/database.ts";
import { LookTogether } from "../database/look-together.ts";
import { migrate } from "../database/migrate.ts";
import { loadDrivers } from "../drivers/load.ts";
import { httpServer } from "../http/server.ts";
import { requireCaller, type Front } from "../http/serve-endpoint.ts";
import type { Log } from "../log.ts";
import { DatabaseMessages } from "../messages/database-messages.ts";
import { makeFamilies } from "../metrics/families.ts";
import { metricsRoutes } from "../metrics/routes.ts";
import { NodeExpiry } from "../node-link/expiry.ts";
import { NodeHub } from "../node-link/hub.ts";
import { NodeStates } from "../node-link/node-states.ts";
import { presenceOf } from "../node-link/presence.ts";
import { RemoteCalls } from "../node-link/remote-calls.ts";
import { commandRoute } from "../nodes/command-route.ts";
import { pictureRoutes } from "../nodes/picture-routes.ts";
import { nodeRoutes } from "../nodes/routes.ts";
import { shareRoutes } from "../nodes/share-routes.ts";
import { InstallationSettings } from "../records/installation-settings.ts";
import type { Keys } from "../settings/keys.ts";
import { networksOf } from "../settings/networks.ts";
import type { ManagerSettings } from "../settings/settings.ts";
import { Vault } from "../vault/vault.ts";
import { apiRoutes } from "./api.ts";
import { consoleFiles, CONSOLE_FOLDER } from "./console-files.ts";
import { healthRoutes } from "./health-routes.ts";
import { InstanceHeart } from "./instances.ts";
import { listen } from "./listen.ts";
import { servingIdentity } from "./serving-identity.ts";
import { Switcher } from "../switcher/switcher.ts";
import { Watch } from "./watch.ts";

export type ManagerOptions = {
  settings: ManagerSettings;
  keys: Keys;
  database: Database;
  instanceId: string;
  version: string;
  log: Log;
  /** Folders with drivers besides our own. */
  driverFolders?: readonly string[];
  consoleFolder?: string;
};

export type RunningManager = {
  readonly app: App;
  readonly hub: NodeHub;
  readonly states: NodeStates;
  readonly watch: Watch;
  /** Where people reach it on this machine. */
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
};

/** Starts a manager on a database that is open. It does not own the database: who opened it closes it. When it cannot start, nothing stays open. */
export const startManager = async (options: ManagerOptions): Promise<RunningManager> => {
  const opened: (() => Promise<unknown> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of opened.toReversed()) {
      await close();
    }
    opened.length = 0;
  };
  try {
    return { ...(await start(options, opened)), stop };
  } catch (error) {
    await stop().catch((err: unknown) => options.log.warn({ err }, "what had been opened could not all be closed"));
    throw error;
  }
};

/** `opened`: how each part that is open is closed, the last one first. */
const start = async (options: ManagerOptions, opened: (() => Promise<unknown> | void)[]): Promise<Omit<RunningManager, "stop">> => {
  const { database, log, instanceId, settings, version } = options;
  await migrate(database);
  const serving = await servingIdentity(settings);
  const messages = await DatabaseMessages.open(database, log);
  opened.push(() => messages.close());
  const heart = new InstanceHeart(database, log, { id: instanceId, region: settings.region, version });
  opened.push(() => heart.stop());
  await heart.start();
  const server = await httpServer({ log, identity: serving.identity });
  opened.push(() => server.close());
  const made = await buildApp(options, server, messages, serving.fingerprint);
  const { hub, watch } = made;
  opened.push(
    () => watch.stop(),
    () => made.close(),
  );
  healthRoutes(server, {
    database,
    version,
    instanceId,
    region: settings.region,
    isSelfSigned: serving.fingerprint !== undefined,
    hears: () => messages.isHearing,
  });
  const families = makeFamilies({ instance_id: instanceId, region: settings.region }, { database, hub });
  metricsRoutes(server, families.registry, { tokens: settings.metricsTokens, allowlist: settings.metricsAllowlist });
  hub.onCommand = (outcome, seconds) => families.commands.observe({ outcome }, seconds);
  await consoleFiles(server, options.consoleFolder ?? CONSOLE_FOLDER);
  await watch.start();
  await made.switcher.start();
  serveSockets(server, [hub.door, watch.live.door]);
  const listening = await listen(server, settings, serving.identity);
  opened.push(() => listening.close());
  if (serving.identity !== undefined && settings.tls !== undefined) {
    const files = followTls(settings.tls, serving.identity, listening.servers, log);
    opened.push(() => files.close());
  }
  const { port } = listening;
  return { ...made, port, address: settings.publicUrl ?? `${serving.identity === undefined ? "http" : "https"}://localhost:${port}` };
};

/** A renewed certificate is in use from its next connection on. */
const followTls = (paths: { cert_path: string; key_path: string }, identity: Identity, servers: readonly Server[], log: Log): TlsFiles =>
  new TlsFiles({
    paths,
    identity,
    holders: servers.map((server) => server as unknown as TlsHolder),
    onChange: (fault) =>
      fault === undefined
        ? log.info("a new certificate is in use")
        : log.error({ err: fault }, "a changed certificate cannot be used; the former one serves on"),
  });

const buildApp = async (
  { database, driverFolders, instanceId, keys, log, settings, version }: ManagerOptions,
  server: FastifyInstance,
  messages: DatabaseMessages,
  certFingerprint: string | undefined,
): Promise<NodeSide> => {
  const vault = new Vault(keys.masterKey);
  const callers = new Callers(database, keys.jwtSecret, vault);
  messages.on("access", () => callers.forget());
  messages.onGap(() => callers.forget());
  const installation = new InstallationSettings(database);
  await installation.reload();
  const reload = (): void => void installation.reload().catch((err: unknown) => log.warn({ err }, "settings could not be read again"));
  messages.on("settings", reload);
  messages.onGap(reload);
  const nodes = new LookTogether((ids) => nodeObjects(database.queries, ids));
  const front: Front = { database, callers, vault, trusts: networksOf(settings.trustedProxies), nodes };
  const drivers = await loadDrivers(driverFolders);
  const base: Omit<App, "api"> = {
    ...front,
    jwtSecret: keys.jwtSecret,
    instanceId,
    region: settings.region,
    version,
    log,
    messages,
    drivers,
    isSecure: settings.tlsMode === "direct" || settings.publicUrl?.startsWith("https:") !== false,
    settings: installation,
    publicUrl: settings.publicUrl,
    certFingerprint,
    requireCaller: (request) => requireCaller(front, request),
    announceAccessChange: async (tx) => {
      await messages.publish(tx, "access", {});
    },
  };
  let rooms: NodeSide | undefined;
  await apiRoutes(server, (api) => ({ ...base, api }), [
    (app) => {
      rooms = nodeSide(app);
    },
  ]);
  if (rooms === undefined) {
    throw new TypeError("the routes were not made");
  }
  return rooms;
};

type NodeSide = Pick<RunningManager, "app" | "hub" | "states" | "watch"> & { switcher: Switcher; close(): Promise<void> };

/** Everything about nodes: their door, what they said, what they are configured to. */
const nodeSide = (app: App): NodeSide => {
  const { database, messages, instanceId } = app;
  const remote = new RemoteCalls(database, messages, instanceId);
  const hub = new NodeHub(app, remote);
  remote.serve((nodeId, action, waitMs) => hub.commandHere(nodeId, action, waitMs));
  const expiry = new NodeExpiry(app, hub);
  const states = new NodeStates(app.drivers);
  hub.listen(states.listener);
  const watch = new Watch({ app, hub, states });
  hub.listen(presenceOf(app, hub, watch.tell));
  const keeper = new ConfigKeeper(app, hub);
  hub.listen(keeper.listener);
  const changes = new Changes(app, hub, keeper);
  const nodes = { app, hub, states };
  nodeRoutes(nodes);
  shareRoutes(nodes);
  pictureRoutes(nodes);
  const switcher = new Switcher(nodes, keeper);
  hub.listen(switcher.listener);
  const config = { app, hub, keeper, changes };
  configRoutes(config);
  configHistoryRoutes(config);
  commandRoute(nodes, async ({ nodeId }, action, command, by) => {
    const { id, data } = await changes.make({ nodeId, action, command, by: by.name, summary: command.description });
    return { data, changeId: id };
  });
  return {
    ...nodes,
    watch,
    switcher,
    close: async () => {
      // What was pressed is carried out while the nodes are there.
      await switcher.stop();
      expiry.stop();
      hub.close();
      changes.close();
    },
  };
};

type UpgradeTaker = { readonly path: string; upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void };

const serveSockets = (server: FastifyInstance, takers: readonly UpgradeTaker[]): void => {
  server.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const path = request.url?.split("?")[0];
    const taker = takers.find((candidate) => candidate.path === path);
    if (taker === undefined) {
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    taker.upgrade(request, socket, head);
  });
};
