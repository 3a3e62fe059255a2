import { appendFileSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { AVIO_FLAG_READ, AVIO_FLAG_WRITE } from "node-av/constants";
import { IOContext } from "node-av/lib";

// A program: the libsrt inside of node-av listens, and gives what comes to a file, or sends a file. `receive|send URL FILE`.

const PAYLOAD = 1_316;
/** Packets between two pauses of 10 ms. */
const AT_ONCE = 4;
const LINGER_MS = 1_500;

const [role = "", url = "", file = ""] = process.argv.slice(2);
const context = new IOContext();
const opened = await context.open2(url, role === "send" ? AVIO_FLAG_WRITE : AVIO_FLAG_READ);
if (opened < 0) {
  console.error(`not opened: ${opened}`);
  process.exit(1);
}
if (role === "send") {
  const bytes = readFileSync(file);
  for (let at = 0; at < bytes.length; at += PAYLOAD) {
    await context.write(bytes.subarray(at, at + PAYLOAD));
    await context.flush();
    if ((at / PAYLOAD) % AT_ONCE === 0) {
      await sleep(10);
    }
  }
  // What is closed at once sends its last packets to nobody.
  await sleep(LINGER_MS);
} else {
  for (;;) {
    const read = await context.read(PAYLOAD);
    if (typeof read === "number") {
      break;
    }
    appendFileSync(file, read);
  }
}
process.exit(0);
