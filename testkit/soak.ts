import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { soakAnalysis, soakFuzz } from "@bilbycast/testkit/fuzz";
import { soakMutations } from "@bilbycast/testkit/srt";

// npm run soak -- AREA [--seed N] [--seconds N] [--times N] [--datagrams N]: the long version of a test. docs/soak.md lists the runs.

const ROOT = new URL("..", import.meta.url);

type Options = { seed: number; seconds: number; times: number; datagrams: number };
type Option = keyof Options;

/** What can be soaked: the options that it heeds, how often without a word, and its run, which resolves with whether all went well. */
type Area = { does: string; takes: readonly Option[]; times?: number; run(options: Options): boolean | Promise<boolean> };

/** Files that a browser takes long for, and that few changes can break. */
const SOAKED_PAGES = [
  "tools/stack-pages.soak.ts",
  "tools/stack-manage-pages.soak.ts",
  "tools/stack-start.soak.ts",
  ...["looks", "states", "people", "draws", "keys", "edit"].map((name) => `apps/console/test/switcher-${name}.soak.ts`),
  ...["pages", "on-call", "preferences", "theming", "administration", "merge", "flows", "widths"].map(
    (name) => `apps/console/test/${name}.soak.ts`,
  ),
];

const DEFAULTS: Omit<Options, "seed"> = { seconds: 60, times: 20, datagrams: 100_000_000 };

const AREAS: Readonly<Record<string, Area>> = {
  forward: {
    does: "200 Mbit/s to four outputs in three forms, and a hundred flows of 10 Mbit/s, each for so many seconds",
    takes: ["seconds"],
    run: ({ seconds }) => runTests("apps/edge/test/forwarding.slow.test.ts", { BILBYCAST_SOAK_SECONDS: String(seconds) }),
  },
  fuzz: {
    does: "random and mutated datagrams over every parser",
    takes: ["seed", "datagrams"],
    run: ({ seed, datagrams }) => {
      soakFuzz(seed, datagrams, (line) => console.log(line));
      return true;
    },
  },
  media: {
    does: "so many ends of processes that make pictures, 16 of them at once, while forwards must lose nothing",
    takes: ["times"],
    run: ({ times }) =>
      runTests("apps/edge/test/media-kills.slow.test.ts", { BILBYCAST_SOAK_TIMES: String(times), BILBYCAST_SOAK_HOSTS: "16" }),
  },
  analysis: {
    does: "bit errors, table bombs, truncated and shuffled packets over the analysis of a stream",
    takes: ["seed", "datagrams"],
    run: ({ seed, datagrams }) => {
      soakAnalysis(seed, datagrams, (line) => console.log(line));
      return true;
    },
  },
  srt: {
    does: "mutated datagrams to an SRT socket in each of its states",
    takes: ["seed", "datagrams"],
    run: ({ seed, datagrams }) => {
      soakMutations(seed, datagrams, (line) => console.log(line));
      return true;
    },
  },
  "srt-loss": {
    does: "so many packets over each path that loses 1 % or 5 % at random, and a fifth as many over those in disorder and with bursts",
    takes: ["seed", "datagrams"],
    run: async ({ seed, datagrams }) => {
      const settings = { BILBYCAST_SOAK_SEED: String(seed), BILBYCAST_SOAK_DATAGRAMS: String(datagrams) };
      const random = await runTests("protocols/srt/test/residual-loss.long.test.ts", settings);
      return (await runTests("protocols/srt/test/residual-bursts.long.test.ts", settings)) && random;
    },
  },
  "srt-pairs": {
    does: "so many paths with loss, each for so many seconds, over our sender and receiver and over libsrt's",
    takes: ["seed", "times", "seconds"],
    run: ({ seed, times, seconds }) =>
      runTests("protocols/srt/test/paired.peer.test.ts", {
        BILBYCAST_SOAK_SEED: String(seed),
        BILBYCAST_SOAK_TIMES: String(times),
        BILBYCAST_SOAK_SECONDS: String(seconds),
      }),
  },
  "srt-day": {
    does: "so many seconds of virtual time, a packet a millisecond, over each wrap, with clocks that run apart; 93600 are 26 hours",
    takes: ["seed", "seconds"],
    run: ({ seed, seconds }) =>
      runTests("protocols/srt/test/long-life.long.test.ts", { BILBYCAST_SOAK_SEED: String(seed), BILBYCAST_SOAK_SECONDS: String(seconds) }),
  },
  pages: {
    does: "every page of the console over the real manager, npm start in a closed home, and what pages do over a stand-in",
    takes: [],
    run: async () => {
      let isWell = true;
      for (const file of SOAKED_PAGES) {
        isWell = (await runTests(file, {})) && isWell;
      }
      return isWell;
    },
  },
  desk: {
    does: "so many takes by keyboard in a browser, of twenty presets over three edges; each is proved, decoded and judged",
    takes: ["seed", "times"],
    times: 200,
    run: ({ seed, times }) =>
      runTests("tools/desk-hour.peer.test.ts", { BILBYCAST_SOAK_SEED: String(seed), BILBYCAST_SOAK_TIMES: String(times) }),
  },
  isolation: {
    does: "stalled readers, and changes under load, so many times",
    takes: ["times"],
    run: async ({ times }) => {
      for (let done = 0; done < times; done++) {
        console.log(`isolation: ${done + 1} of ${times}`);
        if (!(await runTests("apps/edge/test/isolation.slow.test.ts", {}))) {
          return false;
        }
      }
      return true;
    },
  },
  config: {
    does: "kill -9 amid concurrent changes of the configuration, so many times",
    takes: ["seed", "times"],
    run: ({ seed, times }) => runScript("apps/edge/test/config-crash.ts", ["--times", String(times), "--seed", String(seed)]),
  },
  manager: {
    does: "kill -9 of a manager, its PostgreSQL or an edge of it amid changes over its API, so many times",
    takes: ["seed", "times"],
    times: 50,
    run: ({ seed, times }) => runScript("apps/manager/test/chaos.ts", ["--times", String(times), "--seed", String(seed)]),
  },
  switch: {
    does: "so many switches among three live inputs at times by chance, judged at every output, for three layouts of PIDs",
    takes: ["seed", "times"],
    run: ({ seed, times }) =>
      runTests("apps/edge/test/switching.slow.test.ts", { BILBYCAST_SOAK_SEED: String(seed), BILBYCAST_SOAK_TIMES: String(times) }),
  },
  seamless: {
    does: "either of two paths cut at so many random instants, in virtual time",
    takes: ["seed", "times"],
    run: ({ seed, times }) =>
      runTests("protocols/seamless/test/path-cuts.test.ts", { BILBYCAST_SOAK_SEED: String(seed), BILBYCAST_SOAK_TIMES: String(times) }),
  },
  legs: {
    does: "either of two SRT legs cut at so many random instants, in virtual time",
    takes: ["seed", "times"],
    run: ({ seed, times }) =>
      runTests("transports/srt/two-legs-cuts.test.ts", { BILBYCAST_SOAK_SEED: String(seed), BILBYCAST_SOAK_TIMES: String(times) }),
  },
  crash: {
    does: "SIGSEGV of an edge that carries ten flows, so many times",
    takes: ["seed", "times"],
    run: ({ seed, times }) =>
      runTests("apps/edge/test/peers/crash.peer.test.ts", { BILBYCAST_SOAK_SEED: String(seed), BILBYCAST_SOAK_TIMES: String(times) }),
  },
};

/** Runs a script that prints what it does and ends with 0 when all went well. */
const runScript = (file: string, args: readonly string[]): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code === 0));
  });

/** Runs a test file with nothing but the settings changed; what it says goes to the terminal. */
const runTests = (file: string, settings: Readonly<Record<string, string>>): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const child = spawn(process.execPath, ["--test", "--test-reporter=spec", file], {
      cwd: ROOT,
      env: { ...environment, ...settings },
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code === 0));
  });

const usage = (): string => {
  const lines = Object.entries(AREAS).map(
    ([name, { does, takes }]) => `  ${name.padEnd(10)} ${does}  [${takes.map((option) => `--${option}`).join(" ")}]`,
  );
  const defaults = Object.entries(DEFAULTS).map(([option, value]) => `--${option} ${value}`);
  return `npm run soak -- AREA [OPTIONS]\n\n${lines.join("\n")}\n\nDefaults: ${defaults.join(", ")}, --seed by chance.`;
};

const wholeNumber = (name: string, text: string | undefined, otherwise: number): number => {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(value) || value < (name === "seed" ? 0 : 1)) {
    throw new Error(`--${name} must be a whole number, not "${text}"`);
  }
  return value;
};

const main = async (words: readonly string[]): Promise<number> => {
  const one = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { seed: one, seconds: one, times: one, datagrams: one },
  });
  const [name = ""] = positionals;
  const area = AREAS[name];
  if (area === undefined || positionals.length > 1) {
    console.log(usage());
    return name === "" ? 0 : 2;
  }
  const options: Options = {
    seed: wholeNumber("seed", values.seed, Math.floor(Math.random() * 1_000_000)),
    seconds: wholeNumber("seconds", values.seconds, DEFAULTS.seconds),
    times: wholeNumber("times", values.times, area.times ?? DEFAULTS.times),
    datagrams: wholeNumber("datagrams", values.datagrams, DEFAULTS.datagrams),
  };
  const unheeded = Object.keys(values).filter((option) => !area.takes.some((each) => each === option));
  if (unheeded.length > 0) {
    throw new Error(`${name} does not heed --${unheeded.join(", --")}`);
  }
  console.log(`npm run soak -- ${name} ${area.takes.map((option) => `--${option} ${options[option]}`).join(" ")}`);
  const started = performance.now();
  const passed = await area.run(options);
  console.log(`${name}: ${passed ? "passed" : "failed"} after ${((performance.now() - started) / 1_000).toFixed(0)} s`);
  return passed ? 0 : 1;
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
