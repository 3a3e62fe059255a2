import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import { isFault } from "@bilbycast/foundation/fault";
import { readLogo } from "../logo.ts";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");

const chunk = (type: string, data: Buffer = Buffer.alloc(0)): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
};

type Header = { width?: number; height?: number; depth?: number; colour?: number; interlace?: number };

const header = ({ width = 4, height = 2, depth = 8, colour = 6, interlace = 0 }: Header = {}): Buffer => {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  data.set([depth, colour, 0, 0, interlace], 8);
  return chunk("IHDR", data);
};
/** Rows of 4 pixels of 32 bit, with a filter byte each. */
const PIXELS = Buffer.alloc(2 * (1 + 16));
const pixels = (bytes = PIXELS): Buffer => chunk("IDAT", deflateSync(bytes));
const END = chunk("IEND");
const png = (...parts: Buffer[]): Buffer => Buffer.concat([SIGNATURE, ...parts]);

const problemOf = (bytes: Buffer): string => {
  try {
    readLogo(bytes);
  } catch (error) {
    assert.ok(isFault(error) && error.code === "logo_invalid", String(error));
    return error.message;
  }
  return "none";
};

test("a picture stays byte for byte, and what is no picture of a file goes", () => {
  const plain = png(header(), pixels(), END);
  const laden = png(
    header(),
    chunk("tEXt", Buffer.from("Comment\0<script>")),
    chunk("eXIf", Buffer.from("GPS")),
    pixels(),
    chunk("acTL"),
    END,
  );

  assert.deepEqual(readLogo(plain), { png: plain, width: 4, height: 2 });
  assert.deepEqual(readLogo(laden).png, plain);
});

test("every form of a pixel and the passes of an interlaced picture are known", () => {
  const cases: [Header, rows: number[]][] = [
    [{ depth: 1, colour: 0, width: 9 }, [3, 3]],
    [{ depth: 16, colour: 2 }, [25, 25]],
    [{ depth: 8, colour: 4 }, [9, 9]],
    // Of 4 x 2 pixels Adam7 has rows in its passes 1, 4, 6 and 7.
    [{ depth: 8, colour: 6, interlace: 1 }, [5, 5, 9, 17]],
  ];
  for (const [form, rows] of cases) {
    const bytes = Buffer.alloc(rows.reduce((sum, row) => sum + row, 0));
    assert.equal(problemOf(png(header(form), pixels(bytes), END)), "none", JSON.stringify(form));
    assert.match(problemOf(png(header(form), pixels(Buffer.alloc(bytes.length + 1)), END)), /pixels/);
    assert.match(problemOf(png(header(form), pixels(bytes.subarray(1)), END)), /pixels/);
  }
  assert.match(problemOf(png(header({ colour: 3 }), pixels(Buffer.alloc(10)), END)), /palette/);
  assert.equal(problemOf(png(header({ colour: 3 }), chunk("PLTE", Buffer.alloc(3)), pixels(Buffer.alloc(10)), END)), "none");
});

test("what is no PNG is refused by what it is, and nothing of it is kept", () => {
  assert.match(problemOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')), /no PNG/);
  assert.match(problemOf(Buffer.from([0xff, 0xd8, 0xff])), /no PNG/);
  assert.match(problemOf(Buffer.alloc(0)), /no PNG/);
  assert.match(problemOf(png(Buffer.from("<html>"))), /middle/);
  assert.match(problemOf(png(pixels(), END)), /header/);
  assert.match(problemOf(png(header(), pixels())), /begin and end/);
  assert.match(problemOf(png(header(), pixels(), END, Buffer.from("<script></script>"))), /middle|broken/);
  assert.match(problemOf(png(header(), pixels(), END, chunk("IDAT"))), /begin and end/);
  assert.match(problemOf(png(header(), chunk("ABCD"), pixels(), END)), /ABCD/);
  const broken = png(header(), pixels(), END);
  broken.writeUInt8(1, 20);
  assert.match(problemOf(broken), /broken/);
});

test("a picture that is too large is refused before it is unpacked, and one that unpacks to more than it says", () => {
  assert.match(problemOf(png(header({ width: 1_025 }), pixels(), END)), /1025 by 2/);
  assert.match(problemOf(png(header({ width: 0xffff_ffff, height: 0xffff_ffff }), pixels(), END)), /4294967295/);
  assert.match(problemOf(png(header({ height: 0 }), pixels(), END)), /by 0/);
  assert.match(problemOf(png(header(), pixels(Buffer.alloc(50_000_000)), END)), /pixels/);
  assert.match(problemOf(Buffer.concat([SIGNATURE, Buffer.alloc(262_144)])), /bytes/);
});
