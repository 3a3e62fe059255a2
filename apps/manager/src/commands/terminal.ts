import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks a person at the terminal. `hidden`: what they type is not shown. */
export const ask = async (question: string, hidden = false): Promise<string> => {
  let isMuted = false;
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!isMuted) {
        process.stderr.write(chunk);
      }
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY });
  try {
    const answer = lines.question(question);
    isMuted = hidden && process.stdin.isTTY;
    return (await answer).trim();
  } finally {
    isMuted = false;
    lines.close();
    if (hidden) {
      process.stderr.write("\n");
    }
  }
};
