import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { peer, type Peer } from "./peer.ts";

const MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

/**
 * nginx with its RTMP module on 127.0.0.1:port, one process. What is published to the application `app` it records into `folder`, a file for each
 * time, and takes a name once at a time; there is no other application.
 */
export const nginxRtmp = (folder: string, port: number, app = "app"): Peer => {
  const state = join(folder, `nginx-${port}`);
  mkdirSync(state, { recursive: true });
  const words = `
load_module ${MODULE};
daemon off;
master_process off;
pid ${state}/pid;
error_log stderr info;
events { worker_connections 64; }
rtmp {
  server {
    listen 127.0.0.1:${port};
    ping 1s;
    ping_timeout 5s;
    application ${app} {
      live on;
      record all;
      record_path ${folder};
      record_suffix -%Y%m%d%H%M%S.flv;
      record_unique on;
    }
  }
}
`;
  const file = join(state, "nginx.conf");
  writeFileSync(file, words);
  return peer("nginx", ["-p", state, "-c", file, "-e", "stderr"]);
};

/** Whole paths of what nginx recorded under this name, in order. */
export const recordingsIn = (folder: string, name: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.startsWith(`${name}-`) && file.endsWith(".flv"))
    .toSorted()
    .map((file) => join(folder, file));
