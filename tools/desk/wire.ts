import { spawn, type ChildProcess } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readStrip } from "@bilbycast/protocols/test-signal";
import { TsChecker, type CheckReport } from "@bilbycast/testkit/ts-checker";

const WIDTH = 320;
const HEIGHT = 180;
const PICTURE = WIDTH * HEIGHT;

/** Where an output ends: every packet is judged, every picture decoded by ffmpeg, and its strip read. */
export class Wire {
  readonly port: number;
  /** Of the source whose picture was decoded last; 0: none yet. */
  sourceId = 0;
  pictures = 0;
  /** Pictures that could not be read though no other source came: broken. Those from a cut to the next key frame are the cut's own. */
  broken = 0;
  #unread = 0;
  readonly #socket: Socket;
  readonly #checker = new TsChecker();
  readonly #decoder: ChildProcess;
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    const how = ["-hide_banner", "-loglevel", "error", "-fflags", "nobuffer", "-flags", "low_delay"];
    const from = ["-probesize", "200000", "-analyzeduration", "1000000", "-f", "mpegts", "-i", "pipe:0"];
    const to = ["-map", "0:v:0", "-fps_mode", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"];
    this.#decoder = spawn("ffmpeg", [...how, ...from, ...to], { stdio: ["pipe", "pipe", "ignore"] });
    this.#decoder.stdin?.on("error", () => undefined);
    this.#decoder.stdout?.on("data", (chunk: Buffer) => this.#see(chunk));
    socket.on("message", (datagram: Buffer) => {
      this.#checker.take(datagram);
      this.#decoder.stdin?.write(datagram);
    });
  }

  static async open(): Promise<Wire> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    socket.setRecvBufferSize(4 * 2 ** 20);
    return new Wire(socket);
  }

  get report(): CheckReport {
    return this.#checker.report();
  }

  close(): void {
    this.#socket.close();
    this.#decoder.kill("SIGKILL");
  }

  #see(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (; bytes.length >= PICTURE; bytes = bytes.subarray(PICTURE)) {
      const strip = readStrip(bytes.subarray(0, PICTURE), WIDTH, HEIGHT, WIDTH);
      this.pictures += 1;
      if (strip === undefined) {
        this.#unread += 1;
        continue;
      }
      this.broken += strip.sourceId === this.sourceId ? this.#unread : 0;
      this.#unread = 0;
      this.sourceId = strip.sourceId;
    }
    this.#rest = Buffer.from(bytes);
  }
}
