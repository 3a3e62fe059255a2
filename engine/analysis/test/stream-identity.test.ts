import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "@bilbycast/protocols/mpegts";
import { identify, type StreamKind } from "../media/stream-identity.ts";

const registration = (identifier: string): Descriptor => ({ tag: 0x05, data: Uint8Array.from(Buffer.from(identifier)) });
const bare = (tag: number, ...data: number[]): Descriptor => ({ tag, data: Uint8Array.from(data) });

const cases: [streamType: number, own: Descriptor[], program: Descriptor[], codec: string, kind: StreamKind][] = [
  [0x01, [], [], "MPEG-1 Video", "video"],
  [0x02, [], [], "MPEG-2 Video", "video"],
  [0x03, [], [], "MPEG Audio", "audio"],
  [0x05, [bare(0x6f, 0, 1)], [], "AIT", "data"],
  [0x05, [], [], "Private Sections", "data"],
  [0x06, [], [], "Private Data", "data"],
  [0x06, [registration("BSSD")], [], "SMPTE 302M", "audio"],
  [0x06, [registration("Opus"), bare(0x7f, 0x80, 2)], [], "Opus", "audio"],
  [0x06, [registration("AC-3")], [], "AC-3", "audio"],
  [0x06, [registration("HEVC")], [], "H.265/HEVC", "video"],
  [0x06, [registration("VC-1")], [], "VC-1", "video"],
  [0x06, [registration("KLVA")], [], "KLV", "data"],
  [0x06, [registration("VANC")], [], "SMPTE 2038", "data"],
  [0x06, [registration("XYZ?")], [], "Private Data", "data"],
  [0x06, [bare(0x6a, 0)], [], "AC-3", "audio"],
  [0x06, [bare(0x7a, 0)], [], "E-AC-3", "audio"],
  [0x06, [bare(0x7b, 0)], [], "DTS", "audio"],
  [0x06, [bare(0x7c, 0)], [], "AAC", "audio"],
  [0x06, [bare(0x59, 0x65, 0x6e, 0x67, 0x10, 0, 1, 0, 1)], [], "DVB Subtitles", "subtitle"],
  [0x06, [bare(0x56, 0x65, 0x6e, 0x67, 0x10, 0x88)], [], "DVB Teletext", "subtitle"],
  [0x06, [bare(0x7f, 0x15, 0)], [], "AC-4", "audio"],
  [0x06, [bare(0x7f, 0x20, 0)], [], "TTML Subtitles", "subtitle"],
  [0x06, [bare(0x0a, 0x65, 0x6e, 0x67, 0), bare(0x7a, 0)], [], "E-AC-3", "audio"],
  [0x0f, [], [], "AAC", "audio"],
  [0x0f, [registration("AC-3")], [], "AAC", "audio"],
  [0x11, [], [], "AAC-LATM", "audio"],
  [0x15, [registration("KLVA")], [], "KLV", "data"],
  [0x15, [registration("ID3 ")], [], "ID3", "data"],
  [0x1b, [], [], "H.264/AVC", "video"],
  [0x24, [], [], "H.265/HEVC", "video"],
  [0x32, [], [], "JPEG XS", "video"],
  [0x33, [], [], "H.266/VVC", "video"],
  [0x81, [], [], "AC-3", "audio"],
  [0x86, [], [], "SCTE-35", "data"],
  [0x86, [], [registration("CUEI")], "SCTE-35", "data"],
  [0x86, [], [registration("HDMV")], "DTS-HD", "audio"],
  [0x87, [], [], "E-AC-3", "audio"],
  [0x90, [], [registration("HDMV")], "PGS", "subtitle"],
  [0xc7, [registration("CUEI")], [], "SCTE-35", "data"],
  [0xea, [registration("VC-1")], [], "VC-1", "video"],
  [0xfe, [], [], "Type 0xfe", "unknown"],
  [0x00, [], [], "Type 0x00", "unknown"],
];

for (const [streamType, own, program, codec, kind] of cases) {
  const tags = [...own, ...program].map(({ tag, data }) => (tag === 0x05 ? `"${Buffer.from(data).toString()}"` : `0x${tag.toString(16)}`));
  test(`stream_type 0x${streamType.toString(16)} with ${tags.join(", ") || "no descriptor"} is ${codec}`, () => {
    const found = identify(streamType, own, program);

    assert.deepEqual([found.codec, found.kind], [codec, kind]);
  });
}
