import koffi from "koffi";

/** The C library as the lane calls it: addresses are plain numbers (they fit 2^53), results are plain numbers, nothing is allocated. */
export type Libc = {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: number, length: number): number;
  connect(fd: number, address: number, length: number): number;
  close(fd: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, length: number): number;
  getsockname(fd: number, address: number, length: number): number;
  recvmmsg(fd: number, messages: number, count: number, flags: number, timeout: number): number;
  sendmmsg(fd: number, messages: number, count: number, flags: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: number): number;
  epoll_pwait2(epoll: number, events: number, count: number, timeout: number, signals: number): number;
  eventfd(initial: number, flags: number): number;
  read(fd: number, target: number, length: number): number;
  write(fd: number, source: number, length: number): number;
  dup(fd: number): number;
  clock_gettime(clock: number, target: number): number;
  clock_nanosleep(clock: number, flags: number, request: number, remaining: number): number;
  prctl(option: number, value: number): number;
  waitpid(pid: number, status: number, options: number): number;
  /** Number of the last error of this thread. */
  errno(): number;
  /** Native address of a view's first byte. */
  address(view: Uint8Array): number;
};

/** Throws when the platform has no such library: then another backend serves. */
export const loadLibc = (): Libc => {
  const library = koffi.load("libc.so.6");
  const call = (prototype: string) => library.func(prototype) as unknown as (...values: number[]) => number;
  return {
    socket: call("int socket(int domain, int type, int protocol)"),
    bind: call("int bind(int fd, uintptr_t address, uint32_t length)"),
    connect: call("int connect(int fd, uintptr_t address, uint32_t length)"),
    close: call("int close(int fd)"),
    setsockopt: call("int setsockopt(int fd, int level, int name, uintptr_t value, uint32_t length)"),
    getsockname: call("int getsockname(int fd, uintptr_t address, uintptr_t length)"),
    recvmmsg: call("int recvmmsg(int fd, uintptr_t messages, uint32_t count, int flags, uintptr_t timeout)"),
    sendmmsg: call("int sendmmsg(int fd, uintptr_t messages, uint32_t count, int flags)"),
    epoll_create1: call("int epoll_create1(int flags)"),
    epoll_ctl: call("int epoll_ctl(int epoll, int operation, int fd, uintptr_t event)"),
    epoll_pwait2: call("int epoll_pwait2(int epoll, uintptr_t events, int count, uintptr_t timeout, uintptr_t signals)"),
    eventfd: call("int eventfd(uint32_t initial, int flags)"),
    read: call("intptr_t read(int fd, uintptr_t target, size_t length)"),
    write: call("intptr_t write(int fd, uintptr_t source, size_t length)"),
    dup: call("int dup(int fd)"),
    clock_gettime: call("int clock_gettime(int clock, uintptr_t target)"),
    clock_nanosleep: call("int clock_nanosleep(int clock, int flags, uintptr_t request, uintptr_t remaining)"),
    prctl: call("int prctl(int option, uintptr_t value)"),
    waitpid: call("int waitpid(int pid, uintptr_t status, int options)"),
    errno: () => koffi.errno(),
    address: (view) => Number(koffi.address(view)),
  };
};
