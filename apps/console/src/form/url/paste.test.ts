import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../../live/merge-patch.ts";
import { readPasted, type Reading, type Side } from "./paste.ts";

type Case = [text: string, side: Side, kind: string, fields: Record<string, Json>, more?: { unused?: string[]; notes?: number }];

const read = (text: string, side: Side): Reading => {
  const reading = readPasted(text, side);
  assert.ok("kind" in reading, JSON.stringify(reading));
  return reading;
};

/** As the manuals and forums of the programs have them. */
const CASES: Case[] = [
  [
    "srt://198.51.100.24:7001?mode=caller&latency=240&pbkeylen=32",
    "input",
    "srt",
    { mode: "caller", remote_addr: "198.51.100.24:7001", latency_ms: 240, aes_key_len: 32 },
  ],
  ["srt://:7001", "input", "srt", { mode: "listener", local_addr: "0.0.0.0:7001" }],
  ["srt://@:7001", "input", "srt", { mode: "listener", local_addr: "0.0.0.0:7001" }],
  [
    "srt://0.0.0.0:7001?passphrase=correct%20horse",
    "input",
    "srt",
    { mode: "listener", local_addr: "0.0.0.0:7001", passphrase: "correct horse" },
  ],
  ["srt://[2001:db8::5]:7001?mode=caller", "output", "srt", { mode: "caller", remote_addr: "[2001:db8::5]:7001" }],
  ["srt://10.0.0.9:7001?mode=rendezvous", "input", "srt", { mode: "rendezvous", remote_addr: "10.0.0.9:7001", local_addr: "0.0.0.0:7001" }],
  // ffmpeg and OBS: microseconds.
  [
    "srt://10.0.0.9:7001?latency=120000&rcvlatency=200000",
    "input",
    "srt",
    { mode: "caller", remote_addr: "10.0.0.9:7001", latency_ms: 120, recv_latency_ms: 200 },
    { notes: 2 },
  ],
  [
    "srt://10.0.0.9:7001?streamid=#!::r=live/cam1,m=request",
    "input",
    "srt",
    { mode: "caller", remote_addr: "10.0.0.9:7001", stream_id: "#!::r=live/cam1,m=request" },
  ],
  [
    "srt://10.0.0.9:7001?streamid=%23!::r=live/cam1,m=request",
    "input",
    "srt",
    { mode: "caller", remote_addr: "10.0.0.9:7001", stream_id: "#!::r=live/cam1,m=request" },
  ],
  [
    "srt://10.0.0.9:7001?adapter=10.0.0.4&localport=9000",
    "output",
    "srt",
    { mode: "caller", remote_addr: "10.0.0.9:7001", local_addr: "10.0.0.4:9000" },
  ],
  [
    "srt://10.0.0.9:7001?transtype=live&tlpktdrop=0&fc=32000&conntimeo=3000&peeridletimeo=5000",
    "input",
    "srt",
    {
      mode: "caller",
      remote_addr: "10.0.0.9:7001",
      tlpkt_drop: false,
      flight_flag_size: 32_000,
      connect_timeout_secs: 3,
      peer_idle_timeout_secs: 5,
    },
  ],
  [
    "srt://10.0.0.9:7001?pkt_size=1316&oheadbw=25&maxbw=-1",
    "output",
    "srt",
    { mode: "caller", remote_addr: "10.0.0.9:7001", payload_size: 1_316, overhead_bw: 25, max_bw: -1 },
  ],
  // Options of the sender say nothing of a receiver.
  [
    "srt://10.0.0.9:7001?oheadbw=25&smoother=live&pbkeylen=17",
    "input",
    "srt",
    { mode: "caller", remote_addr: "10.0.0.9:7001" },
    { unused: ["oheadbw=25", "smoother=live", "pbkeylen=17"] },
  ],
  ["srt://contribution.example.com:7001?mode=caller", "input", "srt", { mode: "caller", remote_addr: "contribution.example.com:7001" }],
  [
    "SRT://10.0.0.9:7001?Mode=Listener&PASSPHRASE=a+b%2Bcdefghij",
    "input",
    "srt",
    { mode: "listener", local_addr: "10.0.0.9:7001", passphrase: "a+b+cdefghij" },
  ],
  ["udp://@239.1.1.1:5000", "input", "udp", { bind_addr: "239.1.1.1:5000" }],
  [
    "udp://239.1.1.1:5000?localaddr=10.0.0.5&fifo_size=1000000&overrun_nonfatal=1",
    "input",
    "udp",
    { bind_addr: "239.1.1.1:5000", interface_addr: "10.0.0.5" },
    { unused: ["fifo_size=1000000"] },
  ],
  ["udp://@:5000", "input", "udp", { bind_addr: "0.0.0.0:5000" }],
  ["udp://192.0.2.7@232.1.1.1:5000", "input", "udp", { bind_addr: "232.1.1.1:5000", source_addr: "192.0.2.7" }],
  [
    "udp://232.1.1.1:5000?sources=192.0.2.7,192.0.2.8",
    "input",
    "udp",
    { bind_addr: "232.1.1.1:5000", allowed_sources: ["192.0.2.7", "192.0.2.8"] },
  ],
  ["udp://127.0.0.1:5000?pkt_size=1316", "output", "udp", { dest_addr: "127.0.0.1:5000" }],
  ["239.10.4.9:5004", "output", "udp", { dest_addr: "239.10.4.9:5004" }],
  [
    "rtp://239.10.4.9:5004?ttl=16&localaddr=10.0.0.5",
    "output",
    "rtp",
    { dest_addr: "239.10.4.9:5004", ttl: 16, interface_addr: "10.0.0.5" },
  ],
  [
    "rtp://239.10.4.9:5004?localrtpport=6000&tos=184",
    "output",
    "rtp",
    { dest_addr: "239.10.4.9:5004", bind_addr: "0.0.0.0:6000", dscp: 46 },
  ],
  ["rtp://[ff3e::1]:5004", "input", "rtp", { bind_addr: "[ff3e::1]:5004" }],
  [
    "rtmp://live.example.com/app/secret-key?auth=1",
    "output",
    "rtmp",
    { dest_url: "rtmp://live.example.com/app", stream_key: "secret-key?auth=1" },
  ],
  [
    "rtmps://live.example.com:443/live2/abcd-efgh",
    "output",
    "rtmp",
    { dest_url: "rtmps://live.example.com:443/live2", stream_key: "abcd-efgh" },
  ],
  ["rtmp://user:word@live.example.com/app", "output", "rtmp", { dest_url: "rtmp://live.example.com/app" }, { notes: 2 }],
  [
    "rist://@:8200?buffer=1000&secret=word&aes-type=256&weight=5",
    "input",
    "rist",
    { bind_addr: "0.0.0.0:8200", buffer_ms: 1_000, secret: "word", aes_key_len: 256 },
    { unused: ["weight=5"] },
  ],
  ["  rist://10.0.0.9:8200?cname=truck  ", "output", "rist", { remote_addr: "10.0.0.9:8200", cname: "truck" }],
];

for (const [text, side, kind, fields, more = {}] of CASES) {
  test(`${side} ${text.trim()}`, () => {
    const reading = read(text, side);

    assert.equal(reading.kind, kind);
    assert.deepEqual(reading.fields, fields);
    assert.equal(reading.notes.length, more.notes ?? 0, reading.notes.join(" "));
    if (more.unused !== undefined) {
      assert.deepEqual(reading.unused, more.unused);
    }
  });
}

test("what was understood is said in a line, and a passphrase never is", () => {
  const reading = read("srt://198.51.100.24:7001?latency=240&passphrase=0123456789&pbkeylen=32", "input");

  assert.equal(reading.said.join(", "), "SRT caller, latency 240 ms, AES-256");
});

const REFUSED: [string, RegExp][] = [
  ["", /Write an address like/],
  ["hello", /Write an address like/],
  ["srt://10.0.0.9", /port lacks/],
  ["udp://239.1.1.1", /port lacks/],
  ["srt://10.0.0.9:70000", /Write an address like/],
  ["ftp://10.0.0.9:21/x", /ftp:\/\/ is not read here/],
  ["rtmp:///app/key", /server lacks/],
  ["javascript:alert(1)", /Write an address like/],
];

for (const [text, problem] of REFUSED) {
  test(`"${text}" is answered with what would be right`, () => {
    const reading = readPasted(text, "input");

    assert.ok("problem" in reading);
    assert.match(reading.problem, problem);
  });
}

test("no text makes it fall over", () => {
  const pieces = [
    "srt://",
    "udp://",
    "@",
    ":",
    "[",
    "]",
    "?",
    "&",
    "=",
    "%",
    "%ff",
    "#",
    "/",
    "7001",
    "mode",
    "latency=",
    "__proto__=1",
    "é",
    "\u0000",
  ];
  let seed = 7;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647);
  for (let i = 0; i < 20_000; i += 1) {
    const text = Array.from({ length: random() % 9 }, () => pieces[random() % pieces.length]).join("");
    const reading = readPasted(text, i % 2 === 0 ? "input" : "output");
    assert.ok("problem" in reading || typeof reading.kind === "string");
  }
});
