/** One switch that was asked for. */
export type WantedSwitch = { readonly flowId: string; readonly inputId: string };

type Waiting = WantedSwitch & { readonly resolve: (isSwitched: boolean) => void; readonly reject: (error: unknown) => void };

/** What became of one switch. */
export type SwitchResult = { readonly isSwitched: boolean } | { readonly fault: unknown };

/**
 * Switches that were asked for while another change was being made. A director's Take asks for several flows of a node in the same moment:
 * they are switched in the same moment, too, and not each after the last one is on the disk. One flow is in it once: its second switch is a
 * change of its own.
 */
export class SwitchBatch {
  readonly #waiting: Waiting[] = [];

  has(flowId: string): boolean {
    return this.#waiting.some((each) => each.flowId === flowId);
  }

  add(wanted: WantedSwitch): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...wanted, resolve, reject });
    });
  }

  /** `make` answers with a result for each, in their order; where it throws, that is the result of all. */
  async run(make: (wanted: readonly WantedSwitch[]) => Promise<readonly SwitchResult[]>): Promise<void> {
    try {
      const results = await make(this.#waiting);
      for (const [i, { reject, resolve }] of this.#waiting.entries()) {
        const result = results[i];
        if (result === undefined) {
          reject(new TypeError("a switch has no result"));
        } else if ("fault" in result) {
          reject(result.fault);
        } else {
          resolve(result.isSwitched);
        }
      }
    } catch (error) {
      this.#waiting.forEach(({ reject }) => reject(error));
    }
  }
}
