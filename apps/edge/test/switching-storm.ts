import { setTimeout as sleep } from "node:timers/promises";
import { monotonicNow } from "@bilbycast/engine/io";
import { chance, integer, type Random } from "@bilbycast/testkit/random";
import type { LiveReport, Turn } from "@bilbycast/testkit/live";
import { INPUTS, type SwitchingStage } from "./switching-stage.ts";

/** A switch that was asked for. `at`: microseconds of the monotonic clock. `isLive`: its source was sending, and no other command came before it showed. */
type Command = { target: number; at: number; isLive: boolean };

/** Milliseconds that a source stays on air, at least and at most. */
const DWELL = [10, 200] as const;
/** Long enough for what an edge does about an input that is silent. */
const SILENCE_MS = [50, 600] as const;
const SAME_AGAIN = 0.1;
const BACK_TO_BACK = 0.12;
const TO_A_SILENT_ONE = 0.15;
const BURST_MS = 5;

/** Switches to and fro at times and to targets that chance decides, `times` commands in all. All sources send before and after. */
export class SwitchingStorm {
  readonly commands: Command[] = [];
  readonly #stage: SwitchingStage;
  readonly #random: Random;
  #onAir = 0;

  constructor(stage: SwitchingStage, random: Random) {
    this.#stage = stage;
    this.#random = random;
  }

  async run(times: number): Promise<void> {
    while (this.commands.length < times) {
      const draw = this.#random();
      if (draw < SAME_AGAIN) {
        await this.#settle(this.#onAir);
      } else if (draw < SAME_AGAIN + BACK_TO_BACK) {
        await this.#backToBack(times - this.commands.length);
      } else if (draw < SAME_AGAIN + BACK_TO_BACK + TO_A_SILENT_ONE) {
        await this.#toSilence();
      } else {
        await this.#settle(this.#another());
      }
      await this.#dwell(DWELL);
    }
    if (this.commands.at(-1)?.isLive !== true) {
      await this.#stage.shown(this.#onAir);
    }
  }

  async #settle(target: number): Promise<void> {
    await this.#command(target, true);
    await this.#stage.shown(target);
  }

  /** Two to four switches within a few milliseconds, the later ones sent before the first is answered. */
  async #backToBack(most: number): Promise<void> {
    const count = Math.min(most, 2 + integer(this.#random, 3));
    const answers: Promise<void>[] = [];
    for (let i = 0; i < count; i++) {
      answers.push(this.#command(integer(this.#random, INPUTS.length), false));
      await sleep(chance(this.#random, 0.5) ? 0 : (this.#random() * BURST_MS) / count);
    }
    await Promise.all(answers);
    await this.#stage.shown(this.#onAir);
  }

  /** To a source that does not send; it begins while it is on air, or another one takes its place before. */
  async #toSilence(): Promise<void> {
    const target = this.#another();
    await this.#stage.senders.stop(target);
    await this.#dwell(DWELL);
    await this.#command(target, false);
    await this.#dwell(SILENCE_MS);
    if (chance(this.#random, 0.5)) {
      await this.#stage.senders.start(target);
      await this.#stage.shown(target);
    } else {
      await this.#settle(this.#another());
      await this.#stage.senders.start(target);
    }
  }

  #command(target: number, isLive: boolean): Promise<void> {
    this.commands.push({ target, at: monotonicNow(), isLive: isLive && target !== this.#onAir });
    this.#onAir = target;
    return this.#stage.activate(target);
  }

  #another(): number {
    return (this.#onAir + 1 + integer(this.#random, INPUTS.length - 1)) % INPUTS.length;
  }

  #dwell([least, most]: readonly [number, number]): Promise<void> {
    return sleep(least + this.#random() * (most - least));
  }
}

/** The first turn that no command explains: each takes to the target of a later command than the turn before. */
export const unexplainedTurn = (turns: readonly Turn[], commands: readonly Command[]): Turn | undefined => {
  let next = 0;
  return turns.slice(1).find(({ source }) => {
    const found = commands.findIndex(({ target }, i) => i >= next && target === source);
    next = found + 1;
    return found === -1;
  });
};

/** Milliseconds from each command to the first packet of its source, of those whose source was sending and was not what the output showed. */
export const latencies = ({ turns }: LiveReport, commands: readonly Command[]): number[] =>
  commands
    .filter(({ target, at, isLive }) => isLive && turns.findLast((turn) => turn.at < at)?.source !== target)
    .flatMap((command) => {
      const turn = turns.find(({ source, at }) => source === command.target && at >= command.at);
      return turn === undefined ? [] : [(turn.at - command.at) / 1_000];
    })
    .toSorted((one, other) => one - other);
