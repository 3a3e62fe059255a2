import { once } from "node:events";
import { EmbeddedPostgres, type EmbeddedOptions } from "../embedded/embedded-postgres.ts";

// A program with an embedded server and nothing else, for tests that kill it. Its argument is the options as JSON; it
// writes a line of JSON when the server runs or was refused, and stops it when its input ends.

const [text = "{}"] = process.argv.slice(2);
const events: string[] = [];
const options: EmbeddedOptions = { ...(JSON.parse(text) as EmbeddedOptions), onEvent: ({ kind }) => events.push(kind) };

try {
  const server = await EmbeddedPostgres.start(options);
  console.log(JSON.stringify({ target: server.target, pid: server.pid, events }));
  process.stdin.resume();
  await once(process.stdin, "end");
  await server.stop();
} catch (error) {
  console.log(JSON.stringify({ fault: error }));
}
