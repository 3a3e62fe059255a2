import { chownSync } from "node:fs";
import { peer, type Peer } from "./peer.ts";

const NOBODY = 65_534;

/**
 * VLC, without root's rights (it refuses them), writing what arrives at `udp://127.0.0.1:port` to `folder/file` byte
 * for byte. The folder is given to the user that it runs as.
 */
export const vlcUdpReceiver = (port: number, folder: string, file: string): Peer =>
  vlc(folder, ["--demux=demuxdump", `--demuxdump-file=${folder}/${file}`, `udp://@127.0.0.1:${port}`]);

/**
 * VLC, without root's rights, taking RTP at 127.0.0.1:port and writing MPEG-TS to `folder/file`. It parses the streams
 * and multiplexes them again, so the elementary streams compare, not the bytes.
 */
export const vlcRtpReceiver = (port: number, folder: string, file: string): Peer =>
  vlc(folder, [`rtp://@127.0.0.1:${port}`, "--sout", `#std{access=file,mux=ts,dst=${folder}/${file}}`]);

const vlc = (folder: string, args: readonly string[]): Peer => {
  if (process.getuid?.() === 0) {
    chownSync(folder, NOBODY, NOBODY);
  }
  const quiet = ["-I", "dummy", "--no-media-library", "--no-video-title-show", "--network-caching=500"];
  return peer("cvlc", [...quiet, ...args], { unprivileged: true, folder, environment: { HOME: folder } });
};
