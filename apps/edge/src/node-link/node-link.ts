import { isDeepStrictEqual } from "node:util";
import { PROTOCOL_VERSION, readMediaFrame } from "@bilbycast/contracts/node-link";
import type { EngineEvent, PictureListener } from "@bilbycast/engine/flow";
import { Fault, isFault } from "@bilbycast/foundation/fault";
import type { ApiContext } from "../api/context.ts";
import type { Log } from "../log.ts";
import type { MediaLibrary } from "../media/media-library.ts";
import type { Environment } from "../secrets-key.ts";
import { BoundedNotice } from "./bounded-notice.ts";
import { CommandDesk } from "./commands/command-desk.ts";
import { Credentials, type Proof } from "./credentials.ts";
import { dial, shownUrl } from "./dial.ts";
import type { EventQueue } from "./event-queue.ts";
import { LinkEvents } from "./link-events.ts";
import { LinkSession, type SessionEnd } from "./link-session.ts";
import { linkSettings, type LinkSettings } from "./link-settings.ts";
import type { LinkState } from "./link-state.ts";
import { LINK_TIMING, type LinkTiming } from "./link-timing.ts";
import { Pause } from "./pause.ts";
import { PictureWatch } from "./picture-watch.ts";
import { ReconnectPlan } from "./reconnect-plan.ts";
import { healthFrame, statsFrame, thumbnailFrame } from "./telemetry.ts";

export type NodeLinkOptions = {
  context: ApiContext;
  media: MediaLibrary;
  log: Log;
  record: (event: EngineEvent) => void;
  /** What happened before the link was made, and is to be told. */
  events: EventQueue;
  environment: Environment;
  timing?: Partial<LinkTiming>;
  /** Milliseconds of a wait that the plan wants, as they are waited. Tests shorten them. */
  patience?: (milliseconds: number) => number;
  random?: () => number;
};

/** Milliseconds that a connection goes on for what must still be said, when the configuration wants another one. */
const FAREWELL = 2_000;

/**
 * The edge's side of the connection to its manager: it always dials out, proves itself, tells how it is, and does what it is asked,
 * through the same functions as the REST API. Nothing of it is in the way of a packet: it lives on the main thread, and what the
 * manager does not take in time is skipped.
 */
export class NodeLink {
  readonly #options: NodeLinkOptions;
  readonly #timing: LinkTiming;
  readonly #credentials: Credentials;
  readonly #watch: PictureWatch;
  readonly #tells: LinkEvents;
  readonly #rubbish: BoundedNotice;
  readonly #badFrames: BoundedNotice;
  readonly #pause = new Pause();
  readonly #running: Promise<void>;
  #session: LinkSession | undefined;
  #desk: CommandDesk | undefined;
  #settings: LinkSettings | undefined;
  #proof: Proof | undefined;
  #state: LinkState | undefined;
  #skipped = 0;
  #ticks = 0;
  #isStopped = false;

  constructor(options: NodeLinkOptions) {
    const { context, log, record } = options;
    this.#options = options;
    this.#timing = { ...LINK_TIMING, ...options.timing };
    this.#credentials = new Credentials(context.store, context.control);
    this.#watch = new PictureWatch(context.engine);
    this.#tells = new LinkEvents(record);
    this.#rubbish = new BoundedNotice((count, facts) => log.warn({ count, ...facts }, "frames of the manager that are not understood"));
    this.#badFrames = new BoundedNotice((count, facts) => this.#tells.malformed(count, facts));
    this.#running = this.#run();
  }

  /** `undefined` while no manager is configured. */
  get state(): LinkState | undefined {
    return this.#state;
  }

  /** There is an event for the manager. */
  tell(): void {
    this.#session?.writer.pump();
  }

  /** A new picture, for the manager. */
  readonly show: PictureListener = (flowId, inputId, picture, isActive) => {
    const session = this.#session;
    if (session?.isOpen === true) {
      const isLive = this.#watch.isLive(flowId, inputId, isActive);
      session.writer.picture(`${flowId}/${inputId}`, thumbnailFrame(flowId, inputId, picture, isActive, isLive));
    }
  };

  /** The configuration was changed: when that concerns the connection, another one is made. */
  configure(): void {
    const { context, environment } = this.#options;
    if (this.#credentials.isChanging) {
      this.#proof = this.#credentials.proof;
    }
    const isSame =
      isDeepStrictEqual(linkSettings(context.store.config, environment), this.#settings) &&
      isDeepStrictEqual(this.#credentials.proof, this.#proof);
    if (!isSame) {
      this.#pause.end();
      void this.#farewell(this.#session);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pause.end();
    this.#session?.close(new Fault("manager_link_ended", "The edge stops"));
    await this.#running;
    await this.#options.media.close();
  }

  /** Acks that are due are sent before the connection ends. */
  async #farewell(session: LinkSession | undefined): Promise<void> {
    const pause = new Pause();
    const deadline = performance.now() + FAREWELL;
    while (session?.isOpen === true && performance.now() < deadline && (session.inHand > 0 || !session.writer.isDrained)) {
      await pause.wait(20);
    }
    session?.close(new Fault("manager_link_changed", "The configuration names another manager, or another way to it"));
  }

  async #run(): Promise<void> {
    let plan: ReconnectPlan | undefined;
    let former: LinkSettings | undefined;
    while (!this.#isStopped) {
      const { context, environment, patience = (wait) => wait, random = Math.random } = this.#options;
      const settings = linkSettings(context.store.config, environment);
      const proof = this.#credentials.proof;
      const isSame = isDeepStrictEqual(settings, former) && isDeepStrictEqual(proof, this.#proof);
      [this.#settings, this.#proof, former] = [settings, proof, settings];
      if (settings === undefined || proof === undefined) {
        this.#become(settings === undefined ? undefined : "unregistered", settings?.urls[0]);
        plan = undefined;
        await this.#pause.wait();
        continue;
      }
      plan = isSame && plan !== undefined ? plan : new ReconnectPlan(settings.urls.length, random);
      const wait = await this.#attempt(settings, proof, plan);
      if (wait !== undefined && !this.#isStopped) {
        await this.#pause.wait(patience(wait));
      }
    }
  }

  /** One connection, from dial to end. Returns the milliseconds to the next; `undefined`: at once, with other settings. */
  async #attempt(settings: LinkSettings, proof: Proof, plan: ReconnectPlan): Promise<number | undefined> {
    const url = settings.urls[plan.index] ?? "";
    const shown = shownUrl(url);
    this.#become("connecting", shown);
    const { end, openedAt } = await this.#connect(url, settings, proof);
    this.#session = undefined;
    this.#desk = undefined;
    this.#watch.clear();
    const { fault, refusal } = end;
    if (fault.code === "manager_link_changed" || fault.code === "manager_link_ended") {
      this.#tells.forget();
      return undefined;
    }
    this.#options.log.info({ url: shown, reason: fault.code, why: fault.message }, "no connection to the manager");
    if (openedAt !== undefined) {
      this.#tells.lost(shown, fault);
      if (performance.now() - openedAt >= this.#timing.settle) {
        plan.settle();
      }
    }
    const isRefused = refusal !== undefined && refusal !== "auth_timeout" && refusal !== "auth_expected";
    if (refusal === "registration_token_invalid" && "registration_token" in proof) {
      this.#credentials.refuseToken();
      if (!isDeepStrictEqual(this.#credentials.proof, proof)) {
        this.#tells.refused(shown, fault);
        return undefined;
      }
    }
    const wait = plan.fail({ isRefused });
    if (isRefused) {
      this.#tells.refused(shown, fault);
    } else if (openedAt === undefined && plan.hasTriedAll) {
      this.#tells.unreachable(shown, fault);
    }
    this.#become(isRefused ? "refused" : "waiting", shown, fault);
    return wait;
  }

  async #connect(url: string, settings: LinkSettings, proof: Proof): Promise<{ end: SessionEnd; openedAt: number | undefined }> {
    const { context, events, log } = this.#options;
    const shown = shownUrl(url);
    let openedAt: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    const socket = dial(url, settings.trust, (fingerprint) => {
      log.info({ url: shown, fingerprint }, "the manager's certificate");
      this.#become("authenticating", shown);
    });
    const session = new LinkSession({
      socket,
      auth: { ...proof, software_version: context.version, protocol_version: PROTOCOL_VERSION },
      events,
      timing: this.#timing,
      rubbish: this.#rubbish,
      onSkip: () => (this.#skipped += 1),
      listener: {
        onRegistered: (identity) => this.#register(identity, shown),
        onOpen: (opened) => {
          openedAt = performance.now();
          this.#desk = this.#deskFor(opened);
          this.#become("connected", shown);
          this.#tells.connected(shown, events.dropped);
          opened.writer.state("health", healthFrame(context));
          this.#tick(opened);
          timer = setInterval(() => this.#tick(opened), this.#timing.stats);
        },
        onCommand: ({ command_id: id, action }, bytes) => this.#desk?.command(id, action, bytes) ?? Promise.resolve(),
        onBinary: (bytes) => this.#binary(bytes),
      },
    });
    this.#session = session;
    if (this.#isStopped) {
      session.close(new Fault("manager_link_ended", "The edge stops"));
    }
    const end = await session.ended;
    clearInterval(timer);
    return { end, openedAt };
  }

  #deskFor(session: LinkSession): CommandDesk {
    const { context, log, media } = this.#options;
    const desk = { context, credentials: this.#credentials, media, watch: this.#watch };
    return new CommandDesk(desk, (text) => session.writer.answer(text), log);
  }

  async #register(identity: { node_id: string; node_secret: string }, url: string): Promise<void> {
    try {
      const registering = this.#credentials.register(identity);
      // What the link itself changes is no reason for another connection.
      this.#proof = this.#credentials.proof;
      await registering;
    } catch (error) {
      this.#tells.unsaved(isFault(error) ? error : new Fault("internal", "The identity could not be kept", { cause: error }));
    }
    this.#tells.registered(url, identity.node_id);
  }

  async #binary(bytes: Uint8Array): Promise<void> {
    const read = readMediaFrame(bytes);
    if (typeof read === "string") {
      this.#badFrames.note({ reason: read });
      return;
    }
    await this.#desk?.upload(read.header, read.bytes);
  }

  /** Each second: what the edge does, and what is looked at live; now and then how it is. */
  #tick(session: LinkSession): void {
    const { context, events } = this.#options;
    this.#ticks += 1;
    session.writer.state(
      "stats",
      statsFrame(context, { events_waiting: events.size, events_dropped: events.dropped, messages_skipped: this.#skipped }),
    );
    this.#watch.renew(Date.now());
    if (this.#ticks % Math.max(1, Math.round(this.#timing.health / this.#timing.stats)) === 0) {
      session.writer.state("health", healthFrame(context));
      if (this.#credentials.isUnsaved) {
        void this.#credentials.save().catch(() => undefined);
      }
    }
  }

  #become(state: LinkState["state"] | undefined, url?: string, fault?: Fault): void {
    const { config } = this.#options.context.store;
    this.#state =
      state === undefined
        ? undefined
        : {
            state,
            ...(url === undefined ? {} : { url }),
            since: new Date().toISOString(),
            ...(config.manager?.node_id === undefined ? {} : { node_id: config.manager.node_id }),
            ...(fault === undefined ? {} : { error: { code: fault.code, message: fault.message } }),
          };
  }
}
