import { createSocket, type Socket } from "node:dgram";
import { isMulticast } from "@bilbycast/foundation/address";
import type { PacketBatch } from "@bilbycast/foundation/packets";
import type { Instant } from "@bilbycast/foundation/time";
import type { Arena } from "./arena.ts";
import { capabilitiesOf, lacksOf, type Lack } from "./backends.ts";
import type { Driver, LanePass } from "./driver.ts";
import { Errno, SOCKET_BUFFER, type LaneSocket, type UdpOptions } from "./lane-socket.ts";
import { interfaceWord, scopeNumber } from "./interfaces.ts";
import { EAGAIN, EMSGSIZE, ENODEV, EOPNOTSUPP, errnoText } from "./linux.ts";
import type { SendList } from "./send-list.ts";
import { monotonicNow } from "./clocks.ts";
import { readSocketAddress, writeSocketAddress } from "./socket-address.ts";

const SLOTS = 256;
const SLOT_SIZE = 2_048;
const NAME_SIZE = 32;

/** Bytes of the longest UDP datagram over IPv4. */
const LONGEST = 65_507;

/** Bytes that may wait in the runtime for a socket before it counts as full. */
const SEND_QUEUE = 2 * 2 ** 20;

/** UDP on the runtime's own sockets and event loop: any system, no native library, some five times the CPU. */
export class DgramDriver implements Driver {
  readonly name = "dgram";
  readonly capabilities = capabilitiesOf("dgram", {});
  readonly wake = undefined;
  readonly rows = SLOTS;
  readonly base = 0;
  readonly slots: DatagramSlots;
  readonly #sockets = new Set<DgramSocket>();
  #lane: LanePass | undefined;
  #timer: NodeJS.Timeout | undefined;
  #queued = false;
  #stopped = false;

  constructor(arena: Arena) {
    this.slots = new DatagramSlots(arena);
  }

  now(): Instant {
    return monotonicNow();
  }

  open(options: UdpOptions, onReadable: () => void): LaneSocket {
    const socket = new DgramSocket(this, options, onReadable);
    this.#sockets.add(socket);
    return socket;
  }

  /** Returns at once: passes are run by the event loop. */
  run(lane: LanePass): void {
    this.#lane = lane;
    this.#sleep();
  }

  nudge(): void {
    this.#sleep();
  }

  /** Asks for a pass after the events that are being handled. */
  soon(): void {
    if (!this.#queued && !this.#stopped) {
      this.#queued = true;
      setImmediate(() => this.passNow());
    }
  }

  passNow(): void {
    this.#queued = false;
    if (this.#stopped || this.#lane === undefined) {
      return;
    }
    this.#lane.begin(this.now());
    for (const socket of this.#sockets) {
      socket.offer();
    }
    this.slots.clear();
    this.#lane.pass();
    this.#lane.end(this.now());
    this.#sleep();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.close();
  }

  close(): void {
    for (const socket of this.#sockets) {
      socket.close();
    }
  }

  forget(socket: DgramSocket): void {
    this.#sockets.delete(socket);
  }

  #sleep(): void {
    clearTimeout(this.#timer);
    const due = this.#lane?.deadline() ?? Infinity;
    if (due !== Infinity && !this.#stopped) {
      this.#timer = setTimeout(() => this.passNow(), Math.max(0, Math.ceil((due - this.now()) / 1_000)));
    }
  }
}

/** Where datagrams lie from their arrival to the next pass. */
class DatagramSlots {
  readonly arena: Arena;
  readonly #first: number;
  readonly #names: number;
  #used = 0;

  constructor(arena: Arena) {
    this.arena = arena;
    this.#first = arena.reserve(SLOTS * SLOT_SIZE);
    this.#names = arena.reserve(SLOTS * NAME_SIZE);
  }

  get full(): boolean {
    return this.#used === SLOTS;
  }

  nameOf(slot: number): number {
    return this.#names + slot * NAME_SIZE;
  }

  offsetOf(slot: number): number {
    return this.#first + slot * SLOT_SIZE;
  }

  /** A slot that holds the datagram, or -1 when it is too long for one. */
  keep(datagram: Uint8Array): number {
    if (datagram.length > SLOT_SIZE) {
      return -1;
    }
    this.arena.bytes.set(datagram, this.offsetOf(this.#used));
    this.#used++;
    return this.#used - 1;
  }

  clear(): void {
    this.#used = 0;
  }
}

class DgramSocket implements LaneSocket {
  readonly opened: Promise<void>;
  localAddress = "";
  readonly lacking: readonly Lack[];
  trains = false;
  receivedBytes = 0;
  readonly #driver: DgramDriver;
  readonly #socket: Socket;
  readonly #onReadable: () => void;
  readonly #slots = new Int32Array(SLOTS);
  readonly #lengths = new Int32Array(SLOTS);
  readonly #connected: boolean;
  #waiting = 0;
  #oversize = 0;
  #lastError = 0;
  #open = true;

  constructor(driver: DgramDriver, options: UdpOptions, onReadable: () => void) {
    this.#driver = driver;
    this.lacking = lacksOf(options, driver.capabilities);
    this.#onReadable = onReadable;
    this.#connected = options.to !== undefined;
    const family = (options.bind ?? options.to)?.family ?? 4;
    const reuseAddr = options.bind !== undefined && isMulticast(options.bind.host);
    this.#socket = createSocket({ type: family === 4 ? "udp4" : "udp6", ipv6Only: family === 6, reuseAddr });
    if (options.deaf !== true) {
      this.#socket.on("message", (datagram, from) => this.#take(datagram, from.address, from.port));
    }
    this.opened = this.#bind(options);
    // Who asked for the socket hears of a refusal through the promise; nobody else has to.
    this.opened.catch(() => {});
  }

  /** Called in a pass: has the owner take what waits. */
  offer(): void {
    if ((this.#waiting > 0 || this.#oversize > 0) && this.#open) {
      this.#onReadable();
      this.#waiting = 0;
    }
  }

  receive(batch: PacketBatch): boolean {
    this.receivedBytes = 0;
    for (let i = 0; i < this.#waiting; i++) {
      const slot = this.#slots[i] ?? 0;
      batch.push(this.#driver.slots.offsetOf(slot), this.#lengths[i] ?? 0, this.#connected ? 0 : this.#driver.slots.nameOf(slot));
      this.receivedBytes += this.#lengths[i] ?? 0;
    }
    this.#waiting = 0;
    return false;
  }

  /** The runtime reports them as errors of the next send, where they are counted. */
  takeUnreachable(): number {
    return 0;
  }

  takeOversize(): number {
    const count = this.#oversize;
    this.#oversize = 0;
    return count;
  }

  send(list: SendList, from: number, count: number): number {
    for (let i = from; i < from + count; i++) {
      if (this.#lastError !== 0) {
        const error = this.#lastError;
        this.#lastError = 0;
        return i > from ? i - from : -error;
      }
      if (this.#socket.getSendQueueSize() > SEND_QUEUE) {
        return i > from ? i - from : -EAGAIN;
      }
      // The runtime may keep the bytes until the system takes them, and by then the bus has moved on: it gets its own.
      const own = list.gather(i);
      if (own.length > LONGEST) {
        return i > from ? i - from : -EMSGSIZE;
      }
      const peer = list.peerOf(i);
      if (peer === 0) {
        this.#socket.send(own, this.#settle);
      } else {
        const [, host = "", port = "0"] = /^\[?(.*?)\]?:(\d+)$/.exec(readSocketAddress(list.arena.bytes, peer)) ?? [];
        this.#socket.send(own, Number(port), host, this.#settle);
      }
    }
    return count;
  }

  close(): void {
    if (this.#open) {
      this.#open = false;
      this.#driver.forget(this);
      this.#socket.removeAllListeners("message");
      this.#socket.on("error", () => {});
      // Before it is bound it cannot be closed; the refusal of the bind closes it by itself.
      this.opened.then(
        () => this.#socket.close(),
        () => {},
      );
    }
  }

  readonly #settle = (error: Error | null): void => {
    if (error !== null) {
      this.#lastError = Math.abs((error as NodeJS.ErrnoException).errno ?? 0);
    }
  };

  async #bind(options: UdpOptions): Promise<void> {
    const socket = this.#socket;
    if (options.device?.strict === true) {
      socket.close();
      throw new Errno(EOPNOTSUPP, `binding to ${options.device.name}: ${errnoText(EOPNOTSUPP)}`);
    }
    await new Promise<void>((resolve, reject) => {
      socket.once("error", (error: NodeJS.ErrnoException) => {
        socket.close();
        const errno = Math.abs(error.errno ?? 0);
        reject(new Errno(errno, `bind: ${errnoText(errno)}`));
      });
      socket.bind(
        { port: options.bind?.port ?? 0, ...(options.bind === undefined ? {} : { address: options.bind.host }), exclusive: true },
        resolve,
      );
    });
    try {
      this.#reachGroups(options);
    } catch (error) {
      socket.removeAllListeners("error").on("error", () => {});
      socket.close();
      const errno = errnoOf(error);
      throw new Errno(errno, `multicast: ${errnoText(errno)}`);
    }
    const { to } = options;
    if (to !== undefined) {
      await new Promise<void>((resolve, reject) => {
        const settle = (error?: NodeJS.ErrnoException | null): void => {
          if (error === undefined || error === null) {
            resolve();
            return;
          }
          socket.close();
          const errno = Math.abs(error.errno ?? 0);
          reject(new Errno(errno, `connect: ${errnoText(errno)}`));
        };
        socket.connect(to.port, to.host, settle);
      });
    }
    socket.removeAllListeners("error");
    // An unreachable peer answers on a connected socket; the next send counts it.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#lastError = Math.abs(error.errno ?? 0);
    });
    try {
      socket.setRecvBufferSize(SOCKET_BUFFER);
      socket.setSendBufferSize(SOCKET_BUFFER);
    } catch {
      // The system's own size serves, with less room for a lane that is elsewhere.
    }
    const { address, port, family } = socket.address();
    this.localAddress = family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** Joins the group that it is bound to, and sets how far and where what it sends goes. */
  #reachGroups({ bind, to, interface: address, source, ttl }: UdpOptions): void {
    const socket = this.#socket;
    const word = address === undefined ? undefined : interfaceWord(address);
    if (bind !== undefined && isMulticast(bind.host)) {
      if (source === undefined) {
        socket.addMembership(bind.host, word);
      } else {
        socket.addSourceSpecificMembership(source, bind.host, word);
      }
    }
    if (to !== undefined && isMulticast(to.host)) {
      if (ttl !== undefined) {
        socket.setMulticastTTL(ttl);
      }
      if (word !== undefined) {
        socket.setMulticastInterface(word);
      }
    } else if (ttl !== undefined) {
      socket.setTTL(ttl);
    }
  }

  #take(datagram: Uint8Array, host: string, port: number): void {
    if (this.#driver.slots.full) {
      this.#driver.passNow();
    }
    const slot = this.#driver.slots.keep(datagram);
    if (slot < 0) {
      this.#oversize++;
      this.#driver.soon();
      return;
    }
    const { bytes } = this.#driver.slots.arena;
    const scope = host.includes("%") ? scopeNumber(host) : 0;
    writeSocketAddress(bytes, this.#driver.slots.nameOf(slot), { host, port, family: host.includes(":") ? 6 : 4 }, scope);
    this.#slots[this.#waiting] = slot;
    this.#lengths[this.#waiting] = datagram.length;
    this.#waiting++;
    this.#driver.soon();
  }
}

/** The runtime gives the number of most errors; an address that is no interface's it only names. */
const errnoOf = (error: unknown): number => Math.abs((error as NodeJS.ErrnoException).errno ?? ENODEV);
