import type { Instant } from "@bilbycast/foundation/time";
import { SILENCE } from "./path-state.ts";

/** What carries the stream: plain packets of one path, or those that two paths number alike. */
export type Carrier = 0 | 1 | typeof NUMBERED;
export const NUMBERED = 2;

/**
 * Which carrier passes where their packets cannot be made one: the one that is heard first, until it has been silent for a second and
 * another one is heard.
 */
export class ActivePath {
  readonly #changed: (to: Carrier, from: Carrier | undefined) => void;
  #active: Carrier | undefined;
  #heardAt = -Infinity;

  /** `changed`: another carrier passes from now on. */
  constructor(changed: (to: Carrier, from: Carrier | undefined) => void) {
    this.#changed = changed;
  }

  /** Packets of a carrier are there: whether they pass. */
  admits(carrier: Carrier, now: Instant): boolean {
    if (carrier !== this.#active) {
      if (now - this.#heardAt < SILENCE) {
        return false;
      }
      const before = this.#active;
      this.#active = carrier;
      this.#changed(carrier, before);
    }
    this.#heardAt = now;
    return true;
  }
}
