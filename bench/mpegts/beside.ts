import { spawn } from "node:child_process";
import { statSync } from "node:fs";

/** CPU seconds, user and system, of a command from its start to its end. */
const cpuOf = (command: string, args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    // bash knows what its children used when they have ended; it prints that last.
    const timed = ["-c", 'TIMEFORMAT="%3U %3S"; time "$0" "$@" >/dev/null 2>/dev/null', command, ...args];
    const child = spawn("bash", timed, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, LC_ALL: "C" } });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      const [user = Number.NaN, system = Number.NaN] = said.trim().split(" ").map(Number);
      if (code === 0 && Number.isFinite(user + system)) {
        resolve(user + system);
      } else {
        reject(new Error(`${command} ended with ${code}: ${said}`));
      }
    });
  });

const FFMPEG = ["-v", "error", "-nostdin", "-y"];

/** What ffmpeg and ffprobe do with a whole file; `more`: what they do beyond what is measured of us. */
export const TOOLS = {
  filter: {
    name: "ffmpeg -map p:1 -c copy",
    more: "ffmpeg takes PES packets apart and writes a new multiplex with its own tables and clock",
    run: (file: string) => cpuOf("ffmpeg", [...FFMPEG, "-i", file, "-map", "p:1", "-c", "copy", "-f", "mpegts", "/dev/null"]),
  },
  copy: {
    name: "ffmpeg -map 0 -c copy",
    more: "ffmpeg reads no more of the streams than it needs to write a new multiplex, and checks nothing",
    run: (file: string) => cpuOf("ffmpeg", [...FFMPEG, "-i", file, "-map", "0", "-c", "copy", "-f", "mpegts", "/dev/null"]),
  },
  probe: {
    name: "ffprobe -show_packets",
    more: "ffprobe prints every PES packet, and parses pictures and sound",
    run: (file: string) => cpuOf("ffprobe", ["-v", "error", "-show_packets", file]),
  },
} as const;

export type Tool = keyof typeof TOOLS;

/** Gigabits in a file. */
export const gigabitsOf = (file: string): number => (statSync(file).size * 8) / 1e9;
