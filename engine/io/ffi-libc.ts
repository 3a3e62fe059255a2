import { FfiAddresses } from "./ffi-addresses.ts";
import type { Libc } from "./libc.ts";
import { loadFfi } from "./load-ffi.ts";

/** Throws when this runtime has no `node:ffi`, or the platform no such library: then another backend serves. */
export const loadFfiLibc = (): Libc => {
  const ffi = loadFfi();
  const { lib, functions: c } = ffi.dlopen("libc.so.6", SIGNATURES);
  const addresses = new FfiAddresses();
  // The place is this thread's own and stays where it is; it is looked at right after the call.
  const errnoAt = lib.getFunction("__errno_location", { return: "uint64", arguments: [] })();
  return {
    socket: c.socket,
    bind: (fd, address, length) => c.bind(fd, addresses.of(address), length),
    connect: (fd, address, length) => c.connect(fd, addresses.of(address), length),
    close: c.close,
    setsockopt: (fd, level, name, value, length) => c.setsockopt(fd, level, name, addresses.of(value), length),
    getsockname: (fd, address, length) => c.getsockname(fd, addresses.of(address), addresses.of(length)),
    recvmmsg: (fd, messages, count, flags, timeout) => c.recvmmsg(fd, addresses.of(messages), count, flags, addresses.of(timeout)),
    sendmmsg: (fd, messages, count, flags) => c.sendmmsg(fd, addresses.of(messages), count, flags),
    epoll_create1: c.epoll_create1,
    epoll_ctl: (epoll, operation, fd, event) => c.epoll_ctl(epoll, operation, fd, addresses.of(event)),
    epoll_pwait2: (epoll, events, count, timeout, signals) =>
      c.epoll_pwait2(epoll, addresses.of(events), count, addresses.of(timeout), addresses.of(signals)),
    eventfd: c.eventfd,
    read: (fd, target, length) => c.read(fd, addresses.of(target), addresses.of(length)),
    write: (fd, source, length) => c.write(fd, addresses.of(source), addresses.of(length)),
    dup: c.dup,
    clock_gettime: (clock, target) => c.clock_gettime(clock, addresses.of(target)),
    clock_nanosleep: (clock, flags, request, remaining) => c.clock_nanosleep(clock, flags, addresses.of(request), addresses.of(remaining)),
    prctl: (option, value) => c.prctl(option, addresses.of(value)),
    waitpid: (pid, status, options) => c.waitpid(pid, addresses.of(status), options),
    errno: () => ffi.getInt32(errnoAt),
    address: (view) => Number(ffi.getRawPointer(view)),
  };
};

/** Addresses and sizes are 64 bits wide. `read` and `write` are asked for 8 bytes, so the lower half of their answer is all of it. */
const SIGNATURES = {
  socket: { return: "int32", arguments: ["int32", "int32", "int32"] },
  bind: { return: "int32", arguments: ["int32", "uint64", "uint32"] },
  connect: { return: "int32", arguments: ["int32", "uint64", "uint32"] },
  close: { return: "int32", arguments: ["int32"] },
  setsockopt: { return: "int32", arguments: ["int32", "int32", "int32", "uint64", "uint32"] },
  getsockname: { return: "int32", arguments: ["int32", "uint64", "uint64"] },
  recvmmsg: { return: "int32", arguments: ["int32", "uint64", "uint32", "int32", "uint64"] },
  sendmmsg: { return: "int32", arguments: ["int32", "uint64", "uint32", "int32"] },
  epoll_create1: { return: "int32", arguments: ["int32"] },
  epoll_ctl: { return: "int32", arguments: ["int32", "int32", "int32", "uint64"] },
  epoll_pwait2: { return: "int32", arguments: ["int32", "uint64", "int32", "uint64", "uint64"] },
  eventfd: { return: "int32", arguments: ["uint32", "int32"] },
  read: { return: "int32", arguments: ["int32", "uint64", "uint64"] },
  write: { return: "int32", arguments: ["int32", "uint64", "uint64"] },
  dup: { return: "int32", arguments: ["int32"] },
  clock_gettime: { return: "int32", arguments: ["int32", "uint64"] },
  clock_nanosleep: { return: "int32", arguments: ["int32", "int32", "uint64", "uint64"] },
  prctl: { return: "int32", arguments: ["int32", "uint64"] },
  waitpid: { return: "int32", arguments: ["int32", "uint64", "int32"] },
} as const;
