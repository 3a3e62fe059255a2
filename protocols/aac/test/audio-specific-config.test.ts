import assert from "node:assert/strict";
import { test } from "node:test";
import { BitReader } from "@bilbycast/foundation/bytes";
import { aacFormat, readAudioSpecificConfig, readStreamMuxConfig, type AudioFormat } from "../index.ts";

/** Bits as text, spaces between the fields. */
const reader = (bits: string): BitReader => {
  const plain = bits.replaceAll(" ", "");
  const bytes = plain.match(/.{1,8}/g) ?? [];
  return new BitReader(Uint8Array.from(bytes, (byte) => Number.parseInt(byte.padEnd(8, "0"), 2)));
};

const cases: [name: string, bits: string, format: AudioFormat][] = [
  [
    "LC stereo at 48 kHz",
    "00010 0011 0010 0 0 0",
    { codec: "aac", profile: "LC", sampleRate: 48_000, channels: 2, channelLayout: "stereo", frameSamples: 1024 },
  ],
  [
    "LC of 960 samples for DAB and DRM",
    "00010 0011 0001 1 0 0",
    { codec: "aac", profile: "LC", sampleRate: 48_000, channels: 1, channelLayout: "mono", frameSamples: 960 },
  ],
  [
    "HE-AAC, 24 kHz doubled by SBR",
    "00101 0110 0010 0011 00010 0 0 0",
    { codec: "aac", profile: "HE-AAC", sampleRate: 48_000, channels: 2, channelLayout: "stereo", frameSamples: 2048 },
  ],
  [
    "HE-AACv2, mono made stereo",
    "11101 0110 0001 0011 00010 0 0 0",
    { codec: "aac", profile: "HE-AACv2", sampleRate: 48_000, channels: 2, channelLayout: "stereo", frameSamples: 2048 },
  ],
  [
    "a sampling frequency that stands in no table",
    `00010 1111 ${(47_952).toString(2).padStart(24, "0")} 0110 0 0 0`,
    { codec: "aac", profile: "LC", sampleRate: 47_952, channels: 6, channelLayout: "5.1", frameSamples: 1024 },
  ],
  [
    "channels in a program_config_element: a pair, a single and a low one",
    "00010 0011 0000 0 0 0  0000 01 0011  0010 0000 0000 01 000 0000  0 0 0  1 0000  0 0001  0000",
    { codec: "aac", profile: "LC", sampleRate: 48_000, channels: 4, channelLayout: undefined, frameSamples: 1024 },
  ],
  [
    "low delay in frames of 480",
    "10111 0011 0001 1 0 0",
    { codec: "aac", profile: "LD", sampleRate: 48_000, channels: 1, channelLayout: "mono", frameSamples: 480 },
  ],
];

for (const [name, bits, format] of cases) {
  test(`AudioSpecificConfig: ${name}`, () => {
    const config = readAudioSpecificConfig(reader(bits));

    assert.ok(config !== undefined, "it is a configuration");
    assert.deepEqual(aacFormat(config), format);
  });
}

test("a configuration that is cut off or has a reserved frequency is none", () => {
  assert.equal(readAudioSpecificConfig(reader("00010 001")), undefined);
  assert.equal(readAudioSpecificConfig(reader("00010 1101 0010 0 0 0 00000000")), undefined);
  assert.equal(readAudioSpecificConfig(reader("00101 0110 0010 1110 00010 0 0 0")), undefined);
});

test("a StreamMuxConfig is read in both versions, and the version nobody defined is refused", () => {
  const config = "00010 0011 0010 0 0 0";

  const plain = readStreamMuxConfig(reader(`0 1 000010 0001 001 ${config}`));
  const second = readStreamMuxConfig(reader(`1 0 00 00001111 1 000000 0000 000 01 00000000 00010000 ${config}`));

  assert.deepEqual([plain?.subFrames, plain?.programs, plain?.layers, plain?.config.channels], [3, 2, 2, 2]);
  assert.deepEqual([second?.version, second?.subFrames, second?.config.sampleRate], [1, 1, 48_000]);
  assert.equal(readStreamMuxConfig(reader(`1 1 00000000 ${config}`)), undefined);
});
