import { peer, type Peer } from "@bilbycast/testkit/peers";

/** An encoder on the road: ffmpeg's test picture with its running clock, and a tone, over SRT to a listener at 127.0.0.1. Half a Mbit/s. */
export const srtPicture = (port: number): Peer =>
  peer("ffmpeg", [
    ...["-hide_banner", "-nostats", "-loglevel", "warning", "-re"],
    ...["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=frequency=1000:sample_rate=48000"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "25", "-pix_fmt", "yuv420p", "-b:v", "400k"],
    ...["-c:a", "aac", "-b:a", "64k", "-f", "mpegts", `srt://127.0.0.1:${port}?mode=caller&latency=120000&pkt_size=1316&transtype=live`],
  ]);
