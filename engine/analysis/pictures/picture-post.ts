import type { MessagePort } from "node:worker_threads";
import type { PictureHeard, PictureQuestion } from "@bilbycast/engine/media";

/** Bytes that were sent and not heard yet: a decoder's thread that is busy costs pictures and no memory. */
const MOST_UNDER_WAY = 67_108_864;

/** The way to whoever decodes. Without one, and while too much is under way, what is sent is given up and counted. */
export class PicturePost {
  /** Questions that were given up. */
  dropped = 0;
  #port: MessagePort | undefined;
  #underWay = 0;

  open(port: MessagePort): void {
    this.#port?.close();
    this.#port = port;
    this.#underWay = 0;
    port.on("message", ({ heard }: PictureHeard) => (this.#underWay -= heard));
    port.on("close", () => {
      if (this.#port === port) {
        this.#port = undefined;
      }
    });
    port.unref();
  }

  /** Units are given away: nobody else may hold their bytes. */
  send(question: PictureQuestion): void {
    if (this.#port === undefined || (question.ask === "picture" && this.#underWay > MOST_UNDER_WAY)) {
      this.dropped++;
      return;
    }
    const units = question.ask === "picture" ? question.units : [];
    this.#underWay += units.reduce((sum, unit) => sum + unit.length, 0);
    this.#port.postMessage(
      question,
      units.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  close(): void {
    this.#port?.close();
  }
}
