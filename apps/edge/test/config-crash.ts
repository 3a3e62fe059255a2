import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { seeded } from "@bilbycast/testkit/random";
import { ConfigStore } from "../src/config-store.ts";
import { declarations } from "./test-declarations.ts";

// node apps/edge/test/config-crash.ts [--times N] [--seed N]: kills a program that changes its configuration, again and again.

const WRITER = fileURLToPath(new URL("./config-writer.ts", import.meta.url));
/** Kills that one folder sees before the next starts anew, with a single file of version 1 that has its secrets inside. */
const KILLS_PER_FOLDER = 4;
/** Longest life of a writer in milliseconds, from the moment that it runs. */
const LONGEST_LIFE = 120;

/** What the kills found: how many changes were acknowledged in all, and how often a change was cut between the two files. */
export type Crashes = { kills: number; acknowledged: number; cutBetween: number };

/** Kills so many writers at random instants. Throws when a pair does not match or an acknowledged change is lost. */
export const crashConfig = async (times: number, seed: number, tell: (line: string) => void): Promise<Crashes> => {
  const random = seeded(seed);
  const crashes: Crashes = { kills: 0, acknowledged: 0, cutBetween: 0 };
  for (let round = 0; crashes.kills < times; round++) {
    const folder = mkdtempSync(join(tmpdir(), "bilbycast-crash-"));
    try {
      await crashFolder(join(folder, "config.json"), Math.min(KILLS_PER_FOLDER, times - crashes.kills), random, crashes);
    } catch (cause) {
      throw new Error(`seed ${seed}, folder ${round}, kill ${crashes.kills}: ${String(cause)}`, { cause });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    if (round % 50 === 49) {
      tell(`${crashes.kills} kills, ${crashes.acknowledged} changes, ${crashes.cutBetween} cut between the files`);
    }
  }
  return crashes;
};

const crashFolder = async (path: string, kills: number, random: () => number, crashes: Crashes): Promise<void> => {
  writeFileSync(path, JSON.stringify({ version: 1, device_name: "0", setup_token: "token 0", flows: [] }));
  let last = 0;
  for (let kill = 0; kill < kills; kill++) {
    const acknowledged = await runAndKill(path, last + 1, random() * LONGEST_LIFE);
    crashes.kills += 1;
    crashes.acknowledged += acknowledged.length;
    crashes.cutBetween += matchingPair(path);
    const { config, document } = await ConfigStore.open(path, declarations);
    const found = Number(config.device_name);
    assert.equal(document["setup_token"], `token ${found}`, "both files are of one change");
    assert.ok(found >= Math.max(last, ...acknowledged), `change ${Math.max(last, ...acknowledged)} was acknowledged; ${found} is there`);
    assert.equal(config.inputs.length, found % 7);
    last = found;
  }
};

/** Reads the files as they are, without the program: 1 when the secrets are a change ahead, else 0. */
const matchingPair = (path: string): number => {
  const config = JSON.parse(readFileSync(path, "utf8")) as { generation?: number; version: number };
  const secretsPath = join(path, "..", "secrets.json");
  if (config.generation === undefined) {
    assert.equal(config.version, 1, "only the file of the beginning has no generation");
    return 0;
  }
  assert.ok(existsSync(secretsPath));
  const secrets = JSON.parse(readFileSync(secretsPath, "utf8")) as { generation: number; previous?: { generation: number } };
  assert.ok([secrets.generation, secrets.previous?.generation].includes(config.generation), "a matching pair");
  return secrets.generation === config.generation ? 0 : 1;
};

const runAndKill = (path: string, first: number, lifeMs: number): Promise<number[]> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRITER, path, String(first)], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (said === "") {
        setTimeout(() => child.kill("SIGKILL"), lifeMs);
      }
      said += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (signal !== "SIGKILL") {
        reject(new Error(`the writer ended by itself (${code ?? signal}): ${complaint}`));
        return;
      }
      // A line that the kill cut has no end and counts as not said.
      resolve(said.split("\n").slice(1, -1).map(Number));
    });
  });

if (import.meta.main) {
  const { values } = parseArgs({ options: { times: { type: "string", default: "200" }, seed: { type: "string", default: "1" } } });
  const crashes = await crashConfig(Number(values.times), Number(values.seed), (line) => console.log(line));
  console.log(JSON.stringify(crashes));
}
