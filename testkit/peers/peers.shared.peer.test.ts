import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ffmpegFile, ffmpegRtpReceiver, ffmpegSender, ffmpegUdpReceiver, videoHashes } from "./ffmpeg.ts";
import { peer, type Peer } from "./peer.ts";
import { freePorts } from "./ports.ts";
import { vlcRtpReceiver, vlcUdpReceiver } from "./vlc.ts";
import { waitFor } from "./wait-for.ts";

const folders: string[] = [];
const running: Peer[] = [];
after(async () => {
  await Promise.all(running.map((each) => each.stop()));
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
});

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "bilbycast-peer-"));
  folders.push(folder);
  return folder;
};

const kept = (started: Peer): Peer => {
  running.push(started);
  return started;
};

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Seven TS packets of the null PID, the first bytes of each numbered. */
const numbered = (number: number): Buffer => {
  const datagram = Buffer.alloc(1316, 0xff);
  for (let at = 0; at < 1316; at += 188) {
    datagram.writeUInt32BE(0x47_1f_ff_10, at);
    datagram.writeUInt32BE(number, at + 4);
  }
  return datagram;
};

/** Sends numbered TS packets until the receiver's file holds `wanted` bytes; resolves with the bytes that were sent. */
const feed = async (port: number, file: string, wanted: number): Promise<Buffer> => {
  const socket = createSocket("udp4");
  const sent: Buffer[] = [];
  await waitFor(
    `${file} to grow`,
    () => {
      for (let i = 0; i < 10; i++) {
        const datagram = numbered(sent.length);
        sent.push(datagram);
        socket.send(datagram, port, "127.0.0.1");
      }
      return sizeOf(file) >= wanted;
    },
    30,
  );
  socket.close();
  return Buffer.concat(sent);
};

const receivers: [name: string, start: (port: number, folder: string, file: string) => Peer][] = [
  ["ffmpeg", (port, folder, file) => ffmpegUdpReceiver(port, join(folder, file), 5)],
  ["VLC", vlcUdpReceiver],
];

for (const [name, start] of receivers) {
  test(`${name} writes the datagrams that it receives byte for byte`, async () => {
    const [port, folder] = [await freePorts(1), newFolder()];
    const receiver = kept(start(port, folder, "out.ts"));

    const sent = await feed(port, join(folder, "out.ts"), 500_000);
    await receiver.stop();

    const written = readFileSync(join(folder, "out.ts"));
    const begin = sent.indexOf(written.subarray(0, 1316));
    assert.ok(begin >= 0, "the first datagram in the file was never sent");
    assert.deepEqual(written.subarray(0, 400_000), sent.subarray(begin, begin + 400_000));
  });
}

const rtpReceivers: [name: string, start: (port: number, folder: string, file: string) => Peer][] = [
  ["ffmpeg", (port, folder, file) => ffmpegRtpReceiver(port, join(folder, file))],
  ["VLC", vlcRtpReceiver],
];

for (const [name, start] of rtpReceivers) {
  test(`${name} receives over RTP the pictures that ffmpeg sends`, async () => {
    const [port, folder] = [await freePorts(4, 2), newFolder()];
    await ffmpegFile(join(folder, "in.ts"), 8);
    const receiver = kept(start(port, folder, "out.ts"));
    const sender = kept(ffmpegSender({ file: join(folder, "in.ts"), loop: true }, `rtp://127.0.0.1:${port}`));

    await waitFor(`${name} to write: ${receiver.output()}`, () => sizeOf(join(folder, "out.ts")) > 600_000, 30);
    await receiver.stop();
    await sender.stop();

    const source = new Set(await videoHashes(join(folder, "in.ts")));
    const arrived = await videoHashes(join(folder, "out.ts"));
    const known = arrived.filter((hash) => source.has(hash));
    assert.ok(known.length > 25, `${known.length} of ${arrived.length} pictures are the sender's`);
  });
}

test("a program that is not installed is an error that says how to get it", () => {
  assert.throws(() => peer("no-such-program", []), /no-such-program is not installed here: npm test installs/);
});

test("an unprivileged peer does not run as root", async () => {
  const started = peer("id", ["-u"], { unprivileged: true });

  assert.equal(await started.exited, 0);
  assert.notEqual(started.output().trim(), "0");
});
