import { PacketBatch } from "@bilbycast/foundation/packets";
import { check } from "@bilbycast/foundation/check";
import { Meter } from "@bilbycast/engine/telemetry";
import { Arena } from "./arena.ts";
import type { BackendName, Capabilities } from "./backends.ts";
import { createDriver } from "./create-driver.ts";
import type { Driver } from "./driver.ts";
import type { LaneSocket } from "./lane-socket.ts";
import { SendList, type SendMeters } from "./send-list.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0, family: 4 } as const;
const SIZE = 1_316;
const TRAIN = 5;

/** Time for a datagram to cross the loopback interface of a machine that is busy. */
const PATIENCE = 2_000_000;

/**
 * Sends datagrams to itself through every structure that a native backend lays out, and looks at what arrives.
 * Returns what the kernel was found to do. Throws when anything but the trains is not as it should be. Run it in a process of its own:
 * a wrong layout need not throw, it may end the process.
 */
export const selfTest = (backend: BackendName): Pick<Capabilities, "trainsIn" | "trainsOut" | "portSharing"> => {
  const arena = new Arena(8 * 2 ** 20);
  const driver = createDriver(backend, arena, { trainsOut: true, trainsIn: true });
  const list = new SendList(arena, driver.base);
  const before = driver.now();
  check(Math.abs(before - Number(process.hrtime.bigint() / 1_000n)) < PATIENCE, "the clock's structure is as expected");

  const target = driver.open({ bind: LOOPBACK, trains: true }, () => {});
  const port = portOf(target);
  const source = driver.open({ to: { ...LOOPBACK, port }, dscp: 46, trains: true }, () => {});
  const payload = arena.reserve(TRAIN * SIZE);
  for (let i = 0; i < TRAIN * SIZE; i++) {
    arena.bytes[payload + i] = (i * 7 + (i >> 8)) & 0xff;
  }
  const sendTrain = (segment: number): boolean => {
    const meters = testMeters();
    list.begin(source, meters);
    if (segment > 0) {
      list.ensure(1, 0);
      list.message(segment, 0, 0);
      list.piece(payload, TRAIN * SIZE);
    } else {
      for (let i = 0; i < TRAIN; i++) {
        list.ensure(2, 0);
        list.message(0, i, 0);
        list.piece(payload + i * SIZE, 16);
        list.piece(payload + i * SIZE + 16, SIZE - 16);
      }
    }
    list.flush();
    return meters.packetsSent.value === TRAIN;
  };
  const arrivesWhole = (): boolean => {
    const rows = new PacketBatch(driver.rows);
    const until = driver.now() + PATIENCE;
    let seen = 0;
    while (seen < TRAIN && driver.now() < until) {
      rows.clear();
      target.receive(rows);
      for (let i = 0; i < rows.count; i++) {
        const at = rows.offset[i] ?? 0;
        const right = payload + (seen + i) * SIZE;
        if (
          rows.length[i] !== SIZE ||
          Buffer.compare(arena.bytes.subarray(at, at + SIZE), arena.bytes.subarray(right, right + SIZE)) !== 0
        ) {
          return false;
        }
      }
      seen += rows.count;
    }
    return seen === TRAIN;
  };

  check(sendTrain(0) && arrivesWhole(), "single datagrams arrive as they were sent");
  const trains = sendTrain(SIZE) && arrivesWhole();
  wakes(driver, source, target, () => check(sendTrain(0), "datagrams leave"));
  return { trainsOut: trains, trainsIn: trains, portSharing: sharesPorts(arena, driver, list) };
};

/** Two sockets of one port: each datagram comes to the one that it names, by its second word where its first one is 0. */
const sharesPorts = (arena: Arena, driver: Driver, list: SendList): boolean => {
  const words = arena.reserve(16);
  const open = (index: number, port: number): LaneSocket =>
    driver.open({ bind: { ...LOOPBACK, port }, trains: false, share: { index, count: 2, by: [8, 12] } }, () => {});
  try {
    const first = open(0, 0);
    const port = portOf(first);
    const sockets = [first, open(1, port)];
    const source = driver.open({ to: { ...LOOPBACK, port }, trains: false }, () => {});
    return NAMED.every(({ bytes, socket }) => {
      arena.bytes.fill(0, words, words + 16).set(bytes, words + 8);
      list.begin(source, testMeters());
      list.ensure(1, 0);
      list.message(0, 0, 0);
      list.piece(words, 16);
      list.flush();
      return comesTo(driver, sockets) === socket;
    });
  } catch {
    return false;
  }
};

/** The last eight bytes of a datagram, and whose it is. */
const NAMED = [
  { bytes: [9, 9, 9, 7], socket: 1 },
  { bytes: [0, 0, 0, 0, 9, 9, 9, 3], socket: 1 },
  { bytes: [9, 9, 9, 6, 0, 0, 0, 1], socket: 0 },
  { bytes: [], socket: 0 },
] as const;

/** Number of the socket that gets the next datagram; -1 when none does. */
const comesTo = (driver: Driver, sockets: readonly LaneSocket[]): number => {
  const rows = new PacketBatch(driver.rows);
  for (const until = driver.now() + PATIENCE; driver.now() < until;) {
    for (const [i, socket] of sockets.entries()) {
      rows.clear();
      socket.receive(rows);
      if (rows.count > 0) {
        return i;
      }
    }
  }
  return -1;
};

const portOf = ({ localAddress }: LaneSocket): number => Number(localAddress.split(":")[1]);

/** The event structure: a readable socket must call its own owner. */
const wakes = (driver: Driver, source: LaneSocket, target: LaneSocket, send: () => void): void => {
  let called = false;
  const port = portOf(target);
  target.close();
  const again = driver.open({ bind: { ...LOOPBACK, port }, trains: true }, () => {
    called = true;
    driver.stop();
  });
  check(again.localAddress === `127.0.0.1:${port}`, "a closed port can be had again");
  send();
  const until = driver.now() + PATIENCE;
  driver.run({
    begin: (now) => (now > until ? driver.stop() : undefined),
    pass: () => {},
    end: () => {},
    onWake: () => {},
    deadline: () => until as ReturnType<typeof driver.now>,
    tick: () => 0,
    moved: () => false,
  });
  check(called, "the events' structure is as expected");
  check(source.localAddress !== "", "addresses are read back");
};

const testMeters = (): Record<keyof SendMeters, Meter> => {
  const values = new Float64Array(5);
  const [packetsSent, bytesSent, packetsRefused, sendBlocked, peerUnreachable] = Array.from(values, (_, i) => new Meter(values, i)) as [
    Meter,
    Meter,
    Meter,
    Meter,
    Meter,
  ];
  return { packetsSent, bytesSent, packetsRefused, sendBlocked, peerUnreachable };
};
