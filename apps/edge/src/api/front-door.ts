import { hostname } from "node:os";
import type { EngineEvent, PictureListener } from "@bilbycast/engine/flow";
import type { Health } from "@bilbycast/contracts/edge-api";
import { Fault, isFault } from "@bilbycast/foundation/fault";
import { authOf } from "../auth/auth-settings.ts";
import { isLoopback, SetupGuard } from "../auth/setup-guard.ts";
import { AddressBuckets } from "../auth/token-bucket.ts";
import { warningSentence } from "../config-warnings.ts";
import type { Log } from "../log.ts";
import type { ServerLimits } from "@bilbycast/service/http";
import type { Api, ApiContext, EdgeContext } from "./context.ts";
import { apiServer, monitorServer } from "./server.ts";
import { statsView } from "./status-views.ts";
import { StatsSocket } from "./stats-socket.ts";
import { ThumbnailSocket } from "./thumbnail-socket.ts";
import { readIdentity, TlsFiles, type TlsHolder } from "@bilbycast/service/tls";

export type FrontDoorOptions = {
  context: EdgeContext;
  log: Log;
  record: (event: EngineEvent) => void;
  /** Address and ports of the API instead of the configured ones; the first port that is free is taken. 0: the system chooses. */
  bind?: string | undefined;
  ports?: readonly number[] | undefined;
  /** Port of the monitor page instead of the configured one. */
  monitorPort?: number | undefined;
  limits?: ServerLimits;
};

/** Every port that people and programs come in by: the API, the monitor page, their certificate and the stream of statistics. */
export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #context: ApiContext;
  readonly #socket: StatsSocket;
  readonly #pictures: ThumbnailSocket;
  readonly #host: string;
  #api: Api | undefined;
  #monitor: Api | undefined;
  #tls: TlsFiles | undefined;
  #address = "";
  #monitorAddress: string | undefined;
  #wasOpen = false;

  private constructor(options: FrontDoorOptions) {
    const { context } = options;
    this.#options = options;
    this.#host = options.bind ?? context.store.config.server.listen_addr;
    this.#context = {
      ...context,
      apiAddress: () => withoutScheme(this.#address),
      setup: new SetupGuard(() => context.store.config),
      tokenBuckets: new AddressBuckets(),
      warnings: () => this.#warnings(),
      monitorAddress: () => (this.#monitorAddress === undefined ? undefined : withoutScheme(this.#monitorAddress)),
      admitTls: async ({ server: { tls } }) => {
        const identity = tls === undefined ? undefined : await readIdentity(tls);
        return () => {
          if (tls !== undefined && identity !== undefined) {
            this.#tls?.adopt(tls, identity);
          }
        };
      },
    };
    this.#socket = new StatsSocket({ context, stats: () => statsView(context) });
    this.#pictures = new ThumbnailSocket({ context });
  }

  /** Throws `api_bind_failed`, `tls_unusable`. A monitor page that cannot listen is an event: it must not keep the media from moving. */
  static async open(options: FrontDoorOptions): Promise<FrontDoor> {
    const door = new FrontDoor(options);
    try {
      await door.#open();
    } catch (fault) {
      await door.close();
      throw fault;
    }
    return door;
  }

  /** `https://127.0.0.1:8080` */
  get address(): string {
    return this.#address;
  }

  /** What the routes know; the link to the manager knows the same. */
  get context(): ApiContext {
    return this.#context;
  }

  /** What to tell whoever reads the terminal: the token for a setup from another machine, where one is needed. */
  get setupNotice(): string | undefined {
    const { isEnabled, madeToken } = this.#context.setup;
    return isEnabled && madeToken !== undefined && !isLoopback(this.#host)
      ? `To set this edge up from another machine, open ${this.#setupAddress()} there and give the token ${madeToken}\n`
      : undefined;
  }

  /** A new picture, for whoever looks. */
  readonly show: PictureListener = (...picture) => this.#pictures.show(...picture);

  /** Says once, each time that it comes to be so, that everybody may do everything. */
  warnOfOpenApi(): void {
    const isOpen = this.#isOpenTo(this.#host);
    if (isOpen && !this.#wasOpen) {
      this.#options.record({ severity: "warning", category: "security", code: "api_open", message: OPEN_MESSAGE });
    }
    this.#wasOpen = isOpen;
  }

  async close(): Promise<void> {
    this.#tls?.close();
    this.#socket.close();
    this.#pictures.close();
    await Promise.all([this.#monitor?.close(), this.#api?.close()]);
  }

  async #open(): Promise<void> {
    const { log, limits, context, ports } = this.#options;
    const { server } = context.store.config;
    const identity = server.tls === undefined ? undefined : await readIdentity(server.tls);
    const settings = { identity, sockets: [this.#socket.socket, this.#pictures.socket], ...(limits === undefined ? {} : { limits }) };
    this.#api = await apiServer(this.#context, log, settings);
    this.#monitor = await monitorServer(this.#context, log, settings);
    if (server.tls !== undefined && identity !== undefined) {
      const holders = [this.#api, this.#monitor].map(({ server: each }) => each as unknown as TlsHolder);
      this.#tls = new TlsFiles({ paths: server.tls, identity, holders, onChange: (fault) => this.#tellOfTls(fault) });
    }
    this.#address = await listen(this.#api, this.#host, ports ?? [server.listen_port]);
    await this.#openMonitor(this.#monitor);
    this.warnOfOpenApi();
  }

  async #openMonitor(monitor: Api): Promise<void> {
    const settings = this.#options.context.store.config.monitor;
    const port = this.#options.monitorPort ?? settings?.listen_port;
    if (port === undefined) {
      return;
    }
    const host = settings?.listen_addr ?? this.#host;
    try {
      this.#monitorAddress = await monitor.listen({ host, port });
    } catch (error) {
      const details = { addr: `${host}:${port}`, error: error instanceof Error ? error.message : String(error) };
      const message = `The monitor page cannot listen on ${details.addr}`;
      this.#options.record({ severity: "warning", category: "bind_failed", code: "monitor_bind_failed", message, details });
    }
  }

  #tellOfTls(fault: Fault | undefined): void {
    if (fault === undefined) {
      const message = "A new certificate is in use";
      this.#options.record({ severity: "info", category: "security", code: "tls_reloaded", message });
    } else if (isFault(fault)) {
      this.#options.record({ severity: "warning", category: "security", code: "tls_unusable", message: fault.message });
    } else {
      this.#options.log.error({ err: fault }, "the certificate could not be followed");
    }
  }

  #warnings(): NonNullable<Health["warnings"]> {
    const { store } = this.#options.context;
    const wanted = this.#options.monitorPort ?? store.config.monitor?.listen_port;
    return [
      ...(this.#isOpenTo(this.#host) ? [{ code: "api_open", message: OPEN_MESSAGE }] : []),
      ...(this.#address !== "" && wanted !== undefined && this.#monitorAddress === undefined
        ? [{ code: "monitor_bind_failed", message: "The monitor page does not listen: see the events, or start the edge again." }]
        : []),
      ...store.warnings.map((warning) => ({
        code: warning.code,
        message: warningSentence(warning, store.document),
        ...(warning.path === "" ? {} : { path: warning.path }),
      })),
    ];
  }

  /** An address that other machines know; the one for all interfaces means nothing to them. */
  #setupAddress(): string {
    const isForAll = this.#host === "0.0.0.0" || this.#host === "::";
    const url = new URL("/setup", this.#address);
    url.hostname = isForAll ? hostname() : url.hostname;
    return url.href;
  }

  #isOpenTo(host: string): boolean {
    return authOf(this.#options.context.store.config.server) === "open" && !isLoopback(host);
  }
}

const OPEN_MESSAGE = "The API asks for no credential and can be reached from other machines: enable server.auth, or listen on 127.0.0.1.";

const withoutScheme = (address: string): string => address.replace(/^https?:\/\//, "");

const listen = async (api: Api, host: string, ports: readonly number[]): Promise<string> => {
  let cause: unknown;
  for (const port of ports) {
    try {
      return await api.listen({ host, port });
    } catch (error) {
      cause = error;
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") {
        break;
      }
    }
  }
  const place = `${host}:${ports.join(", ")}`;
  throw new Fault("api_bind_failed", `The API cannot listen on ${place}; choose another with --bind and --port`, {
    cause,
    details: { host, ports },
  });
};
