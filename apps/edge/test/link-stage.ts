import { join } from "node:path";
import type { TestContext } from "node:test";
import { setDefaultCACertificates } from "node:tls";
import { nodeMessage } from "@bilbycast/contracts/node-link";
import type { EngineEvent } from "@bilbycast/engine/flow";
import { authority, ScriptedManager, type CertificateKind, type Frame, type ManagerSession } from "@bilbycast/testkit/manager";
import { seeded } from "@bilbycast/testkit/random";
import { openLog } from "../src/log.ts";
import { MediaLibrary } from "../src/media/media-library.ts";
import { LinkHolder } from "../src/node-link/link-holder.ts";
import type { NodeLinkOptions } from "../src/node-link/node-link.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { testApi, type TestApi } from "./test-api.ts";

export const TOKEN = "registration-token-that-nobody-may-see";
export const SECRET = "node-secret-that-nobody-may-see";
export const NODE_ID = "550e8400-e29b-41d4-a716-446655440000";

/** What an edge that was registered before has in its configuration. */
export const KNOWN = { node_id: NODE_ID, node_secret: SECRET };

const input = (id: string, active: boolean) => ({ type: "wire", id, name: id, active, bind_addr: `127.0.0.1:${5_000 + id.charCodeAt(0)}` });

/** Two flows that run over an engine which carries nothing. */
export const FLOWS = {
  inputs: [input("a", true), input("b", false), input("c", true)],
  outputs: [
    { type: "wire", id: "x", name: "x", dest_addr: "127.0.0.1:6000" },
    { type: "wire", id: "y", name: "y", dest_addr: "127.0.0.1:6001" },
  ],
  flows: [
    { id: "f1", name: "Programme", input_ids: ["a", "b"], output_ids: ["x"] },
    { id: "f2", name: "Return", input_ids: ["c"], output_ids: ["y"] },
  ],
  flow_groups: [{ id: "g", name: "Studio", flow_ids: ["f1", "f2"] }],
};

export type LinkStage = {
  manager: ScriptedManager;
  link: LinkHolder;
  edge: TestApi;
  /** Every line of the log so far. */
  log: string[];
  mediaFolder: string;
  record: (event: EngineEvent) => void;
  /** The folder of the configuration and of the certificates. */
  folder: string;
};

export type StageOptions = {
  certificate?: CertificateKind;
  /** Fields of the configuration's `manager`, besides its address. */
  settings?: Record<string, unknown>;
  config?: Record<string, unknown>;
  environment?: Record<string, string>;
  /** In front of the manager's own address. */
  urls?: readonly string[];
  link?: Partial<NodeLinkOptions>;
};

/** The edge's control plane, its link, and a manager that does what the test says. Waits between attempts are a millisecond for each second. */
export const linkStage = async (t: TestContext, options: StageOptions = {}): Promise<LinkStage> => {
  const folder = temporaryFolder(t);
  const manager = await ScriptedManager.open(options.certificate);
  t.after(() => manager.close());
  setDefaultCACertificates([authority()]);
  const environment = options.environment ?? {};
  const link = new LinkHolder();
  const settings = { enabled: true, urls: [...(options.urls ?? []), manager.url], ...(options.settings ?? KNOWN) };
  const edge = await testApi(t, {
    config: { ...FLOWS, ...options.config, manager: settings },
    onChange: () => link.configure(),
    onEvent: (event) => link.event(event),
    environment,
  });
  const log: string[] = [];
  const logger = openLog("trace", 1, { destination: { write: (line: string) => void log.push(line) } });
  const mediaFolder = join(folder, "media");
  const record = (event: EngineEvent): void => edge.context.events.record(event, new Date());
  link.start({
    context: { ...edge.context, manager: () => link.state },
    media: new MediaLibrary(mediaFolder),
    log: logger,
    record,
    environment,
    random: seeded(1),
    patience: (wait) => wait / 1_000,
    ...options.link,
  });
  t.after(() => link.stop());
  return { manager, link, edge, log, mediaFolder, record, folder };
};

/** A stage whose manager has let the edge in. */
export const connected = async (t: TestContext, options: StageOptions = {}): Promise<LinkStage & { session: ManagerSession }> => {
  const stage = await linkStage(t, options);
  const session = await stage.manager.session();
  await session.accept();
  await session.next("health");
  return { ...stage, session };
};

/** What a frame has in it that the contract does not; nothing for a right one. */
export const breachesOf = (frames: readonly Frame[]): string[] =>
  frames.flatMap((frame) => {
    const parsed = nodeMessage.safeParse(frame);
    return parsed.success ? [] : [`${frame.type}: ${JSON.stringify(parsed.error.issues).slice(0, 600)}`];
  });
