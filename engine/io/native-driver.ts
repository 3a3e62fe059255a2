import type { SplitAddress } from "@bilbycast/foundation/address";
import { check } from "@bilbycast/foundation/check";
import type { PacketBatch } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import type { Arena } from "./arena.ts";
import { DescriptorLedger } from "./descriptor-ledger.ts";
import type { Capabilities, Driver, LanePass } from "./driver.ts";
import { Intake } from "./intake.ts";
import { Errno, SOCKET_BUFFER, type LaneSocket, type UdpOptions } from "./lane-socket.ts";
import type { Libc } from "./libc.ts";
import * as linux from "./linux.ts";
import type { SendList } from "./send-list.ts";
import { readSocketAddress, SOCKADDR_SIZE, writeSocketAddress } from "./socket-address.ts";

/** struct epoll_event is packed on x86-64 and 16 bytes elsewhere. */
const EVENT_SIZE = process.arch === "x64" ? 12 : 16;
const EVENT_DATA = process.arch === "x64" ? 4 : 8;
const EVENTS = 256;

/** Calls of recvmmsg per socket and pass: one flood must not keep the other flows waiting. */
export const ROUNDS = 4;

/** Longest sleep, so that a stop request is never far away. */
const LONGEST_SLEEP = 100_000;

/** UDP over batched system calls. Linux with glibc, x86-64 or arm64. */
export class NativeDriver implements Driver {
  readonly name = "koffi";
  readonly capabilities: Capabilities;
  readonly wake: { fd: number };
  readonly rows: number;
  readonly base: number;
  readonly #arena: Arena;
  readonly #libc: Libc;
  readonly #ledger: DescriptorLedger;
  readonly #intake: Intake;
  readonly #epoll: number;
  /** Scratch memory for addresses, options, times and events. */
  readonly #desk: number;
  readonly #events: number;
  readonly #sockets: (NativeSocket | undefined)[] = [undefined];
  readonly #freeIds: number[] = [];
  #stopped = false;

  constructor(arena: Arena, libc: Libc, base: number, capabilities: Capabilities, ledger = new DescriptorLedger()) {
    this.#arena = arena;
    this.#libc = libc;
    this.#ledger = ledger;
    this.base = base;
    this.capabilities = capabilities;
    this.#desk = arena.reserve(256);
    this.#events = arena.reserve(EVENTS * EVENT_SIZE);
    this.#intake = capabilities.trainsIn ? new Intake(arena, base, libc, 16, 65_536) : new Intake(arena, base, libc, 64, 2_048);
    this.rows = this.#intake.rows;
    this.#epoll = this.#must(libc.epoll_create1(linux.EPOLL_CLOEXEC), "epoll_create1");
    const fd = this.#must(libc.eventfd(0, linux.EFD_CLOEXEC | linux.EFD_NONBLOCK), "eventfd");
    this.wake = { fd };
    this.#ledger.add(this.#epoll);
    this.#ledger.add(fd);
    this.#watch(fd, 0);
    // The default slack of 50 us would be added to each sleep.
    libc.prctl(linux.PR_SET_TIMERSLACK, 1);
  }

  now(): Instant {
    this.#libc.clock_gettime(linux.CLOCK_MONOTONIC, this.base + this.#desk);
    const at = this.#desk / 4;
    const words = this.#arena.words;
    return ((words[at] ?? 0) * 1e6 + Math.floor((words[at + 2] ?? 0) / 1_000)) as Instant;
  }

  open(options: UdpOptions, onReadable: () => void): LaneSocket {
    const family = (options.bind ?? options.to)?.family ?? 4;
    const domain = family === 4 ? linux.AF_INET : linux.AF_INET6;
    const fd = this.#must(this.#libc.socket(domain, linux.SOCK_DGRAM | linux.SOCK_CLOEXEC | linux.SOCK_NONBLOCK, 0), "socket");
    this.#ledger.add(fd);
    try {
      this.#configure(fd, family, options);
      const id = this.#freeIds.pop() ?? this.#sockets.length;
      const socket = new NativeSocket(this, {
        fd,
        localAddress: this.#nameOf(fd),
        connected: options.to !== undefined,
        trains: options.trains && this.capabilities.trainsOut,
        onReadable,
        release: () => {
          this.#sockets[id] = undefined;
          this.#freeIds.push(id);
          this.#close(fd);
        },
      });
      if (options.deaf !== true) {
        // A socket that is watched costs each of its datagrams a call of the watcher, also on the way out.
        this.#watch(fd, id);
      }
      this.#sockets[id] = socket;
      return socket;
    } catch (error) {
      this.#close(fd);
      throw error;
    }
  }

  run(lane: LanePass): void {
    const libc = this.#libc;
    const nap = this.base + this.#desk + 64;
    let lastPass = this.now();
    lane.begin(lastPass);
    while (!this.#stopped) {
      const ended = this.now();
      lane.end(ended);
      const tick = lane.tick();
      if (tick > 0 && lane.moved()) {
        const due = Math.min((Math.floor(lastPass / tick) + 1) * tick, lane.deadline());
        this.#writeTime(this.#desk + 64, due);
        libc.clock_nanosleep(linux.CLOCK_MONOTONIC, linux.TIMER_ABSTIME, nap, 0);
        this.#writeTime(this.#desk + 64, 0);
      } else {
        // The pass took time: what is left is counted from a fresh clock.
        this.#writeTime(this.#desk + 64, Math.max(0, Math.min(lane.deadline() - ended, LONGEST_SLEEP)));
      }
      const ready = libc.epoll_pwait2(this.#epoll, this.base + this.#events, EVENTS, nap, 0);
      lastPass = this.now();
      lane.begin(lastPass);
      for (let i = 0; i < ready; i++) {
        const id = this.#arena.words[(this.#events + i * EVENT_SIZE + EVENT_DATA) / 4] ?? 0;
        if (id === 0) {
          libc.read(this.wake.fd, this.base + this.#desk + 96, 8);
          lane.onWake();
        } else {
          // A call before this one may have closed it.
          this.#sockets[id]?.onReadable();
        }
      }
      lane.pass();
    }
  }

  /** Closes everything; nothing of the driver works afterwards. */
  close(): void {
    for (const socket of this.#sockets) {
      socket?.close();
    }
    this.#close(this.wake.fd);
    this.#close(this.#epoll);
  }

  stop(): void {
    this.#stopped = true;
  }

  receive(fd: number, connected: boolean, batch: PacketBatch): number {
    return this.#intake.receive(fd, connected, batch);
  }

  get receivedBytes(): number {
    return this.#intake.bytes;
  }

  get slots(): number {
    return this.#intake.slots;
  }

  takeOversize(): number {
    const count = this.#intake.oversize;
    this.#intake.oversize = 0;
    return count;
  }

  send(fd: number, messages: number, count: number): number {
    const sent = this.#libc.sendmmsg(fd, messages, count, linux.MSG_DONTWAIT);
    return sent < 0 ? -this.#libc.errno() : sent;
  }

  #close(fd: number): void {
    this.#ledger.remove(fd);
    this.#libc.close(fd);
  }

  #configure(fd: number, family: 4 | 6, options: UdpOptions): void {
    // Forced beyond the system's limit where we may; else as much as it gives.
    for (const [force, ask, size] of [
      [linux.SO_RCVBUFFORCE, linux.SO_RCVBUF, options.deaf === true ? 0 : SOCKET_BUFFER],
      [linux.SO_SNDBUFFORCE, linux.SO_SNDBUF, SOCKET_BUFFER],
    ] as const) {
      if (!this.#option(fd, linux.SOL_SOCKET, force, size)) {
        this.#option(fd, linux.SOL_SOCKET, ask, size);
      }
    }
    if (family === 6) {
      this.#option(fd, linux.SOL_IPV6, linux.IPV6_V6ONLY, 1);
    }
    if (options.dscp !== undefined) {
      const [level, name] = family === 4 ? [linux.SOL_IP, linux.IP_TOS] : [linux.SOL_IPV6, linux.IPV6_TCLASS];
      this.#option(fd, level, name, options.dscp << 2);
    }
    if (options.trains && options.deaf !== true && this.capabilities.trainsIn) {
      this.#option(fd, linux.SOL_UDP, linux.UDP_GRO, 1);
    }
    if (options.bind !== undefined) {
      this.#must(this.#libc.bind(fd, this.base + this.#desk, this.#writeAddress(options.bind)), "bind");
    }
    if (options.to !== undefined) {
      this.#must(this.#libc.connect(fd, this.base + this.#desk, this.#writeAddress(options.to)), "connect");
    }
  }

  #option(fd: number, level: number, name: number, value: number): boolean {
    this.#arena.words[this.#desk / 4] = value;
    return this.#libc.setsockopt(fd, level, name, this.base + this.#desk, 4) === 0;
  }

  #writeAddress(address: SplitAddress): number {
    return writeSocketAddress(this.#arena.bytes, this.#desk, address);
  }

  #nameOf(fd: number): string {
    this.#arena.words[this.#desk / 4 + 16] = SOCKADDR_SIZE;
    this.#must(this.#libc.getsockname(fd, this.base + this.#desk, this.base + this.#desk + 64), "getsockname");
    return readSocketAddress(this.#arena.bytes, this.#desk);
  }

  #watch(fd: number, id: number): void {
    this.#arena.words[this.#desk / 4] = linux.EPOLLIN;
    this.#arena.words[(this.#desk + EVENT_DATA) / 4] = id;
    this.#arena.words[(this.#desk + EVENT_DATA) / 4 + 1] = 0;
    this.#must(this.#libc.epoll_ctl(this.#epoll, linux.EPOLL_CTL_ADD, fd, this.base + this.#desk), "epoll_ctl");
  }

  #writeTime(at: number, microseconds: number): void {
    const words = this.#arena.words;
    const seconds = Math.floor(microseconds / 1e6);
    words[at / 4] = seconds;
    words[at / 4 + 1] = 0;
    words[at / 4 + 2] = (microseconds - seconds * 1e6) * 1_000;
    words[at / 4 + 3] = 0;
  }

  #must(result: number, call: string): number {
    if (result < 0) {
      const errno = this.#libc.errno();
      throw new Errno(errno, `${call}: ${linux.errnoText(errno)}`);
    }
    return result;
  }
}

type NativeSocketBirth = {
  fd: number;
  localAddress: string;
  connected: boolean;
  trains: boolean;
  onReadable: () => void;
  release: () => void;
};

class NativeSocket implements LaneSocket {
  readonly opened = undefined;
  readonly localAddress: string;
  readonly onReadable: () => void;
  trains: boolean;
  readonly #driver: NativeDriver;
  readonly #fd: number;
  readonly #connected: boolean;
  readonly #release: () => void;
  #unreachable = 0;
  #open = true;

  constructor(driver: NativeDriver, birth: NativeSocketBirth) {
    this.#driver = driver;
    this.#fd = birth.fd;
    this.localAddress = birth.localAddress;
    this.#connected = birth.connected;
    this.trains = birth.trains;
    this.onReadable = birth.onReadable;
    this.#release = birth.release;
  }

  receive(batch: PacketBatch): boolean {
    const count = this.#driver.receive(this.#fd, this.#connected, batch);
    if (count === -linux.ECONNREFUSED) {
      // The echo of something sent; reading it has cleared it, and there may be datagrams behind it.
      this.#unreachable++;
      return true;
    }
    return count === this.#driver.slots;
  }

  get receivedBytes(): number {
    return this.#driver.receivedBytes;
  }

  takeUnreachable(): number {
    const count = this.#unreachable;
    this.#unreachable = 0;
    return count;
  }

  takeOversize(): number {
    return this.#driver.takeOversize();
  }

  send(list: SendList, from: number, count: number): number {
    return this.#driver.send(this.#fd, list.messages + from * 64, count);
  }

  close(): void {
    check(this.#open, "a socket is closed once");
    this.#open = false;
    this.#release();
  }
}
