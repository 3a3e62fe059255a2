import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MediaHandle, type BackendName, type PictureQuestion } from "@bilbycast/engine/media";
import type { BenchOptions } from "../main.ts";
import { median, type Report, type Table } from "../report.ts";
import { encodeByFfmpeg, encodeInHost, ENCODINGS, RawSignal } from "./encoding.ts";

// npm run bench -- media: what a thumbnail of a key frame costs, with many flows, beside a process of ffmpeg for each; and what encoding costs,
// beside ffmpeg with the same pictures and sound.

const FLOWS = 50;
const GOAL_MS = 3;
/** Milliseconds of CPU in a clock tick of /proc. */
const TICK_MS = 10;
const SIZES = { "720p": "1280x720", "1080p": "1920x1080" } as const;

type Size = keyof typeof SIZES;
/** CPU milliseconds for each thumbnail: of the processes that decode, and of the thread that supervises them. */
type Cost = { hosts: number; own: number };

export const run = async (options: BenchOptions): Promise<Report> => {
  const rounds = options.quick ? 1 : (options.rounds ?? 3);
  const seconds = options.quick ? 2 : (options.seconds ?? 10);
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-bench-"));
  const rows: string[][] = [];
  const figures: Record<string, number> = {};
  try {
    for (const size of Object.keys(SIZES) as Size[]) {
      const unit = await keyFrame(folder, size);
      const ours: Cost[] = [];
      const spawned: number[] = [];
      for (let round = 0; round < rounds; round++) {
        ours.push(await costOf("node-av", unit, seconds));
        spawned.push(await spawnCost(join(folder, size), options.quick ? 5 : 40));
      }
      const hosts = rounded(median(ours.map((cost) => cost.hosts)));
      const own = rounded(median(ours.map((cost) => cost.own)));
      const cli = rounded(median(spawned));
      rows.push([size, `${hosts} ms`, `${own} ms`, `${cli} ms`, `${rounded(cli / (hosts + own))}x`]);
      Object.assign(figures, { [`hosts${size}Ms`]: hosts, [`supervisor${size}Ms`]: own, [`spawn${size}Ms`]: cli });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const encoding = await encodingTable(options.quick ? 2 : ENCODED_SECONDS, rounds);
  return {
    tables: [
      {
        title: `CPU of a thumbnail, ${FLOWS} flows with a picture each second (goal: ${GOAL_MS} ms)`,
        head: ["H.264 key frame", "hosts", "supervisor", "ffmpeg spawned", "ratio"],
        rows,
      },
      encoding.table,
    ],
    figures: { ...figures, ...encoding.figures },
    notes: [
      `Medians of ${rounds} runs of ${seconds} s, hosts warm. The other way starts one ffmpeg for each thumbnail, which decodes, scales and encodes the same.`,
    ],
  };
};

const ENCODED_SECONDS = 10;

/** The test signal drawn and encoded by a host, and the same signal out of files by ffmpeg. */
const encodingTable = async (seconds: number, rounds: number): Promise<{ table: Table; figures: Record<string, number> }> => {
  const rows: string[][] = [];
  const figures: Record<string, number> = {};
  for (const encoding of ENCODINGS) {
    const raw = new RawSignal(encoding, seconds);
    const ours: number[] = [];
    const theirs: number[] = [];
    try {
      for (let round = 0; round < rounds; round++) {
        ours.push(await encodeInHost(encoding, seconds));
        theirs.push(await encodeByFfmpeg(encoding, raw));
      }
    } finally {
      raw.remove();
    }
    const [host, cli] = [median(ours) / seconds, median(theirs) / seconds];
    rows.push([encoding.name, `${rounded(host * 100)} %`, `${rounded(cli * 100)} %`, `${rounded(host / cli)}x`]);
    figures[`encode${encoding.name}Ratio`] = rounded(host / cli);
  }
  const title = "CPU of the test pattern in x264 veryfast and AAC, of a core (goal: 0.9x)";
  return { table: { title, head: ["signal", "host, drawing included", "ffmpeg, from files", "ratio"], rows }, figures };
};

const rounded = (value: number): number => Math.round(value * 100) / 100;

const keyFrame = async (folder: string, size: Size): Promise<Uint8Array> => {
  const file = join(folder, size);
  const source = ["-f", "lavfi", "-i", `testsrc2=size=${SIZES[size]}:rate=25`, "-frames:v", "1", "-pix_fmt", "yuv420p"];
  await ffmpeg([...source, "-c:v", "libx264", "-threads", "1", "-f", "h264", file]);
  return new Uint8Array(readFileSync(file));
};

const ffmpeg = async (args: readonly string[]): Promise<void> => {
  const child = spawn("ffmpeg", ["-hide_banner", "-nostats", "-loglevel", "error", "-y", ...args], { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) {
    throw new Error(`ffmpeg ended with ${code}`);
  }
};

const costOf = async (backend: BackendName, unit: Uint8Array, seconds: number): Promise<Cost> => {
  let pids: number[] = [];
  let made = 0;
  const media = new MediaHandle(
    { backends: [backend], units: 100_000 },
    {
      onMessage: (message) => {
        if (message.report === "hosts") {
          pids = message.hosts.map(({ pid }) => pid);
        }
        made += message.report === "picture" ? 1 : 0;
      },
      onStart: () => {},
      onCrash: (error) => {
        throw error;
      },
      restartIn: () => 1_000_000,
    },
  );
  const port = media.picturePort();
  const spec = { kind: "pictures", codec: "h264", width: 320, height: 180, from: "key" } as const;
  const ask = (source: number): void =>
    port.postMessage({
      ask: "picture",
      source,
      name: `flow ${source}`,
      spec,
      units: [unit],
      wanted: true,
      starts: true,
      takenAtMs: 0,
    } satisfies PictureQuestion);
  // One after the other, as key frames of many flows come.
  const timers = Array.from({ length: FLOWS }, (_, source) =>
    setTimeout(() => timers.push(setInterval(() => ask(source), 1_000)), (source * 1_000) / FLOWS),
  );
  try {
    while (made < 3 * FLOWS) {
      await sleep(100);
    }
    const before = { made, hosts: ticksOf(pids), own: process.cpuUsage() };
    await sleep(seconds * 1_000);
    const own = process.cpuUsage(before.own);
    const count = made - before.made;
    return { hosts: ((ticksOf(pids) - before.hosts) * TICK_MS) / count, own: (own.user + own.system) / 1_000 / count };
  } finally {
    timers.forEach((timer) => clearInterval(timer));
    port.close();
    await media.stop();
  }
};

const statOf = (pid: number | "self"): number[] => {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
};

const ticksOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const fields = statOf(pid);
    return sum + (fields[11] ?? 0) + (fields[12] ?? 0);
  }, 0);

/** Of children that have ended. */
const childTicks = (): number => {
  const fields = statOf("self");
  return (fields[13] ?? 0) + (fields[14] ?? 0);
};

const spawnCost = async (file: string, times: number): Promise<number> => {
  const before = childTicks();
  for (let i = 0; i < times; i++) {
    const scale = ["-vf", "scale=320:180:flags=fast_bilinear", "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "4", "-f", "mjpeg"];
    await ffmpeg(["-threads", "1", "-f", "h264", "-i", file, ...scale, `${file}.jpg`]);
  }
  return ((childTicks() - before) * TICK_MS) / times;
};
