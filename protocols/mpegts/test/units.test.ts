import assert from "node:assert/strict";
import { test } from "node:test";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { instant, NEVER } from "@bilbycast/foundation/time";
import { areWholePackets, PACKET_SIZE, UNIT_SIZE, writeHeader } from "../packet.ts";
import { TsUnits } from "../units.ts";
import { Count, HeapMemory } from "./heap-memory.ts";

/** Packets whose payload looks nothing like a sync byte, numbered. */
const packets = (count: number, first = 0): Uint8Array => {
  const bytes = new Uint8Array(count * PACKET_SIZE);
  for (let i = 0; i < count; i++) {
    writeHeader(bytes, i * PACKET_SIZE, { pid: 100, continuityCounter: first + i });
    for (let at = 4; at < PACKET_SIZE; at++) {
      bytes[i * PACKET_SIZE + at] = 0x80 | ((first + i) * 7 + at);
    }
    bytes[i * PACKET_SIZE + 5] = first + i;
  }
  return bytes.map((byte, at) => (byte === 0x47 && at % PACKET_SIZE !== 0 ? 0x48 : byte));
};

const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));

const setUp = (poolSize = 1 << 20, capacity = 1_024) => {
  const memory = new HeapMemory(8 << 20);
  const slots = memory.reserve(4 << 20);
  const counts = { notTs: new Count(), resyncs: new Count(), rtpStripped: new Count(), regrouped: new Count(), overflowed: new Count() };
  const units = new TsUnits(memory, counts, 10_000, poolSize);
  const out = new PacketBatch(capacity);
  const taken = (): Uint8Array[] => {
    const rows = Array.from({ length: out.count }, (_, i) =>
      memory.bytes.slice(out.offset[i], (out.offset[i] ?? 0) + (out.length[i] ?? 0)),
    );
    out.clear();
    return rows;
  };
  const batch = new PacketBatch(1_024);
  const receive = (datagrams: Uint8Array[], now = 0): Uint8Array[] => {
    batch.clear();
    let at = slots;
    for (const datagram of datagrams) {
      memory.bytes.set(datagram, at);
      batch.push(at, datagram.length, 0);
      at += datagram.length;
    }
    units.receive(batch, instant(now), out);
    const rows = taken();
    assert.ok(
      rows.every((row) => row.length <= UNIT_SIZE && areWholePackets(row, 0, row.length)),
      "a unit is not whole packets",
    );
    return rows;
  };
  const expire = (now: number): Uint8Array[] => {
    units.expire(instant(now), out);
    return taken();
  };
  return { units, counts, memory, slots, batch, out, receive, expire };
};

test("a datagram of seven packets passes where it lies", () => {
  const { units, memory, slots, batch, out } = setUp();
  memory.bytes.set(packets(7), slots);
  batch.push(slots, UNIT_SIZE, 4711);
  units.receive(batch, instant(0), out);

  assert.equal(out.count, 1);
  assert.deepEqual([out.offset[0], out.length[0], out.peer[0]], [slots, UNIT_SIZE, 4711]);
  assert.equal(units.deadline, NEVER);
});

test("a datagram of more packets is cut at seven, in place", () => {
  const { receive, counts } = setUp();
  const rows = receive([packets(40)]);

  assert.deepEqual(
    rows.map((row) => row.length / PACKET_SIZE),
    [7, 7, 7, 7, 7, 5],
  );
  assert.deepEqual(join(...rows), packets(40));
  assert.equal(counts.regrouped.value, 0);
});

test("datagrams of fewer packets become full units, in order", () => {
  const { receive, counts } = setUp();
  const rows = receive(cut(packets(70), PACKET_SIZE * 5));

  assert.deepEqual(
    rows.map((row) => row.length),
    Array.from({ length: 10 }, () => UNIT_SIZE),
  );
  assert.deepEqual(join(...rows), packets(70));
  assert.equal(counts.regrouped.value, 10);
});

for (const size of [1, 100, 187, 189, 1_000, 1_315, 1_317, 1_400, 1_472, 9_000]) {
  test(`a stream cut every ${size} bytes comes out byte for byte`, () => {
    const { receive, expire, counts } = setUp();
    const stream = packets(140);
    const rows: Uint8Array[] = [];
    for (const few of cut(stream, size * 3)) {
      rows.push(...receive(cut(few, size)));
    }
    rows.push(...expire(10_000));

    assert.deepEqual(join(...rows), stream);
    assert.equal(counts.notTs.value, 0);
    assert.equal(counts.overflowed.value, 0);
  });
}

test("an incomplete unit is given out at the deadline and not before", () => {
  const { units, receive, expire } = setUp();
  assert.deepEqual(receive([packets(3)], 1_000), []);
  assert.deepEqual(receive([packets(2, 3)], 5_000), []);

  assert.equal(units.deadline, 11_000);
  assert.deepEqual(expire(10_999), []);
  assert.deepEqual(expire(11_000), [packets(5)]);
  assert.equal(units.deadline, NEVER);
});

test("what waits goes out before a full datagram that follows, which is not copied", () => {
  const { receive, counts } = setUp();
  const rows = receive([packets(3), packets(7, 3), packets(7, 10)]);

  assert.deepEqual(
    rows.map((row) => row.length / PACKET_SIZE),
    [3, 7, 7],
  );
  assert.deepEqual(join(...rows), packets(17));
  assert.equal(counts.regrouped.value, 1);
});

test("a torn packet is dropped and counted, and the full datagram behind it passes", () => {
  const { receive, counts } = setUp();
  const stream = packets(30);
  const rows = receive([stream.slice(0, 1_400), stream.slice(15 * PACKET_SIZE, 22 * PACKET_SIZE)]);

  assert.deepEqual(join(...rows), join(stream.slice(0, 7 * PACKET_SIZE), stream.slice(15 * PACKET_SIZE, 22 * PACKET_SIZE)));
  assert.equal(counts.notTs.value, 1_400 - UNIT_SIZE);
  assert.equal(counts.resyncs.value, 1);
});

test("a lost datagram of a straddling stream costs the packets it touched, never gives a wrong one", () => {
  const { receive, expire, counts } = setUp();
  const stream = packets(70);
  const pieces = cut(stream, 1_400);
  const rows = [...receive(pieces.filter((_, i) => i !== 3)), ...expire(10_000)];

  const known = new Set(Array.from({ length: 70 }, (_, i) => String(stream.slice(i * PACKET_SIZE, (i + 1) * PACKET_SIZE))));
  const got = cut(join(...rows), PACKET_SIZE).map(String);
  assert.ok(got.every((packet) => known.has(packet)));
  const touched = Math.floor((4 * 1_400 - 1) / PACKET_SIZE) - Math.floor((3 * 1_400) / PACKET_SIZE) + 1;
  assert.equal(got.length, 70 - touched);
  assert.equal(counts.notTs.value, 70 * PACKET_SIZE - 1_400 - got.length * PACKET_SIZE);
  assert.equal(counts.resyncs.value, 1);
});

test("rubbish before the stream is skipped; three sync bytes in a row are the proof", () => {
  const { receive, expire, counts } = setUp();
  const rubbish = Uint8Array.from({ length: 500 }, (_, i) => (i % 50 === 0 ? 0x47 : i));
  const rows = [...receive(cut(join(rubbish, packets(20)), 1_000)), ...expire(10_000)];

  assert.deepEqual(join(...rows), packets(20));
  assert.equal(counts.notTs.value, 500);
});

test("datagrams that are no transport stream give nothing and wait for nothing", () => {
  const { units, receive, counts } = setUp();
  const text = new TextEncoder().encode("Goodness, Gracious, Great Balls of Fire. ".repeat(30));
  assert.deepEqual(receive([text, text, new Uint8Array(0), Uint8Array.of(0x47)]), []);

  assert.equal(units.deadline, NEVER);
  assert.ok(counts.notTs.value >= 2 * text.length - 2 * PACKET_SIZE);
  assert.deepEqual(receive([packets(7)]), [packets(7)]);
});

/** Header, CSRCs, extension words, payload, padding. */
const rtp = (payload: Uint8Array, csrcs: number, extension: number | undefined, padding: number): Uint8Array => {
  const header = new Uint8Array(12 + 4 * csrcs + (extension === undefined ? 0 : 4 + 4 * extension));
  header[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | csrcs;
  header[1] = 33;
  if (extension !== undefined) {
    header[12 + 4 * csrcs + 3] = extension;
  }
  const tail = new Uint8Array(padding);
  if (padding > 0) {
    tail[padding - 1] = padding;
  }
  return join(header, payload, tail);
};

test("an RTP header around whole packets is taken off, with CSRCs, extension and padding", () => {
  for (const [csrcs, extension, padding] of [
    [0, undefined, 0],
    [15, undefined, 0],
    [0, 0, 0],
    [2, 3, 0],
    [0, undefined, 4],
    [3, 2, 188],
  ] as const) {
    const { receive, counts } = setUp();
    assert.deepEqual(receive([rtp(packets(7), csrcs, extension, padding)]), [packets(7)]);
    assert.equal(counts.rtpStripped.value, 1);
    assert.equal(counts.notTs.value, 0);
  }
});

test("an RTP header that claims more than there is gives nothing", () => {
  const { receive, counts } = setUp();
  const claims = [Uint8Array.of(0x8f, 33), rtp(new Uint8Array(0), 0, undefined, 255), rtp(packets(1), 0, undefined, 0).slice(0, 100)];
  const long = rtp(packets(1), 0, 0, 0);
  long[14] = 0xff;
  assert.deepEqual(receive([...claims, long]), []);
  assert.equal(counts.rtpStripped.value, 0);
});

test("a batch without room counts what it cannot hold and keeps what it has", () => {
  const { receive, counts } = setUp(1 << 20, 2);
  const rows = receive([packets(3), packets(40, 3)]);

  assert.deepEqual(rows, [packets(3), packets(7, 3)]);
  assert.equal(counts.overflowed.value, 5);
});

test("a full pool counts the datagram and never overwrites what it gave in the same call", () => {
  const { receive, counts, expire } = setUp(8_192);
  const stream = packets(140);
  const rows = [...receive(cut(stream, 1_000)), ...expire(10_000)];

  assert.ok(counts.overflowed.value > 0);
  const got = join(...rows);
  assert.deepEqual(got, stream.slice(0, got.length));

  const later = [...receive([packets(7, 140)]), ...expire(20_000)];
  assert.deepEqual(later.at(-1), packets(7, 140));
});

test("closing gives the pool back", () => {
  const { units, memory } = setUp();
  units.close();
  assert.equal(memory.released.length, 1);
});
