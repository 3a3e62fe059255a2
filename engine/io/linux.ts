/** Numbers of the Linux system-call interface that are the same on every machine that we run on (x86-64, arm64). */

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM = 2;
export const SOCK_CLOEXEC = 0o2000000;
export const SOCK_NONBLOCK = 0o4000;

export const SOL_IP = 0;
export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_MULTICAST_IF = 32;
export const IP_MULTICAST_TTL = 33;
export const IP_ADD_MEMBERSHIP = 35;
export const IP_ADD_SOURCE_MEMBERSHIP = 39;
export const IP_MULTICAST_ALL = 49;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_REUSEPORT = 15;
export const SO_BINDTODEVICE = 25;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_ATTACH_REUSEPORT_CBPF = 51;
export const SOL_UDP = 17;
export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;
export const SOL_IPV6 = 41;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_MULTICAST_IF = 17;
export const IPV6_MULTICAST_HOPS = 18;
export const IPV6_ADD_MEMBERSHIP = 20;
export const IPV6_V6ONLY = 26;
export const IPV6_MULTICAST_ALL = 29;
export const MCAST_JOIN_SOURCE_GROUP = 46;
export const IPV6_TCLASS = 67;

export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;

export const EPOLL_CTL_ADD = 1;
export const EPOLLIN = 1;
export const EPOLL_CLOEXEC = 0o2000000;
export const EFD_CLOEXEC = 0o2000000;
export const EFD_NONBLOCK = 0o4000;

export const CLOCK_MONOTONIC = 1;
export const TIMER_ABSTIME = 1;
export const PR_SET_TIMERSLACK = 29;

export const EPERM = 1;
export const EINTR = 4;
export const EAGAIN = 11;
export const EACCES = 13;
export const ENODEV = 19;
export const EINVAL = 22;
export const EMSGSIZE = 90;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;
export const EOPNOTSUPP = 95;
export const ENOBUFS = 105;
export const ECONNREFUSED = 111;

/** What a person is told about an error number that a socket call left. */
export const errnoText = (errno: number): string => ERRNO_TEXT.get(errno) ?? `system error ${errno}`;

const ERRNO_TEXT = new Map([
  [EPERM, "not permitted (EPERM)"],
  [EACCES, "permission denied (EACCES): ports below 1024 need a privilege"],
  [EINVAL, "invalid argument (EINVAL)"],
  [ENODEV, "this machine has no such interface (ENODEV)"],
  [EOPNOTSUPP, "the backend in use cannot do it (EOPNOTSUPP)"],
  [EADDRINUSE, "another program holds the address and port (EADDRINUSE)"],
  [EADDRNOTAVAIL, "the address is not one of this machine's (EADDRNOTAVAIL)"],
  [97, "this machine has no such address family (EAFNOSUPPORT)"],
  [100, "the network is down (ENETDOWN)"],
  [101, "there is no route to the network (ENETUNREACH)"],
  [113, "there is no route to the host (EHOSTUNREACH)"],
  [24, "too many open files (EMFILE)"],
]);
