import assert from "node:assert/strict";
import { test } from "node:test";
import { videoCodecId, videoFrameHeader, videoSequenceHeader } from "../flv-tags.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("AVC: sequence header, key frame and inter frame with composition times of either sign", () => {
  assert.equal(hex(videoSequenceHeader("h264")), "1700000000");
  assert.equal(hex(videoFrameHeader("h264", true, 80)), "1701000050");
  assert.equal(hex(videoFrameHeader("h264", false, -40)), "2701ffffd8");
  assert.equal(hex(videoFrameHeader("h264", false, 99_999_999)), "27017fffff");
});

test("HEVC: the extended header with its FourCC, and no composition time where it is 0", () => {
  assert.equal(hex(videoSequenceHeader("hevc")), "9068766331");
  assert.equal(hex(videoFrameHeader("hevc", true, 80)), "9168766331000050");
  assert.equal(hex(videoFrameHeader("hevc", false, 0)), "a368766331");
  assert.equal(videoCodecId("hevc"), 0x68_76_63_31);
  assert.equal(videoCodecId("h264"), 7);
});
