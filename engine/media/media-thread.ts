import { LoopTimer } from "@bilbycast/engine/io";
import { seconds } from "@bilbycast/foundation/time";
import { EncoderDesk } from "./encoder-desk.ts";
import { HostPool } from "./host-pool.ts";
import type { MediaBirth, MediaMessage, MediaOrder } from "./orders.ts";
import { PictureDesk } from "./picture-desk.ts";

const JOBS_PER_HOST = 16;
const MOST_HOSTS = 64;
const REPORT_EVERY = seconds(1);

/** The body of the thread that supervises the hosts of codecs. No packet passes here, only what is to become pictures, and what encoders made. */
export const runMedia = ({ port, options }: MediaBirth): void => {
  const tell = (message: MediaMessage, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, [...transfer]);
  const pool = new HostPool({
    backends: options.backends,
    ...(options.memoryLimit === undefined ? {} : { memoryLimit: options.memoryLimit }),
    jobsPerHost: options.jobsPerHost ?? JOBS_PER_HOST,
    mostHosts: MOST_HOSTS,
    onEvent: (event) => tell({ report: "event", event }),
    onProcess: (pid, isThere) => tell({ report: "process", pid, isThere }),
  });
  const pictures = new PictureDesk(pool, tell);
  const encoders = new EncoderDesk(pool, options.units);
  const before = new Map<number, number>();
  const timer = new LoopTimer(() => {
    const hosts = pool.hosts.map(({ pid, state, jobs, cpuSeconds, residentBytes }) => {
      const used = cpuSeconds - (before.get(pid) ?? 0);
      before.set(pid, cpuSeconds);
      return { pid, state, jobs, cpu_percent: Math.max(0, Math.round(used * 100)), rss_bytes: residentBytes };
    });
    for (const pid of before.keys()) {
      if (!hosts.some((host) => host.pid === pid)) {
        before.delete(pid);
      }
    }
    tell({ report: "hosts", hosts, unitsUsed: pictures.work + encoders.work });
    timer.in(REPORT_EVERY);
  });
  timer.in(REPORT_EVERY);
  port.on("message", (order: MediaOrder) => {
    switch (order.do) {
      case "pictures":
        pictures.listen(order.port);
        break;
      case "endPictures":
        pictures.endAll();
        break;
      case "encode":
        encoders.open(order.name, order.spec, order.port, pictures.work);
        break;
      case "stop":
        timer.close();
        void pool.stop().then(() => {
          tell({ report: "stopped" });
          port.close();
        });
    }
  });
};
