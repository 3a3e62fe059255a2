import assert from "node:assert/strict";
import { test } from "node:test";
import { integer, seeded } from "@bilbycast/testkit/random";
import { decodePicture, decodeRequest, decodeUnit, encodePictureHead, encodeRequest, encodeUnitHead } from "../jobs.ts";
import { LONGEST_MESSAGE, MessageReader, messageOf } from "../wire.ts";

const SEED = 5;

const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

test("units, pictures and requests come back as they were, and what is cut is none", () => {
  const unit = { stream: 1, randomAccess: true, pts: 8_589_934_591, dts: -1, bytes: Uint8Array.from([1, 2, 3]) };
  assert.deepEqual(decodeUnit(joined([encodeUnitHead(unit), unit.bytes])), unit);
  assert.equal(decodeUnit(new Uint8Array(17)), undefined);

  const picture = { request: 7, width: 1_920, height: 1_080, luma: 99.5, brightest: 200, change: -1, jpeg: Uint8Array.from([255, 216]) };
  assert.deepEqual(decodePicture(joined([encodePictureHead(picture), picture.jpeg])), picture);
  assert.equal(decodePicture(new Uint8Array(35)), undefined);

  const request = { number: 4_000_000_000, wanted: true, units: [Uint8Array.from([1]), new Uint8Array(0), Uint8Array.from([2, 3])] };
  const bytes = joined(encodeRequest(request));
  assert.deepEqual(decodeRequest(bytes), request);
  for (let end = 0; end < bytes.length; end++) {
    assert.equal(decodeRequest(bytes.slice(0, end)), undefined);
  }
});

test(`seed ${SEED}: messages come out of a pipe whole, in whatever pieces it gives them`, () => {
  const random = seeded(SEED);
  const sent = Array.from({ length: 200 }, (_, i) => ({
    kind: integer(random, 8),
    job: i,
    body: Uint8Array.from({ length: integer(random, 300) }, () => integer(random, 256)),
  }));
  const stream = joined(sent.map(({ kind, job, body }) => messageOf(kind, job, body.subarray(0, 10), body.subarray(10))));
  const heard: { kind: number; job: number; body: Uint8Array }[] = [];
  const reader = new MessageReader((kind, job, body) => heard.push({ kind, job, body }));
  for (let at = 0; at < stream.length;) {
    const end = Math.min(stream.length, at + 1 + integer(random, 400));
    assert.ok(reader.push(stream.subarray(at, end)));
    at = end;
  }

  assert.deepEqual(heard, sent);
});

test("a length that no message has ends the conversation before memory is taken for it", () => {
  for (const length of [0, 4, LONGEST_MESSAGE, 0xffff_ffff]) {
    const head = new Uint8Array(9);
    new DataView(head.buffer).setUint32(0, length);
    assert.equal(new MessageReader(() => assert.fail("there is no message")).push(head), false, `${length}`);
  }
});
