/** A wait that can be cut short; ended before it begins it does not begin. */
export class Pause {
  #end: (() => void) | undefined;
  #isEnded = false;

  /** Without a time: until `end`. */
  async wait(milliseconds?: number): Promise<void> {
    if (!this.#isEnded) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#end = resolve;
        timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
      });
      clearTimeout(timer);
      this.#end = undefined;
    }
    this.#isEnded = false;
  }

  end(): void {
    this.#isEnded = this.#end === undefined;
    this.#end?.();
  }
}
