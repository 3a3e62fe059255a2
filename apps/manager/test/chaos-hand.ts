import { setTimeout as sleep } from "node:timers/promises";
import { integer, type Random } from "@bilbycast/testkit/random";
import type { Answer, TestClient } from "./test-client.ts";

/** It is not there, or not any more. */
export const ABSENT = "(absent)";

/** Milliseconds until the next try of who was not answered: a hand, not a flood. */
const BREATH = 20;

/** Somebody who makes one change after the other without end, and remembers what was acknowledged and what nobody knows. */
export abstract class ChaosHand {
  acknowledged = 0;
  unknown = 0;
  readonly name: string;
  readonly #client: TestClient;
  readonly #random: Random;
  #count = 0;
  #isPaused = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(name: string, client: TestClient, random: Random) {
    this.name = name;
    this.#client = client;
    this.#random = random;
  }

  start(): void {
    this.#isPaused = false;
    this.#loop = (async () => {
      while (!this.#isPaused) {
        const before = this.unknown;
        await this.change();
        await sleep(this.unknown === before ? 0 : BREATH);
      }
    })();
  }

  /** Ends after the change that is under way. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#loop;
  }

  protected abstract change(): Promise<void>;

  /** Another number each time. */
  protected next(): string {
    return String(++this.#count);
  }

  /** 0 to `below` - 1. */
  protected dice(below: number): number {
    return integer(this.#random, below);
  }

  /** `undefined`: nobody knows whether it was done, since a connection broke, or the database or the node went away. */
  protected async ask(method: string, path: string, body?: unknown): Promise<Answer | undefined> {
    try {
      const answer = await this.#client.ask(method, path, body);
      if (answer.status >= 500) {
        this.unknown += 1;
        return undefined;
      }
      this.acknowledged += 1;
      return answer;
    } catch {
      this.unknown += 1;
      return undefined;
    }
  }
}
