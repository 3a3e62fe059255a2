/** Windows until an alarm changes its mind. */
export type AlarmRule = {
  /** Bad windows that raise it; those before `clearAfter` good ones do not count any more. */
  raiseAfter: number;
  /** Good windows in a row that clear it. */
  clearAfter: number;
};

export type AlarmTurn = "raised" | "cleared";

/** Makes transitions of good and bad windows: it is raised soon and cleared late, so that one that comes and goes does not report each second. */
export class AlarmState {
  isRaised = false;
  /** Bad windows since it was raised. */
  badWindows = 0;
  readonly #rule: AlarmRule;
  #bad = 0;
  #good = 0;

  constructor(rule: AlarmRule) {
    this.#rule = rule;
  }

  /** Takes the next window; `undefined` when it changes nothing. */
  take(isBad: boolean): AlarmTurn | undefined {
    this.#good = isBad ? 0 : this.#good + 1;
    this.#bad += isBad ? 1 : 0;
    this.badWindows += isBad && this.isRaised ? 1 : 0;
    if (!this.isRaised && this.#bad >= this.#rule.raiseAfter) {
      this.isRaised = true;
      this.badWindows = this.#bad;
      return "raised";
    }
    if (this.#good < this.#rule.clearAfter) {
      return undefined;
    }
    this.#bad = 0;
    if (!this.isRaised) {
      return undefined;
    }
    this.isRaised = false;
    return "cleared";
  }
}
