import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { readdirSync, readlinkSync } from "node:fs";
import { after, test } from "node:test";
import koffi from "koffi";
import { splitAddress, type SplitAddress } from "@bilbycast/foundation/address";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { Meter } from "@bilbycast/engine/telemetry";
import { fillRandom, seeded } from "@bilbycast/testkit/random";
import { Arena } from "../arena.ts";
import type { BackendName } from "../backends.ts";
import { chooseBackend } from "../choose-backend.ts";
import { createDriver } from "../create-driver.ts";
import { Errno, type LaneSocket } from "../lane-socket.ts";
import { EADDRINUSE, EADDRNOTAVAIL } from "../linux.ts";
import { SendList, type SendMeters } from "../send-list.ts";
import { readSocketAddress } from "../socket-address.ts";

type Found = Readonly<Record<string, boolean>>;

const address = (text: string): SplitAddress => splitAddress(text) ?? assert.fail(text);
const ANY = address("127.0.0.1:0");

/** A driver outside of a lane: its sockets are read and written by hand. */
class Bench {
  readonly arena = new Arena(16 * 2 ** 20);
  readonly driver;
  readonly list: SendList;
  readonly rows: PacketBatch;
  readonly #values = new Float64Array(5);

  constructor(backend: BackendName, found: Found) {
    this.driver = createDriver(backend, this.arena, found);
    this.list = new SendList(this.arena, this.driver.base);
    this.rows = new PacketBatch(this.driver.rows);
  }

  meters(): Record<keyof SendMeters, Meter> {
    const meter = (i: number): Meter => new Meter(this.#values, i);
    return { packetsSent: meter(0), bytesSent: meter(1), packetsRefused: meter(2), sendBlocked: meter(3), peerUnreachable: meter(4) };
  }

  /** Sends the bytes in one message, cut by the kernel where `segment` is not 0. Returns how many datagrams left. */
  send(socket: LaneSocket, bytes: Uint8Array, segment = 0, peer = 0): number {
    const at = this.arena.reserve(Math.max(1, bytes.length));
    this.arena.bytes.set(bytes, at);
    const meters = this.meters();
    const before = meters.packetsSent.value;
    this.list.begin(socket, meters);
    this.list.ensure(1, 0);
    this.list.message(segment, 0, peer);
    this.list.piece(at, bytes.length);
    this.list.flush();
    this.arena.release(at);
    return meters.packetsSent.value - before;
  }

  /** What waits at a socket, as soon as it is that many datagrams. */
  take(socket: LaneSocket, count: number): { bytes: Uint8Array; peer: string }[] {
    const got: { bytes: Uint8Array; peer: string }[] = [];
    for (let tries = 0; got.length < count && tries < 100_000; tries++) {
      this.rows.clear();
      socket.receive(this.rows);
      for (let i = 0; i < this.rows.count; i++) {
        const at = this.rows.offset[i] ?? 0;
        const peer = this.rows.peer[i] ?? 0;
        got.push({
          bytes: this.arena.bytes.slice(at, at + (this.rows.length[i] ?? 0)),
          peer: peer === 0 ? "" : readSocketAddress(this.arena.bytes, peer),
        });
      }
    }
    return got;
  }

  /** Ends the driver as a lane does: its descriptors close when `run` returns. */
  close(): void {
    this.driver.close();
  }
}

const noise = (length: number): Uint8Array => fillRandom(seeded(length), new Uint8Array(length));

const descriptors = (): string[] => readdirSync("/proc/self/fd");

const pairOf = (on: Bench, host = "127.0.0.1", trains = true): { receiver: LaneSocket; sender: LaneSocket } => {
  const local = host.includes(":") ? `[${host}]:0` : `${host}:0`;
  const receiver = on.driver.open({ bind: address(local), trains }, () => {});
  const sender = on.driver.open({ to: address(receiver.localAddress), trains }, () => {});
  return { receiver, sender };
};

const linkOf = (fd: string): string => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
};

/** What the self-test found, or why the backend does not serve. */
const find = async (backend: BackendName): Promise<Found | string> => {
  try {
    return (await chooseBackend(backend)).capabilities;
  } catch (error) {
    return `${backend} does not serve here: ${String(error)}`;
  }
};

for (const backend of ["koffi", "ffi"] as const) {
  const answer = await find(backend);
  const found = typeof answer === "string" ? {} : answer;
  const skip = typeof answer === "string" ? answer : false;
  const noTrains = skip === false && found["trainsIn"] !== true ? "the kernel joins no datagrams here" : skip;
  const bench = skip === false ? new Bench(backend, found) : undefined;
  after(() => bench?.close());
  const shared = (): Bench => bench ?? assert.fail("no native backend");

  test(`datagrams of every kind of length arrive as they were sent, also empty ones (${backend})`, { skip }, () => {
    const { receiver, sender } = pairOf(shared());
    for (const length of [1, 0, 188, 1_316, 1_473, 9_000, 65_507]) {
      assert.equal(shared().send(sender, noise(length)), 1);
      const [got] = shared().take(receiver, 1);
      assert.deepEqual(got?.bytes, noise(length), `${length} bytes`);
    }
    receiver.close();
    sender.close();
  });

  test(
    `a train arrives as the datagrams that it was cut into, the last shorter, and a second train as well (${backend})`,
    { skip: noTrains },
    () => {
      const { receiver, sender } = pairOf(shared());
      for (const [length, segment] of [
        [5 * 1_316, 1_316],
        [5 * 1_316 + 188, 1_316],
        [48 * 1_316, 1_316],
        [3 * 188, 188],
        [2_000, 1_999],
      ] as const) {
        const bytes = noise(length);
        const count = Math.ceil(length / segment);

        assert.equal(shared().send(sender, bytes, segment), count);

        const got = shared().take(receiver, count);
        assert.deepEqual(
          got.map((row) => row.bytes.length),
          Array.from({ length: count }, (_, i) => Math.min(segment, length - i * segment)),
        );
        assert.deepEqual(Buffer.concat(got.map((row) => row.bytes)), Buffer.from(bytes));
      }
      receiver.close();
      sender.close();
    },
  );

  test(`a train into a socket of another program arrives as single datagrams (${backend})`, { skip: noTrains }, async () => {
    const foreign = createSocket("udp4");
    await new Promise<void>((resolve) => foreign.bind(0, "127.0.0.1", resolve));
    const sender = shared().driver.open({ to: { ...ANY, port: foreign.address().port }, trains: true }, () => {});
    const got: Buffer[] = [];
    const all = new Promise<void>((resolve) => {
      foreign.on("message", (datagram) => (got.push(datagram) === 4 ? resolve() : undefined));
    });
    const bytes = noise(3 * 1_316 + 7);

    shared().send(sender, bytes, 1_316);
    await all;

    assert.deepEqual(
      got.map((datagram) => datagram.length),
      [1_316, 1_316, 1_316, 7],
    );
    assert.deepEqual(Buffer.concat(got), Buffer.from(bytes));
    sender.close();
    foreign.close();
  });

  test(`without trains a datagram that is longer than a slot is dropped and counted, the others arrive (${backend})`, { skip }, () => {
    const single = new Bench(backend, { trainsOut: false, trainsIn: false });
    const { receiver, sender } = pairOf(single);
    assert.equal(sender.trains, false);
    for (const length of [100, 2_049, 2_048, 9_000, 200]) {
      single.send(sender, noise(length));
    }

    const got = single.take(receiver, 3);

    assert.deepEqual(
      got.map((row) => row.bytes.length),
      [100, 2_048, 200],
    );
    assert.equal(receiver.takeOversize(), 2);
    assert.equal(receiver.takeOversize(), 0);
    receiver.close();
    sender.close();
    single.close();
  });

  test(`more datagrams than there are slots take several calls, and none is lost (${backend})`, { skip }, () => {
    const single = new Bench(backend, { trainsOut: false, trainsIn: false });
    const { receiver, sender } = pairOf(single);
    for (let i = 0; i < 150; i++) {
      single.send(sender, Uint8Array.of(i));
    }

    single.rows.clear();
    assert.equal(receiver.receive(single.rows), true, "a full answer means that there may be more");
    assert.equal(single.rows.count, 64);
    const got = single.take(receiver, 86);

    assert.deepEqual(
      got.map((row) => row.bytes[0]),
      Array.from({ length: 86 }, (_, i) => 64 + i),
    );
    single.rows.clear();
    assert.equal(receiver.receive(single.rows), false);
    receiver.close();
    sender.close();
    single.close();
  });

  test(`IPv6 loopback carries datagrams, and does not take the IPv4 port of the same number (${backend})`, { skip }, () => {
    const { receiver, sender } = pairOf(shared(), "::1");
    assert.match(receiver.localAddress, /^\[::1\]:\d+$/);
    shared().send(sender, noise(1_316));
    const [got] = shared().take(receiver, 1);
    assert.deepEqual(got?.bytes, noise(1_316));

    const four = shared().driver.open({ bind: { ...ANY, port: address(receiver.localAddress).port }, trains: true }, () => {});
    four.close();
    receiver.close();
    sender.close();
  });

  test(`each row names its sender, and an answer to that name reaches it (${backend})`, { skip }, () => {
    const { receiver, sender } = pairOf(shared());
    const other = shared().driver.open({ to: address(receiver.localAddress), trains: true }, () => {});
    shared().send(sender, Uint8Array.of(1));
    shared().send(other, Uint8Array.of(2));
    const got = shared().take(receiver, 2);
    assert.deepEqual(
      got.map(({ bytes, peer }) => [bytes[0], peer]),
      [
        [1, sender.localAddress],
        [2, other.localAddress],
      ],
    );

    shared().send(sender, Uint8Array.of(3));
    shared().rows.clear();
    while (shared().rows.count === 0) {
      receiver.receive(shared().rows);
    }
    shared().send(receiver, Uint8Array.of(4), 0, shared().rows.peer[0]);

    assert.deepEqual(shared().take(sender, 1)[0]?.bytes, Uint8Array.of(4));
    receiver.close();
    sender.close();
    other.close();
  });

  test(`on a connected socket the peer is 0: there is but one (${backend})`, { skip }, () => {
    const { receiver, sender } = pairOf(shared());
    shared().send(sender, Uint8Array.of(1));
    shared().rows.clear();
    while (shared().rows.count === 0) {
      receiver.receive(shared().rows);
    }
    shared().send(receiver, Uint8Array.of(2), 0, shared().rows.peer[0]);

    assert.deepEqual(shared().take(sender, 1), [{ bytes: Uint8Array.of(2), peer: "" }]);
    receiver.close();
    sender.close();
  });

  test(`an echo of an unreachable peer is not taken for data, and the socket goes on (${backend})`, { skip }, () => {
    const { receiver, sender } = pairOf(shared());
    const to = receiver.localAddress;
    receiver.close();
    shared().send(sender, Uint8Array.of(1));
    shared().send(sender, Uint8Array.of(2));
    const again = shared().driver.open({ bind: address(to), trains: true }, () => {});
    assert.deepEqual(shared().take(sender, 0), []);

    shared().rows.clear();
    sender.receive(shared().rows);
    assert.equal(shared().rows.count, 0);
    assert.equal(shared().send(sender, Uint8Array.of(3)), 1);

    assert.deepEqual(shared().take(again, 1)[0]?.bytes, Uint8Array.of(3));
    again.close();
    sender.close();
  });

  test(`an address that is taken or not ours is refused with the system's number, and leaves no descriptor (${backend})`, { skip }, () => {
    const taken = shared().driver.open({ bind: ANY, trains: true }, () => {});
    const before = descriptors().length;

    const refusal = (bind: SplitAddress): number => {
      try {
        shared()
          .driver.open({ bind, trains: true }, () => {})
          .close();
      } catch (error) {
        assert.ok(error instanceof Errno);
        assert.match(error.message, /^bind: .*\(EADDR/);
        return error.errno;
      }
      return 0;
    };

    assert.equal(refusal(address(taken.localAddress)), EADDRINUSE);
    assert.equal(refusal(address("192.0.2.1:0")), EADDRNOTAVAIL);
    assert.equal(descriptors().length, before);
    taken.close();
    assert.equal(refusal(address(taken.localAddress)), 0, "the port is free again");
  });

  test(`a driver that ended leaves no descriptor, whatever was open (${backend})`, { skip }, () => {
    const before = descriptors().length;
    const short = new Bench(backend, found);
    pairOf(short);
    pairOf(short, "::1");
    assert.equal(descriptors().length, before + 6, "epoll, eventfd and four sockets");

    short.close();

    assert.equal(descriptors().length, before);
  });

  for (const [host, level, option] of [
    ["127.0.0.1", 0, 1],
    ["::1", 41, 67],
  ] as const) {
    test(`what is sent from ${host} carries the code point (${backend})`, { skip }, () => {
      const getsockopt = koffi
        .load("libc.so.6")
        .func("int getsockopt(int fd, int level, int name, _Out_ int *value, _Inout_ uint32_t *length)");
      const sockets = (): string[] => descriptors().filter((fd) => linkOf(fd).startsWith("socket:"));
      const before = sockets();
      const to = address(host.includes(":") ? `[${host}]:9` : `${host}:9`);
      const sender = shared().driver.open({ to, dscp: 46, trains: false }, () => {});
      const fd = sockets().find((name) => !before.includes(name));
      const value = [0];

      assert.equal(getsockopt(Number(fd), level, option, value, [4]), 0);

      assert.equal(value[0], 46 << 2);
      sender.close();
    });
  }

  test(`the lane's clock is the clock of the other threads (${backend})`, { skip }, () => {
    const before = Math.floor(Number(process.hrtime.bigint()) / 1_000);
    const now = shared().driver.now();
    const behind = Math.ceil(Number(process.hrtime.bigint()) / 1_000);
    assert.ok(Number.isInteger(now) && before <= now && now <= behind, `${before} <= ${now} <= ${behind}`);
  });
}
