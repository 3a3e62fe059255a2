import { LoopTimer, monotonicNow } from "@bilbycast/engine/io";
import { after, milliseconds, NEVER, seconds, type Instant, type Microseconds } from "@bilbycast/foundation/time";
import { HostLink, type HostEnd } from "./host-link.ts";
import type { BackendName, JobSpec } from "./jobs.ts";
import type { HostState } from "./orders.ts";
import { Patience } from "./patience.ts";
import { FROM_HOST, jsonOf, parseJson, TO_HOST } from "./wire.ts";

/** A decoder that has not answered for so long never will. */
const ANSWER_WITHIN: Microseconds = seconds(8);
const LOOK_EVERY: Microseconds = milliseconds(500);
/** What a host may hold. Bytes. */
const MEMORY_LIMIT = 1_024 * 1_024 * 1_024;
/** Answers after which a job that was there when a host died is trusted again. */
const TRUSTED_AFTER = 20;
/** Code with which a host ends that cannot load its library. */
const UNLOADABLE = 2;
const FIRST_WAIT: Microseconds = milliseconds(100);
const LONGEST_WAIT: Microseconds = seconds(30);

export type PoolOptions = {
  /** In the order of preference: one that cannot be loaded here gives way to the next. */
  backends: readonly BackendName[];
  /** Jobs that share a host, when nothing speaks against it. */
  jobsPerHost: number;
  mostHosts: number;
  memoryLimit?: number;
  /** Bytes at which a host that nobody waits for is replaced, before it comes to its limit; half of that when absent. */
  recycleAt?: number;
  onEvent: (event: PoolEvent) => void;
  /** A process was started, or is gone. */
  onProcess?: (pid: number, isThere: boolean) => void;
};

export type PoolEvent =
  | { event: "host_started"; pid: number; backend: BackendName; version: string }
  /** It cannot be loaded on this machine, for its own words. `next`: what serves instead; absent: nothing does, and no host is started any more. */
  | { event: "backend_declined"; backend: BackendName; why: string; next?: BackendName }
  /** `suspects`: what it was doing at that moment. */
  | { event: "host_ended"; end: HostEnd; jobs: readonly string[]; suspects: readonly string[] };

export type JobHooks = {
  /** It is open in a host: from now on it can be given work. Told again whenever it was opened anew. */
  onOpened(): void;
  onMessage(kind: number, body: Uint8Array): void;
  /** Its host ended, or the codec refused it. It is opened again by itself. */
  onLost(why: string): void;
};

type PoolHost = { backend: BackendName; link: HostLink; jobs: Set<PoolJob>; isAlone: boolean; isEnding: boolean };

/** A job as its owner has it. It moves from host to host as these end; what a host was given is gone with it. */
export class PoolJob {
  readonly name: string;
  readonly spec: () => JobSpec;
  readonly hooks: JobHooks;
  readonly number: number;
  readonly wantsAlone: boolean;
  host: PoolHost | undefined;
  isOpen = false;
  /** It was at work when a host died: until it has proved itself it gets a host for itself. */
  isSuspect = false;
  answers = 0;
  wait: Microseconds = FIRST_WAIT;
  openAt: Instant = NEVER;
  /** For its answers. */
  readonly patience = new Patience(ANSWER_WITHIN, LOOK_EVERY);
  pending = 0;
  readonly #close: (job: PoolJob) => void;

  constructor(number: number, name: string, spec: () => JobSpec, alone: boolean, hooks: JobHooks, close: (job: PoolJob) => void) {
    this.number = number;
    this.name = name;
    this.spec = spec;
    this.wantsAlone = alone;
    this.hooks = hooks;
    this.#close = close;
  }

  /** False when it is not open now, or its host does not keep up: what was to be said is lost. `asks`: an answer must come. */
  send(kind: number, asks: boolean, ...parts: readonly Uint8Array[]): boolean {
    if (!this.isOpen || this.host?.link.send(kind, this.number, ...parts) !== true) {
      return false;
    }
    if (asks) {
      this.pending++;
      this.patience.begin(monotonicNow());
    }
    return true;
  }

  close(): void {
    this.#close(this);
  }
}

/**
 * Host processes and what runs in them. Few jobs share a host; one that was at work when a host died is opened in a host of its own, so
 * that a stream that kills decoders costs nobody else anything. Hosts are started when they are needed, and end when they are not.
 */
export class HostPool {
  readonly #options: PoolOptions;
  readonly #hosts = new Set<PoolHost>();
  readonly #jobs = new Map<number, PoolJob>();
  readonly #timer = new LoopTimer(() => this.#look());
  #lastNumber = 0;
  #isStopping = false;
  /** Of the backends, which is in use. */
  #choice = 0;
  #allGone = Promise.withResolvers<void>();

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#timer.in(LOOK_EVERY);
  }

  /** `spec` is asked for each time that the job is opened. `alone`: it never shares a host. */
  open(name: string, spec: () => JobSpec, alone: boolean, hooks: JobHooks): PoolJob {
    const job = new PoolJob(++this.#lastNumber, name, spec, alone, hooks, (closed) => this.#close(closed));
    this.#jobs.set(job.number, job);
    this.#place(job);
    return job;
  }

  /** Hosts as they are now. */
  get hosts(): { pid: number; state: HostState; jobs: readonly string[]; cpuSeconds: number; residentBytes: number }[] {
    return [...this.#hosts].map(({ link, jobs, isEnding }) => ({
      pid: link.pid,
      state: isEnding ? "ending" : link.facts === undefined ? "starting" : "ready",
      jobs: [...jobs].map(({ name }) => name),
      ...link.usage,
    }));
  }

  /** Ends all hosts; resolves when they are gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#timer.close();
    this.#jobs.clear();
    if (this.#hosts.size > 0) {
      for (const { link } of this.#hosts) {
        link.end("stopped");
      }
      await this.#allGone.promise;
    }
  }

  #close(job: PoolJob): void {
    this.#jobs.delete(job.number);
    const { host } = job;
    job.isOpen = false;
    job.host = undefined;
    job.openAt = NEVER;
    if (host !== undefined) {
      host.jobs.delete(job);
      host.link.send(TO_HOST.close, job.number);
      endIfIdle(host);
    }
  }

  /** Finds the job a host, or makes one; later, when there may be no more. */
  #place(job: PoolJob): void {
    if (this.#isStopping) {
      return;
    }
    const backend = this.#options.backends[this.#choice];
    if (backend === undefined) {
      job.openAt = NEVER;
      queueMicrotask(() => job.hooks.onLost("there is nothing to decode with on this machine"));
      return;
    }
    const alone = job.wantsAlone || job.isSuspect;
    const shared = alone
      ? undefined
      : [...this.#hosts].find(({ jobs, isAlone, isEnding }) => !isAlone && !isEnding && jobs.size < this.#options.jobsPerHost);
    if (shared === undefined && this.#hosts.size >= this.#options.mostHosts) {
      job.openAt = after(monotonicNow(), FIRST_WAIT);
      return;
    }
    const host = shared ?? this.#start(alone, backend);
    job.openAt = NEVER;
    job.host = host;
    host.jobs.add(job);
    if (host.link.facts !== undefined) {
      this.#say(job, host);
    }
  }

  #start(isAlone: boolean, backend: BackendName): PoolHost {
    const { memoryLimit = MEMORY_LIMIT, onEvent } = this.#options;
    const host: PoolHost = {
      backend,
      isAlone,
      isEnding: false,
      jobs: new Set(),
      link: new HostLink(backend, memoryLimit, {
        onReady: (facts) => {
          onEvent({ event: "host_started", pid: host.link.pid, ...facts });
          for (const job of host.jobs) {
            this.#say(job, host);
          }
        },
        onMessage: (kind, number, body) => this.#hear(host, kind, number, body),
        onEnd: (end) => this.#ended(host, end),
      }),
    };
    this.#hosts.add(host);
    this.#options.onProcess?.(host.link.pid, true);
    return host;
  }

  #say(job: PoolJob, host: PoolHost): void {
    job.pending = 0;
    job.patience.end();
    host.link.send(TO_HOST.open, job.number, jsonOf(job.spec()));
  }

  #hear(host: PoolHost, kind: number, number: number, body: Uint8Array): void {
    const job = this.#jobs.get(number);
    if (job === undefined || job.host !== host) {
      return;
    }
    if (kind === FROM_HOST.opened) {
      job.isOpen = true;
      job.hooks.onOpened();
    } else if (kind === FROM_HOST.failed) {
      this.#failed(job, host, reasonIn(body));
    } else {
      this.#answered(job, kind);
      job.hooks.onMessage(kind, body);
    }
  }

  #answered(job: PoolJob, kind: number): void {
    if (kind === FROM_HOST.picture || kind === FROM_HOST.noPicture) {
      job.pending = Math.max(0, job.pending - 1);
      if (job.pending === 0) {
        job.patience.end();
      } else {
        job.patience.again(monotonicNow());
      }
      job.answers++;
      job.wait = FIRST_WAIT;
      if (job.isSuspect && job.answers >= TRUSTED_AFTER) {
        job.isSuspect = false;
      }
    }
  }

  /** The codec refused the job: the host is well. */
  #failed(job: PoolJob, host: PoolHost, why: string): void {
    host.jobs.delete(job);
    endIfIdle(host);
    this.#lost(job, why);
  }

  #lost(job: PoolJob, why: string): void {
    job.host = undefined;
    job.isOpen = false;
    job.pending = 0;
    job.patience.end();
    job.openAt = after(monotonicNow(), job.wait);
    job.wait = Math.min(LONGEST_WAIT, 2 * job.wait);
    job.hooks.onLost(why);
    this.#timer.set(job.openAt);
  }

  #ended(host: PoolHost, end: HostEnd): void {
    this.#hosts.delete(host);
    this.#options.onProcess?.(end.pid, false);
    const jobs = [...host.jobs];
    if (this.#isDeclined(host, end)) {
      for (const job of jobs) {
        job.host = undefined;
        this.#place(job);
      }
      return;
    }
    const suspects = jobs.filter(({ pending, wantsAlone }) => pending > 0 || wantsAlone);
    if (!this.#isStopping && (end.reason !== "stopped" || jobs.length > 0)) {
      this.#options.onEvent({
        event: "host_ended",
        end,
        jobs: jobs.map(({ name }) => name),
        suspects: end.reason === "recycled" ? [] : suspects.map(({ name }) => name),
      });
    }
    for (const job of jobs) {
      const guilty = suspects.includes(job) && end.reason !== "recycled";
      if (guilty) {
        job.isSuspect = true;
        job.answers = 0;
      } else {
        job.wait = FIRST_WAIT;
      }
      if (this.#jobs.has(job.number)) {
        this.#lost(job, `its host ended: ${end.reason}`);
      }
    }
    if (this.#isStopping && this.#hosts.size === 0) {
      this.#allGone.resolve();
    }
  }

  /** The library of the host cannot be loaded on this machine: the next one serves from now on. */
  #isDeclined({ backend }: PoolHost, { reason, code, lastWords }: HostEnd): boolean {
    if (this.#isStopping || reason !== "not_started" || code !== UNLOADABLE) {
      return false;
    }
    if (this.#options.backends[this.#choice] === backend) {
      this.#choice++;
      const next = this.#options.backends[this.#choice];
      this.#options.onEvent({ event: "backend_declined", backend, why: lastWords.trim(), ...(next === undefined ? {} : { next }) });
    }
    return true;
  }

  /** Opens again what was lost, and ends hosts that do not answer. */
  #look(): void {
    const now = monotonicNow();
    let next = after(now, LOOK_EVERY);
    for (const job of this.#jobs.values()) {
      if (now >= job.openAt) {
        this.#place(job);
      } else if (job.host !== undefined && job.patience.look(now, job.host.link.starved)) {
        job.host.isEnding = true;
        job.host.link.end("hung", `it gave no answer for ${job.name} within ${ANSWER_WITHIN / seconds(1)} s`);
        job.patience.end();
      }
      next = job.openAt < next ? job.openAt : next;
    }
    this.#recycle();
    this.#timer.set(next);
  }

  /** Libraries keep what they once took. A host that holds much is replaced at a moment when nobody waits for it; its jobs lose nothing by that. */
  #recycle(): void {
    const { memoryLimit = MEMORY_LIMIT, recycleAt = memoryLimit / 2 } = this.#options;
    for (const host of this.#hosts) {
      const isWaitedFor = host.isAlone || [...host.jobs].some(({ pending }) => pending > 0);
      if (host.link.usage.residentBytes > recycleAt && !isWaitedFor && !host.isEnding) {
        host.isEnding = true;
        host.link.end("recycled");
      }
    }
  }
}

const endIfIdle = (host: PoolHost): void => {
  if (host.jobs.size === 0) {
    host.isEnding = true;
    host.link.end("stopped");
  }
};

const reasonIn = (body: Uint8Array): string => {
  try {
    return String((parseJson(body) as { message?: unknown }).message);
  } catch {
    return "it did not say why";
  }
};
