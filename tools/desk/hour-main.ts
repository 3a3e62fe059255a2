import { parseArgs } from "node:util";
import { directorsHour } from "./hour.ts";

// node tools/desk/hour-main.ts [--takes N] [--seed N] [--frames]: a director's hour, and what it measured as one line of JSON.

const { values } = parseArgs({
  options: {
    takes: { type: "string", default: "12" },
    seed: { type: "string", default: "1" },
    frames: { type: "boolean", default: false },
  },
});

console.log(JSON.stringify(await directorsHour(Number(values.takes), Number(values.seed), () => undefined, { withFrames: values.frames })));
