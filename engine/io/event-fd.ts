import { writeSync } from "node:fs";

const ONE = new Uint8Array(new BigUint64Array([1n]).buffer);

/** The writing end of a lane's eventfd: any thread of the process may signal it, and it never waits. */
export class EventFd {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  readonly signal = (): void => {
    try {
      writeSync(this.#fd, ONE);
    } catch (error) {
      // A full counter means that the lane has been told already.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
        throw error;
      }
    }
  };
}
