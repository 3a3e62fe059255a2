import type { EngineEvent } from "@bilbycast/engine/flow";
import { Fault } from "@bilbycast/foundation/fault";
import { FlowWatch } from "./event-watch.ts";
import { TroubleSummary, type Trouble } from "./event-trouble.ts";
import { ResourceAlarm } from "./resource-alarm.ts";
import type { ResourceLimits } from "./resource-limits.ts";
import type { Sample } from "./sampler.ts";
import { S302mWatch } from "./s302m-watch.ts";
import { Tr07Watch } from "./tr07-watch.ts";
import { SystemLoadMeter, type SystemLoad } from "./system-load.ts";

export type SystemWatchOptions = {
  /** The limits as they are configured now. */
  limits: () => ResourceLimits | undefined;
  /** Ids of the inputs that are to carry JPEG XS. */
  jpegXsInputs?: () => ReadonlySet<string>;
  /** Ids of the inputs that are to carry audio by SMPTE ST 302. */
  s302mInputs?: () => ReadonlySet<string>;
  record: (event: EngineEvent) => void;
  /** Hears once per second at most of each flow whose packets had trouble. */
  onTrouble: (trouble: Trouble) => void;
  meter?: SystemLoadMeter;
};

const NOBODY: ReadonlySet<string> = new Set();

/** The machine's load, and whether it is critical. */
export type SystemState = SystemLoad & { critical: boolean };

/** Looks after a running edge once a second: the machine's load against its limits, inputs and outputs, trouble with packets. */
export class SystemWatch {
  readonly #options: SystemWatchOptions;
  readonly #meter: SystemLoadMeter;
  readonly #flows = new FlowWatch();
  readonly #tr07 = new Tr07Watch();
  readonly #s302m = new S302mWatch();
  readonly #troubles = new TroubleSummary();
  #alarm = new ResourceAlarm();
  #load: SystemLoad | undefined;

  constructor(options: SystemWatchOptions) {
    this.#options = options;
    this.#meter = options.meter ?? new SystemLoadMeter();
  }

  /** `undefined` until the machine was looked at twice. */
  get system(): SystemState | undefined {
    return this.#load === undefined ? undefined : { ...this.#load, critical: this.#alarm.isCritical };
  }

  /** Feed it each window of the sampler once. */
  take(sample: Sample): void {
    this.#load = this.#meter.take() ?? this.#load;
    const limits = this.#options.limits();
    if (limits === undefined) {
      this.#alarm = new ResourceAlarm();
    } else if (this.#load !== undefined) {
      this.#alarm.take(this.#load, limits, sample.at).forEach(this.#options.record);
    }
    this.#flows.take(sample).forEach(this.#options.record);
    this.#tr07.take(sample, this.#options.jpegXsInputs?.() ?? NOBODY).forEach(this.#options.record);
    this.#s302m.take(sample, this.#options.s302mInputs?.() ?? NOBODY).forEach(this.#options.record);
    this.#troubles.take(sample.snapshot).forEach(this.#options.onTrouble);
  }

  /** Throws the Fault `resources_critical` while the limits say that no flow may start. */
  gate(): void {
    if (this.#alarm.isCritical && this.#options.limits()?.action === "gate_flows") {
      const { cpuPercent: cpu_percent, ramPercent: ram_percent } = this.#load ?? { cpuPercent: 0, ramPercent: 0 };
      throw new Fault("resources_critical", "The machine's resources are critical, and no new flow is started until they recover", {
        details: { cpu_percent, ram_percent },
      });
    }
  }
}
