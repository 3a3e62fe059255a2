import type { ProgramChoice } from "@bilbycast/engine/elementary";
import type { OutputConfig, PeerState, SessionOutputContext } from "@bilbycast/engine/transport";
import type { declaration } from "./declaration.ts";
import type { LinkEnd } from "./publishing-link.ts";

type Config = OutputConfig<typeof declaration>;
type Context = SessionOutputContext<typeof declaration>;

/** What people are told of an output: its state at any time, and an event where something has changed. The stream key is in neither. */
export class OutputNews {
  readonly #context: Context;
  readonly #config: Config;
  /** Code of the failure that was told last: a server that stays away is told of once. */
  #toldFailure: string | undefined;
  #toldSlow = false;
  #toldUnsupported = "";

  constructor(config: Config, context: Context) {
    this.#config = config;
    this.#context = context;
  }

  /** There is nothing to send. */
  waiting(choice: ProgramChoice | undefined): void {
    this.#peer(this.#waitingState(choice));
  }

  /** `isWaiting`: for media, and for nothing else. */
  chosen(choice: ProgramChoice | undefined, isWaiting: boolean): void {
    if (isWaiting) {
      this.waiting(choice);
    }
    const words = choice?.unsupported.map(({ kind, codec }) => `${kind} is ${codec}`).join(", ") ?? "";
    if (words !== this.#toldUnsupported && words !== "") {
      this.#event("warning", "rtmp_stream_unsupported", `Program ${choice?.programNumber}: ${words}, which RTMP does not carry.`, {
        program_number: choice?.programNumber,
        streams: choice?.unsupported,
      });
    }
    this.#toldUnsupported = words;
  }

  connecting(): void {
    this.#peer({ state: "connecting" });
  }

  publishing(): void {
    this.#toldFailure = undefined;
    this.#toldSlow = false;
    this.#peer({ state: "publishing" });
    this.#event("info", "rtmp_connected", "The server takes the stream.", {});
  }

  /** Once for each connection. */
  slow(): void {
    if (!this.#toldSlow) {
      this.#toldSlow = true;
      this.#event("warning", "rtmp_server_slow", "The server does not take the stream as fast as it comes; pictures were given up.", {});
    }
  }

  /** It is tried again. */
  ended(end: LinkEnd): void {
    const { state, code, message } = stateOf(end);
    this.#peer({ state, code, message });
    const delay = this.#config.reconnect_delay_secs;
    const again = `It is tried again in ${delay} s.`;
    if (end.wasPublishing) {
      this.#toldFailure = code;
      this.#event("warning", "rtmp_disconnected", `The stream is no longer published: ${message} ${again}`, { error_code: code });
    } else if (this.#toldFailure !== code) {
      this.#toldFailure = code;
      const what = end.how === "refused" ? "rtmp_refused" : "rtmp_connect_failed";
      this.#event("warning", what, `The stream is not published: ${message} ${again}`, { error_code: code });
    }
  }

  gaveUp(end: LinkEnd, attempts: number): void {
    const { code, message } = stateOf(end);
    this.#peer({ state: "failed", code, message });
    this.#event("critical", "rtmp_gave_up", `The stream is not published any more after ${attempts} attempts: ${message}`, {
      error_code: code,
      attempts,
    });
  }

  #waitingState(choice: ProgramChoice | undefined): PeerState {
    const state = "waiting_for_media";
    if (choice === undefined) {
      const program = this.#config.program_number;
      const what = program === undefined ? "no program" : `no program ${program}`;
      return { state, code: "program_absent", message: `The source has ${what}.` };
    }
    if (choice.video === undefined && choice.audio === undefined) {
      const words = choice.unsupported.map(({ kind, codec }) => `${kind} is ${codec}`).join(", ");
      return {
        state,
        code: "stream_unsupported",
        message: `Nothing of the program can be sent over RTMP${words === "" ? "" : `: ${words}`}.`,
      };
    }
    return { state };
  }

  #peer(state: PeerState): void {
    this.#context.peer(state);
  }

  #event(severity: "info" | "warning" | "critical", code: string, message: string, details: Record<string, unknown>): void {
    this.#context.report({ severity, code, message, details: { dest_url: shown(this.#config.dest_url), ...details } });
  }
}

/** Some servers have keys in the query. */
const shown = (url: string): string => url.split("?")[0] ?? "";

const SENTENCES: Readonly<Record<Exclude<LinkEnd, { how: "refused" }>["reason"], string>> = {
  name_not_found: "The name of the server cannot be resolved.",
  connection_refused: "Nobody listens there.",
  unreachable: "There is no way to the server.",
  connect_timeout: "The server does not answer.",
  certificate_refused: "The server's certificate is not one that this machine trusts for that name.",
  tls_failed: "What answers there speaks no TLS that this machine speaks.",
  connection_reset: "The connection broke.",
  ended: "The server closed the connection.",
  server_stalled: "The server takes nothing.",
};

const stateOf = (end: LinkEnd): { state: string; code: string; message: string } => {
  if (end.how === "refused") {
    return { state: "refused", code: end.refusal.code, message: end.refusal.message };
  }
  const detail = end.reason === "certificate_refused" ? ` ${end.message}.` : "";
  return { state: "disconnected", code: end.reason, message: `${SENTENCES[end.reason]}${detail}` };
};
