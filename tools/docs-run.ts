import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { misfit } from "./docs-answers.ts";
import { stepsOf, type Step } from "./docs-blocks.ts";
import { wayOf, type Way } from "./docs-commands.ts";

// Types every command of the document that DOCUMENT names, in a network of its own, and prints what became of them as JSON.

/** How many commands of a document were run as they stand, in another form, or not at all. */
export type Tour = { run: number; replaced: number; left: number };

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
/** Bounds against hanging, milliseconds. */
const PATIENCE = 60_000;
const LAST_WORDS = 15_000;
const STEP = 50;

type Beside = { step: Step; way: NonNullable<Way["beside"]>; child: ChildProcess; output: () => string };

const main = async (document: string): Promise<Tour> => {
  const folder = workplace();
  const beside: Beside[] = [];
  const tour: Tour = { run: 0, replaced: 0, left: 0 };
  try {
    await finished("ip link set lo up", folder);
    for (const step of stepsOf(readFileSync(join(ROOT, document), "utf8"))) {
      try {
        tour[await take(step, folder, beside)] += 1;
      } catch (cause) {
        throw new Error(`${document}:${step.line}: ${step.command}\n${(cause as Error).message}`, { cause });
      }
    }
    for (const each of beside.toReversed()) {
      await end(each);
    }
  } finally {
    for (const { child } of beside) {
      signal(child, "SIGKILL");
    }
    rmSync(folder, { recursive: true, force: true });
  }
  return tour;
};

/** What looks like the repository to who stands in it, with room for files that must not be left there, and a home. */
const workplace = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-docs-"));
  for (const name of readdirSync(ROOT).filter((each) => !each.startsWith("."))) {
    symlinkSync(join(ROOT, name), join(folder, name));
  }
  mkdirSync(join(folder, ".home"));
  // The account of the embedded database has to reach its data below.
  chmodSync(folder, 0o711);
  return folder;
};

const take = async (step: Step, folder: string, beside: Beside[]): Promise<keyof Tour> => {
  const way = wayOf(step.command);
  if (way?.never !== undefined) {
    return "left";
  }
  if (way?.beside !== undefined) {
    const started = { step, way: way.beside, ...start(step.command, folder) };
    beside.push(started);
    await settled(started);
    return "run";
  }
  if (way?.instead !== undefined) {
    const output = await finished(way.instead.command(step.command), folder);
    if (!way.instead.shows.test(output)) {
      throw new Error(`${way.instead.shows} was not shown:\n${output}`);
    }
    return "replaced";
  }
  await answered(step, folder);
  return "run";
};

const start = (command: string, folder: string): { child: ChildProcess; output: () => string } => {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  // A group of its own, as a terminal gives it: Ctrl-C reaches all of it.
  const child = spawn("sh", ["-c", `exec ${command}`], {
    cwd: folder,
    env: { ...environment, HOME: join(folder, ".home"), BILBYCAST_DATA_DIR: join(folder, "data"), BILBYCAST_LANES: "1" },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (text: string): void => {
    output += text;
  };
  child.stdout.setEncoding("utf8").on("data", keep);
  child.stderr.setEncoding("utf8").on("data", keep);
  return { child, output: () => output };
};

/** Waits until a program that stays has said that it is ready, and what the document shows of it. */
const settled = async ({ step, way, child, output }: Beside): Promise<void> => {
  const missing = (): string | undefined => {
    if (child.exitCode !== null) {
      throw new Error(`it ended with ${child.exitCode}:\n${output()}`);
    }
    if (way.ready !== undefined && !way.ready.test(output())) {
      return `${way.ready} was not printed`;
    }
    return step.answer === undefined ? undefined : misfit(step.answer, output());
  };
  await patiently(missing, output);
};

const finished = async (command: string, folder: string): Promise<string> => {
  const { child, output } = start(command, folder);
  const timer = setTimeout(() => signal(child, "SIGKILL"), PATIENCE);
  const code = await new Promise((resolve) => child.once("close", resolve));
  clearTimeout(timer);
  if (code !== 0) {
    throw new Error(`${command}\nended with ${String(code)}:\n${output()}`);
  }
  return output();
};

/** Runs a command and looks at its answer. A question without effect is asked again until the answer fits: what it is about takes its time. */
const answered = async (step: Step, folder: string): Promise<void> => {
  const isQuestion = step.command.startsWith("curl ") && !/ (-d|-X) /.test(step.command);
  let output = "";
  const problem = async (): Promise<string | undefined> => {
    output = await finished(step.command, folder);
    return step.answer === undefined ? refusal(step.command, output) : misfit(step.answer, output);
  };
  if (isQuestion) {
    await patiently(problem, () => output);
    return;
  }
  const wrong = await problem();
  if (wrong !== undefined) {
    throw new Error(`${wrong}:\n${output}`);
  }
};

/** A request whose answer the document does not show must at least succeed. */
const refusal = (command: string, output: string): string | undefined =>
  command.startsWith("curl ") && !/ > \S+$/.test(command) && !output.includes('"success":true') ? "the edge refused" : undefined;

const patiently = async (problem: () => string | undefined | Promise<string | undefined>, output: () => string): Promise<void> => {
  const latest = performance.now() + PATIENCE;
  for (;;) {
    const wrong = await problem();
    if (wrong === undefined) {
      return;
    }
    if (performance.now() > latest) {
      throw new Error(`${wrong}:\n${output()}`);
    }
    await sleep(STEP);
  }
};

/** Ctrl-C. Its pipes close when the last of its processes is gone. */
const end = async ({ step, way, child, output }: Beside): Promise<void> => {
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  if (child.exitCode !== null || child.signalCode !== null) {
    throw new Error(`${step.command}\nended before its time:\n${output()}`);
  }
  let enforced = false;
  const timer = setTimeout(() => {
    enforced = true;
    signal(child, "SIGKILL");
  }, LAST_WORDS);
  signal(child, "SIGINT");
  await closed;
  clearTimeout(timer);
  if (enforced || way.says?.test(output()) === false) {
    throw new Error(`${step.command}\ndid not end as it should on Ctrl-C:\n${output()}`);
  }
};

const signal = (child: ChildProcess, name: NodeJS.Signals): void => {
  try {
    if (child.pid !== undefined) {
      process.kill(-child.pid, name);
    }
  } catch {
    // The whole group has gone already.
  }
};

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await main(process.env["DOCUMENT"] ?? ""))}\n`);
}
