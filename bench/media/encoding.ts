import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HostPool, TO_HOST } from "@bilbycast/engine/media";
import type { TestSignalSpec } from "@bilbycast/engine/transport";
import { frameAt, sampleOfFrame, SAMPLE_RATE, TestPicture, TestSound, tintOf } from "@bilbycast/protocols/test-signal";

/** What is encoded: seconds of the test signal with a tone in stereo. */
export type Encoding = { name: string; width: number; height: number; kbps: number };

export const ENCODINGS: readonly Encoding[] = [
  { name: "720p25", width: 1_280, height: 720, kbps: 3_000 },
  { name: "1080p25", width: 1_920, height: 1_080, kbps: 6_000 },
];

const FPS = 25;
const SOUND_KBPS = 128;
const AT_ONCE = 25;
const TICKS = 100;

const specOf = ({ width, height, kbps }: Encoding, firstFrame: number): TestSignalSpec => ({
  kind: "test-signal",
  firstFrame,
  sourceId: 1,
  name: "Bench",
  width,
  height,
  fps: FPS,
  videoKbps: kbps,
  audio: { channels: 2, toneHz: 1_000, toneDbfs: -20, content: "tone", kbps: SOUND_KBPS },
  marker: "none",
});

/** User and system time of a process in seconds. */
const cpuOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
};

/** CPU seconds that a host takes to draw, sound and encode so many seconds of signal, its start left out. */
export const encodeInHost = async (encoding: Encoding, seconds: number): Promise<number> => {
  const first = frameAt(Date.now(), FPS);
  const frames = seconds * FPS;
  const done = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  let made = 0;
  let wanted = first;
  const pool = new HostPool({ backends: ["node-av"], jobsPerHost: 1, mostHosts: 1, onEvent: () => {} });
  const ask = (): void => {
    wanted += AT_ONCE;
    const order = new Uint8Array(8);
    new DataView(order.buffer).setFloat64(0, wanted);
    job.send(TO_HOST.want, false, order);
  };
  const job = pool.open("bench", () => specOf(encoding, first), true, {
    onOpened: () => opened.resolve(),
    onMessage: (_kind, body) => {
      // The first byte of a unit says which stream: 0 is video.
      if (body[0] === 0 && ++made % AT_ONCE === 0) {
        if (made >= frames) {
          done.resolve();
        } else {
          ask();
        }
      }
    },
    onLost: (why) => done.reject(new Error(why)),
  });
  await opened.promise;
  const pid = pool.hosts[0]?.pid ?? 0;
  const before = cpuOf(pid);
  ask();
  await done.promise;
  const cpu = cpuOf(pid) - before;
  await pool.stop();
  return cpu;
};

/** The same pictures and the same sound in files, for a contender that cannot draw them. */
export class RawSignal {
  readonly folder = mkdtempSync(join(tmpdir(), "bilbycast-bench-"));
  readonly pictures = join(this.folder, "pictures.yuv");
  readonly sound = join(this.folder, "sound.f32");

  constructor({ width, height }: Encoding, seconds: number) {
    const first = frameAt(Date.now(), FPS);
    const picture = new TestPicture({ width, height, fps: FPS, name: "Bench", tint: tintOf("Bench"), sourceId: 1, marker: "none" });
    const frame = new Uint8Array(picture.size);
    picture.prepare(frame);
    const file = openSync(this.pictures, "w");
    for (let i = 0; i < seconds * FPS; i++) {
      picture.draw(frame, first + i);
      writeSync(file, frame);
    }
    closeSync(file);
    const sound = new TestSound({ channels: 2, toneHz: 1_000, toneDbfs: -20, content: "tone", avSyncMarker: false });
    const samples = new Float32Array(2 * seconds * SAMPLE_RATE);
    sound.fillInterleaved(samples, sampleOfFrame(first, FPS), seconds * SAMPLE_RATE);
    writeFileSync(this.sound, samples);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** CPU seconds that the `ffmpeg` of the machine takes for the same, one thread for each codec, its start included. */
export const encodeByFfmpeg = async ({ width, height, kbps }: Encoding, raw: RawSignal): Promise<number> => {
  const child = spawn(
    "/bin/sh",
    [
      "-c",
      `ffmpeg -hide_banner -nostats -loglevel error -y -threads 1 -f rawvideo -pix_fmt yuv420p -s ${width}x${height} -r ${FPS} -i ${raw.pictures} ` +
        `-f f32le -ar ${SAMPLE_RATE} -ac 2 -i ${raw.sound} -c:v libx264 -threads 1 -preset veryfast -tune zerolatency -g ${FPS} -bf 0 ` +
        `-b:v ${kbps}k -maxrate ${kbps}k -bufsize ${kbps / 2}k -x264-params aud=1:scenecut=0:open-gop=0 -c:a aac -b:a ${SOUND_KBPS}k -f mpegts /dev/null; times`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  const spans = [...said.matchAll(/(\d+)m([\d.]+)s/g)].map(([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds));
  if (code !== 0 || spans.length !== 4) {
    throw new Error(`ffmpeg did not encode: ${said}`);
  }
  // The third and the fourth are of the children of the shell.
  return (spans[2] ?? 0) + (spans[3] ?? 0);
};
