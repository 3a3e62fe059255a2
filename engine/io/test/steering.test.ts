import assert from "node:assert/strict";
import { test } from "node:test";
import { splitAddress, type SplitAddress } from "@bilbycast/foundation/address";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { Meter } from "@bilbycast/engine/telemetry";
import { Arena } from "../arena.ts";
import { chooseBackend } from "../choose-backend.ts";
import { createDriver } from "../create-driver.ts";
import type { Driver } from "../driver.ts";
import { Errno, type LaneSocket, type UdpOptions } from "../lane-socket.ts";
import * as linux from "../linux.ts";
import { SendList } from "../send-list.ts";
import { steeringProgram } from "../steering.ts";

const BY = [4, 8];
const PATIENCE_US = 2_000_000;

const address = (text: string): SplitAddress => splitAddress(text) ?? assert.fail(text);

test("the filter loads one word after the other until one is not 0", () => {
  assert.deepEqual(
    [...steeringProgram({ index: 1, count: 3, by: [12, 44] })],
    [0x20, 12, 0x0100_0015, 0, 0x20, 44, 0x54, 0xff, 0x94, 3, 0x16, 0],
  );
  assert.deepEqual([...steeringProgram({ index: 1, count: 2, by: [12] })], [0x20, 12, 0x54, 0xff, 0x94, 2, 0x16, 0]);
  const [, , first, , , , second] = steeringProgram({ index: 1, count: 2, by: [0, 4, 8] });
  assert.deepEqual([first, second], [0x0300_0015, 0x0100_0015], "each jumps behind the last load");
});

for (const backend of ["koffi", "ffi"] as const) {
  const found = await chooseBackend(backend).then(
    ({ capabilities }) => capabilities,
    () => undefined,
  );
  const skip = found?.["portSharing"] === true ? false : "no port can be shared here";

  class Port {
    readonly arena = new Arena(16 * 2 ** 20);
    readonly driver: Driver = createDriver(backend, this.arena, found ?? {});
    readonly sockets: LaneSocket[] = [];
    readonly #list = new SendList(this.arena, this.driver.base);
    readonly #count: number;

    constructor(host: string, count: number) {
      this.#count = count;
      this.join(address(`${host}:0`));
      for (let i = 1; i < count; i++) {
        this.join();
      }
    }

    get address(): SplitAddress {
      return address(this.sockets[0]?.localAddress ?? "");
    }

    join(bind = this.address): void {
      this.sockets.push(this.open({ bind, trains: true, share: { index: this.sockets.length, count: this.#count, by: BY } }));
    }

    open(options: UdpOptions): LaneSocket {
      return this.driver.open(options, () => {});
    }

    /** Sends the bytes; the number of the socket that they come to. */
    hit(...bytes: number[]): number {
      const values = new Float64Array(5);
      const [packetsSent, bytesSent, packetsRefused, sendBlocked, peerUnreachable] = [0, 1, 2, 3, 4].map((i) => new Meter(values, i)) as [
        Meter,
        Meter,
        Meter,
        Meter,
        Meter,
      ];
      const at = this.arena.reserve(16);
      this.arena.bytes.set(bytes, at);
      this.#list.begin(this.open({ to: this.address, trains: false }), {
        packetsSent,
        bytesSent,
        packetsRefused,
        sendBlocked,
        peerUnreachable,
      });
      this.#list.ensure(1, 0);
      this.#list.message(0, 0, 0);
      this.#list.piece(at, bytes.length);
      this.#list.flush();
      const rows = new PacketBatch(this.driver.rows);
      for (const until = this.driver.now() + PATIENCE_US; this.driver.now() < until;) {
        for (const [i, socket] of this.sockets.entries()) {
          rows.clear();
          socket.receive(rows);
          if (rows.count > 0) {
            return i;
          }
        }
      }
      return -1;
    }
  }

  const word = (low: number): number[] => [9, 9, 9, low];
  const NOTHING = [0, 0, 0, 0];

  for (const host of ["127.0.0.1", "[::1]"]) {
    test(`each datagram comes to the socket that it names (${backend}, ${host})`, { skip }, (t) => {
      const port = new Port(host, 3);
      t.after(() => port.driver.close());

      for (const name of [0, 1, 2, 3, 4, 5, 254, 255]) {
        assert.equal(port.hit(...NOTHING, ...word(name)), name % 3, `the first word is ${name}`);
        assert.equal(port.hit(...NOTHING, ...word(1), ...word(name)), 1, "the second word is not looked at");
        assert.equal(port.hit(...NOTHING, ...NOTHING, ...word(name)), name % 3, `the second word is ${name}`);
      }
      assert.equal(port.hit(...NOTHING, ...NOTHING, ...NOTHING), 0, "it names nobody");
      assert.equal(port.hit(1, 2, 3), 0, "it is too short");
    });
  }

  test(`a port that is shared is refused to everybody else, and one that is held is not shared (${backend})`, { skip }, (t) => {
    const port = new Port("127.0.0.1", 2);
    t.after(() => port.driver.close());
    const isHeld = (error: unknown): boolean => error instanceof Errno && error.errno === linux.EADDRINUSE;

    assert.throws(() => port.open({ bind: port.address, trains: false }), isHeld);
    assert.throws(() => port.open({ bind: port.address, trains: false, share: { index: 0, count: 2, by: BY } }), isHeld);
    const alone = port.open({ bind: address("127.0.0.1:0"), trains: false });
    const bind = address(alone.localAddress);
    assert.throws(() => port.open({ bind, trains: false, share: { index: 1, count: 2, by: BY } }), isHeld);
  });

  test(`the last socket may be opened again, and gets what is its own (${backend})`, { skip }, (t) => {
    const port = new Port("127.0.0.1", 2);
    t.after(() => port.driver.close());

    port.sockets.pop()?.close();
    assert.equal(port.hit(...NOTHING, ...word(1)), 0, "the one that is left gets all");
    port.join();
    assert.equal(port.hit(...NOTHING, ...word(1)), 1);
    assert.equal(port.hit(...NOTHING, ...word(0)), 0);
  });
}
