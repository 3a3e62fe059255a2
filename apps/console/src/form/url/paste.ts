import { readDatagram } from "./datagram-address.ts";
import { readAddress, type Reading, type Side } from "./reading.ts";
import { readRist, readRtmp } from "./server-address.ts";
import { readSrt } from "./srt-address.ts";

export type { Reading, Side } from "./reading.ts";

/** An address as it was pasted, read; or a sentence about what would be one. */
export type Pasted = Reading | { problem: string };

const EXAMPLES =
  "Write an address like srt://198.51.100.24:7001?latency=240, rtp://239.1.1.1:5004, udp://@:5000, rist://… or rtmp://host/app/key.";

/**
 * Fills a form from an address as ffmpeg, libsrt's and librist's programs, OBS and VLC write it. A bare `239.1.1.1:5000` is UDP.
 * What it says goes into `fields` by the names of the configuration; the caller keeps those that the node has.
 */
export const readPasted = (text: string, side: Side): Pasted => {
  const bare = text.trim();
  const address = readAddress(/^[@[\d.:\]]+:\d+$/.test(bare) ? `udp://${bare}` : bare);
  if (address === undefined) {
    return { problem: EXAMPLES };
  }
  if (address.scheme !== "rtmp" && address.scheme !== "rtmps" && address.port === undefined) {
    return { problem: `The port lacks: write ${address.scheme}://${address.host === "" ? "host" : address.host}:7001.` };
  }
  switch (address.scheme) {
    case "srt":
      return readSrt(address, side);
    case "udp":
    case "rtp":
      return readDatagram(address, side);
    case "rtmp":
    case "rtmps":
      return address.host === "" ? { problem: "The server lacks: write rtmp://host/app/key." } : readRtmp(address);
    case "rist":
      return readRist(address, side);
    default:
      return { problem: `${address.scheme}:// is not read here. ${EXAMPLES}` };
  }
};
