import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { peer, type Peer } from "./peer.ts";

/** Milliseconds between two portions. */
const STEP = 5;

/**
 * Sends bytes through socat to 127.0.0.1:port, in datagrams of at most `size` bytes, at about `rate` bit/s: socat has no pace of its own,
 * it sends what it is given. Resolves when all is sent.
 */
export const socatSend = async (bytes: Buffer, to: { port: number; size: number; rate: number }): Promise<void> => {
  const socat = peer("socat", ["-u", "-b", String(to.size), "STDIN", `UDP-SENDTO:127.0.0.1:${to.port}`], { input: true });
  const startedAt = performance.now();
  for (let done = 0; done < bytes.length;) {
    const due = Math.min(bytes.length, Math.floor((((performance.now() - startedAt) / 1_000) * to.rate) / 8 / to.size) * to.size);
    // A pipe takes 4096 bytes at once or not at all, so no datagram is cut.
    for (; done + to.size <= due || (due === bytes.length && done < due); done += to.size) {
      socat.input?.write(bytes.subarray(done, done + to.size));
    }
    await sleep(STEP);
  }
  socat.input?.end();
  const code = await socat.exited;
  if (code !== 0) {
    throw new Error(`socat could not send:\n${socat.output()}`);
  }
};

/** Writes what arrives at 127.0.0.1:port to a file, byte for byte, until it is stopped. */
export const socatReceiver = (port: number, file: string): Peer =>
  peer("socat", ["-u", `UDP-RECV:${port},bind=127.0.0.1,rcvbuf=4194304`, `OPEN:${file},creat,trunc`]);
