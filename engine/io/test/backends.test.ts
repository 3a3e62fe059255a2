import assert from "node:assert/strict";
import { Socket } from "node:dgram";
import { readdirSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import koffi from "koffi";
import { splitAddress, type SplitAddress } from "@bilbycast/foundation/address";
import { PacketBatch } from "@bilbycast/foundation/packets";
import { after as later, instant } from "@bilbycast/foundation/time";
import { Meter } from "@bilbycast/engine/telemetry";
import { Arena } from "../arena.ts";
import { BACKENDS, CAPABILITIES, capabilitiesOf, lacksOf, type BackendName, type CapabilityName } from "../backends.ts";
import { chooseBackend } from "../choose-backend.ts";
import { createDriver } from "../create-driver.ts";
import type { Driver, LanePass } from "../driver.ts";
import { loadFfiLibc } from "../ffi-libc.ts";
import type { LaneSocket, UdpOptions } from "../lane-socket.ts";
import { loadLibc, type Libc } from "../libc.ts";
import * as linux from "../linux.ts";
import { NativeDriver } from "../native-driver.ts";
import { SendList } from "../send-list.ts";

type Found = Readonly<Record<string, boolean>>;

const address = (text: string): SplitAddress => splitAddress(text) ?? assert.fail(text);
const NOBODY = address("127.0.0.1:9");
const PATIENCE_MS = 45_000;

/** A backend without a lane around it. */
class Subject {
  readonly arena = new Arena(16 * 2 ** 20);
  readonly driver: Driver;
  /** Calls of the library, by their names. */
  readonly calls = new Map<string, number>();
  /** Nanoseconds beyond whole seconds of the last sleep that was asked for. */
  sleep = 0;
  readonly #list: SendList;

  constructor(backend: BackendName, found: Found) {
    this.driver =
      backend === "dgram"
        ? createDriver(backend, this.arena, found)
        : new NativeDriver(
            backend,
            this.arena,
            this.#counting(backend === "koffi" ? loadLibc() : loadFfiLibc()),
            capabilitiesOf(backend, found),
          );
    this.#list = new SendList(this.arena, this.driver.base);
  }

  async open(options: UdpOptions, onReadable: () => void = () => {}): Promise<LaneSocket> {
    const socket = this.driver.open(options, onReadable);
    await socket.opened;
    return socket;
  }

  /** To a receiver that is there, so that no answer of its machine comes between. */
  async openToSomebody(trains: boolean): Promise<LaneSocket> {
    const receiver = await this.open({ bind: address("127.0.0.1:0"), trains });
    return this.open({ to: address(receiver.localAddress), trains });
  }

  /** So many datagrams of 100 bytes, or one train of them. Returns how many left. */
  send(socket: LaneSocket, count: number, train = false): number {
    const at = this.arena.reserve(count * 100);
    const values = new Float64Array(5);
    const meter = (i: number): Meter => new Meter(values, i);
    this.#list.begin(socket, {
      packetsSent: meter(0),
      bytesSent: meter(1),
      packetsRefused: meter(2),
      sendBlocked: meter(3),
      peerUnreachable: meter(4),
    });
    for (let i = 0; i < (train ? 1 : count); i++) {
      this.#list.ensure(1, 0);
      this.#list.message(train ? 100 : 0, i, 0);
      this.#list.piece(at + i * 100, train ? count * 100 : 100);
    }
    this.#list.flush();
    this.arena.release(at);
    return values[0] ?? 0;
  }

  /** One pass with a deadline that is no whole number of milliseconds away, and far enough for a loaded machine to be asleep before it. */
  async nap(): Promise<void> {
    const due = later(this.driver.now(), 90_300);
    const done = Promise.withResolvers<void>();
    const pass: LanePass = {
      begin: () => {},
      pass: () => {
        this.driver.stop();
        done.resolve();
      },
      end: () => {},
      onWake: () => {},
      deadline: () => due,
      tick: () => 0,
      moved: () => false,
    };
    const { setTimeout } = globalThis;
    globalThis.setTimeout = ((run: () => void, ms: number) => {
      this.sleep = ms * 1e6;
      return setTimeout(run, ms);
    }) as typeof setTimeout;
    this.driver.run(pass);
    globalThis.setTimeout = setTimeout;
    await done.promise;
    assert.ok(this.sleep > 0, "it slept");
  }

  #counting(libc: Libc): Libc {
    const base = libc.address(this.arena.bytes);
    return {
      ...libc,
      sendmmsg: (...values) => {
        this.calls.set("sendmmsg", (this.calls.get("sendmmsg") ?? 0) + 1);
        return libc.sendmmsg(...values);
      },
      epoll_pwait2: (epoll, events, count, timeout, signals) => {
        this.sleep = this.arena.words[(timeout - base) / 4 + 2] ?? 0;
        return libc.epoll_pwait2(epoll, events, count, timeout, signals);
      },
    };
  }
}

const sockets = (): string[] =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:");
    } catch {
      return false;
    }
  });

const getsockopt = koffi
  .load("libc.so.6")
  .func("int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)");

/** What the system says of an option of a fresh socket. */
const optionOf = async (subject: Subject, options: UdpOptions, level: number, name: number): Promise<Buffer> => {
  const before = new Set(sockets());
  const socket = await subject.open(options);
  const fd = sockets().find((one) => !before.has(one));
  const value = Buffer.alloc(32);
  const length = [32];
  assert.equal(getsockopt(Number(fd), level, name, value, length), 0);
  socket.close();
  return value.subarray(0, length[0]);
};

/** How many of the receivers got what was sent to the group; the last one hears everybody, so its turn is the end. */
const hearing = async (subject: Subject, sources: readonly (string | undefined)[]): Promise<number[]> => {
  const counts = sources.map(() => 0);
  const rows = new PacketBatch(subject.driver.rows);
  const open: LaneSocket[] = [];
  const take = (i: number): void => {
    rows.clear();
    open[i]?.receive(rows);
    counts[i] = (counts[i] ?? 0) + rows.count;
  };
  const group = address("239.255.77.7:0");
  for (const [i, source] of sources.entries()) {
    const from = source === undefined ? {} : { source };
    open.push(await subject.open({ bind: group, interface: "127.0.0.1", trains: false, ...from }, () => take(i)));
    group.port = address(open[0]?.localAddress ?? "").port;
  }
  const sender = await subject.open({ to: group, bind: address("127.0.0.1:0"), interface: "127.0.0.1", trains: false });
  const idle: LanePass = {
    begin: () => {},
    pass: () => {},
    end: () => {},
    onWake: () => {},
    deadline: () => instant(Infinity),
    tick: () => 0,
    moved: () => false,
  };
  if (subject.driver.name === "dgram") {
    subject.driver.run(idle);
  }
  subject.send(sender, 1);
  for (const end = Date.now() + PATIENCE_MS; counts.at(-1) === 0 && Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (subject.driver.name !== "dgram") {
      open.forEach((_, i) => take(i));
    }
  }
  return counts;
};

/** What each capability comes to when it is tried. */
const TRIALS: Readonly<Record<CapabilityName, (subject: Subject) => Promise<boolean>>> = {
  batches: async (subject) => {
    const socket = await subject.openToSomebody(false);
    const send = Reflect.get(Socket.prototype, "send") as (...values: unknown[]) => void;
    let single = 0;
    Socket.prototype.send = function (this: Socket, ...values: never[]) {
      single++;
      Reflect.apply(send, this, values);
    };
    assert.equal(subject.send(socket, 3), 3);
    Socket.prototype.send = send;
    return (subject.calls.get("sendmmsg") ?? 0) + single === 1;
  },
  trainsOut: async (subject) => {
    const socket = await subject.openToSomebody(true);
    return socket.trains && subject.send(socket, 3, true) === 3 && socket.trains;
  },
  trainsIn: async (subject) => {
    const option = await optionOf(subject, { bind: address("127.0.0.1:0"), trains: true }, linux.SOL_UDP, linux.UDP_GRO);
    return option.readInt32LE() === 1;
  },
  microsecondTimers: async (subject) => {
    await subject.nap();
    return subject.sleep % 1e6 !== 0;
  },
  dscp: async (subject) => {
    const option = await optionOf(subject, { to: NOBODY, dscp: 46, trains: false }, linux.SOL_IP, linux.IP_TOS);
    return option.readInt32LE() === 46 << 2;
  },
  multicast: async (subject) => (await hearing(subject, [undefined]))[0] === 1,
  sourceSpecificMulticast: async (subject) => {
    const [right, wrong, all] = await hearing(subject, ["127.0.0.1", "127.0.0.9", undefined]);
    return right === 1 && wrong === 0 && all === 1;
  },
  deviceBinding: async (subject) => {
    const device = { name: "lo", strict: false };
    const option = await optionOf(subject, { to: NOBODY, device, trains: false }, linux.SOL_SOCKET, linux.SO_BINDTODEVICE);
    return option.toString().startsWith("lo");
  },
  portSharing: async (subject) => {
    const share = (index: number) => ({ index, count: 2, by: [12] });
    try {
      const first = await subject.open({ bind: address("127.0.0.1:0"), trains: false, share: share(0) });
      await subject.open({ bind: address(first.localAddress), trains: false, share: share(1) });
      return true;
    } catch {
      return false;
    }
  },
};

for (const backend of Object.keys(BACKENDS) as BackendName[]) {
  const found = await chooseBackend(backend).then(
    ({ capabilities }) => capabilities,
    () => undefined,
  );
  const skip = found === undefined ? "the backend does not serve here" : false;

  for (const [name, trial] of Object.entries(TRIALS) as [CapabilityName, (subject: Subject) => Promise<boolean>][]) {
    const claimed = capabilitiesOf(backend, found ?? {})[name];

    test(`${backend}: ${CAPABILITIES[name].help} ${claimed ? "It does." : "It does not."}`, { skip }, async (t) => {
      const subject = new Subject(backend, found ?? {});
      t.after(() => subject.driver.close());
      assert.equal(await trial(subject), claimed);
    });
  }

  test(`a socket of ${backend} says what it was asked for and lacks, each with the field that asked`, { skip }, async (t) => {
    const subject = new Subject(backend, found ?? {});
    t.after(() => subject.driver.close());
    const socket = await subject.open({ to: NOBODY, dscp: 46, device: { name: "lo", strict: false }, lanes: 2, trains: true });
    const lacks = [
      { capability: "dscp", field: "dscp" },
      { capability: "deviceBinding", field: "interface_binding" },
      { capability: "portSharing", field: "lanes" },
    ];
    assert.deepEqual(socket.lacking, backend === "dgram" ? lacks : []);
  });
}

test("what nobody asks for is not lacked", () => {
  assert.deepEqual(lacksOf({ to: NOBODY, dscp: 0, trains: true }, capabilitiesOf("dgram", {})), []);
});
