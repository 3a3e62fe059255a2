import type { SplitAddress } from "@bilbycast/foundation/address";
import { check } from "@bilbycast/foundation/check";
import type { PacketBatch } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import type { Arena } from "./arena.ts";
import { DescriptorLedger } from "./descriptor-ledger.ts";
import { lacksOf, type BackendName, type Capabilities, type Lack } from "./backends.ts";
import type { Bell, Driver, LanePass } from "./driver.ts";
import { Intake } from "./intake.ts";
import { scopeNumber } from "./interfaces.ts";
import { Errno, type LaneSocket, type UdpOptions } from "./lane-socket.ts";
import type { Libc } from "./libc.ts";
import * as linux from "./linux.ts";
import { configureSocket, OPTION_SIZE, type OptionCalls } from "./native-options.ts";
import type { SendList } from "./send-list.ts";
import { readSocketAddress, SOCKADDR_SIZE, writeSocketAddress } from "./socket-address.ts";

/** struct epoll_event is packed on x86-64 and 16 bytes elsewhere. */
const EVENT_SIZE = process.arch === "x64" ? 12 : 16;
const EVENT_DATA = process.arch === "x64" ? 4 : 8;
const EVENTS = 256;

/** Where on the desk the instructions of a filter begin: behind the structure that names them. */
const FILTER_AT = 16;

/** Calls of recvmmsg per socket and pass: one flood must not keep the other flows waiting. */
export const ROUNDS = 4;

/** Longest sleep, so that a stop request is never far away. */
const LONGEST_SLEEP = 100_000;

/** UDP over batched system calls. Linux with glibc, x86-64 or arm64. */
export class NativeDriver implements Driver {
  readonly name: BackendName;
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

  constructor(name: BackendName, arena: Arena, libc: Libc, capabilities: Capabilities, ledger = new DescriptorLedger()) {
    const base = libc.address(arena.bytes);
    this.name = name;
    this.#arena = arena;
    this.#libc = libc;
    this.#ledger = ledger;
    this.base = base;
    this.capabilities = capabilities;
    this.#desk = arena.reserve(OPTION_SIZE);
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
      const lacking = [
        ...lacksOf(options, this.capabilities),
        ...configureSocket(this.#optionCalls(fd), family, options, this.capabilities),
      ];
      const id = this.#freeIds.pop() ?? this.#sockets.length;
      const socket = new NativeSocket(this, {
        fd,
        localAddress: this.#nameOf(fd),
        connected: options.to !== undefined,
        lacking,
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

  /** On a descriptor of this lane's own: when the other lane ends, its number may become somebody else's. */
  bell(wake: { fd: number }): Bell {
    const fd = this.#must(this.#libc.dup(wake.fd), "dup");
    this.#ledger.add(fd);
    const { words } = this.#arena;
    const one = this.#desk + 96;
    const ring = (): void => {
      words[one / 4] = 1;
      words[one / 4 + 1] = 0;
      // A full counter means that the lane has been told already.
      this.#libc.write(fd, this.base + one, 8);
    };
    return { ring, close: () => this.#close(fd) };
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

  /** The calls by which a fresh socket becomes what it is to be. */
  #optionCalls(fd: number): OptionCalls {
    const desk = this.base + this.#desk;
    return {
      word: (level, name, value) => {
        this.#arena.words[this.#desk / 4] = value;
        return this.#libc.setsockopt(fd, level, name, desk, 4) === 0;
      },
      bytes: (level, name, value) => {
        this.#arena.bytes.set(value, this.#desk);
        return this.#libc.setsockopt(fd, level, name, desk, value.length) === 0;
      },
      filter: (level, name, program) => {
        // struct sock_fprog: how many instructions, and where they are.
        const { words } = this.#arena;
        const at = this.#desk / 4;
        const instructions = desk + FILTER_AT;
        words[at] = program.length / 2;
        words[at + 2] = instructions % 2 ** 32;
        words[at + 3] = Math.floor(instructions / 2 ** 32);
        words.set(program, at + FILTER_AT / 4);
        return this.#libc.setsockopt(fd, level, name, desk, FILTER_AT) === 0;
      },
      errno: () => this.#libc.errno(),
      bind: (address) => void this.#must(this.#libc.bind(fd, desk, this.#writeAddress(address)), "bind"),
      connect: (address) => void this.#must(this.#libc.connect(fd, desk, this.#writeAddress(address)), "connect"),
    };
  }

  #writeAddress(address: SplitAddress): number {
    return writeSocketAddress(this.#arena.bytes, this.#desk, address, scopeNumber(address.host));
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
  lacking: readonly Lack[];
  trains: boolean;
  onReadable: () => void;
  release: () => void;
};

class NativeSocket implements LaneSocket {
  readonly opened = undefined;
  readonly localAddress: string;
  readonly lacking: readonly Lack[];
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
    this.lacking = birth.lacking;
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
