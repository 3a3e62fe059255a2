// The baseline: what a lane does, in C. Each ready input is read with recvmmsg into slots that all inputs share, and
// every output of its flow sends the same bytes from there with sendmmsg on its own connected socket.
// forward --in PORT --out PORT --flows M --outputs N [--trains] [--tick MICROSECONDS]
// Flow f listens on in + f; its output o sends to out + f * N + o.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum { SLOTS = 64, SLOT_BYTES = 2048, TRAIN_SLOTS = 16, TRAIN_SLOT_BYTES = 65536, ROUNDS = 4, SEGMENTS = 48, TRAIN_MAX = 63488, CONTROL = 64 };

static int trains, outputs;
static char *slots;
static struct mmsghdr in[SLOTS], out[SLOTS * 64];
static struct iovec in_vec[SLOTS], out_vec[SLOTS * 64];
static char in_control[SLOTS][CONTROL] __attribute__((aligned(8)));
static char out_control[SLOTS * 64][CMSG_SPACE(2)] __attribute__((aligned(8)));

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int udp(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), size = 8 << 20;
  if (fd < 0) die("socket");
  // FORCE goes past the system's limit where we may; the plain option is what is left otherwise.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size)) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size)) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return fd;
}

static struct sockaddr_in local(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return address;
}

static int segment_of(struct msghdr *message, int length) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
    if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) return *(int *)CMSG_DATA(c);
  return length;
}

static int receive(int fd) {
  int count = trains ? TRAIN_SLOTS : SLOTS, size = trains ? TRAIN_SLOT_BYTES : SLOT_BYTES;
  for (int i = 0; i < count; i++) {
    in_vec[i] = (struct iovec){slots + (size_t)i * size, size};
    // The kernel writes the control length on every receive.
    in[i].msg_hdr = (struct msghdr){.msg_iov = &in_vec[i], .msg_iovlen = 1, .msg_control = trains ? in_control[i] : NULL, .msg_controllen = trains ? CONTROL : 0};
  }
  return recvmmsg(fd, in, count, MSG_DONTWAIT, NULL);
}

// A message that the kernel cuts into datagrams of the segment size, or one datagram when it is not longer.
static void message(int at, struct iovec *vec, int pieces, int total, int segment) {
  struct msghdr *header = &out[at].msg_hdr;
  *header = (struct msghdr){.msg_iov = vec, .msg_iovlen = pieces};
  if (total <= segment) return;
  header->msg_control = out_control[at];
  header->msg_controllen = CMSG_SPACE(2);
  struct cmsghdr *c = CMSG_FIRSTHDR(header);
  c->cmsg_level = SOL_UDP;
  c->cmsg_type = UDP_SEGMENT;
  c->cmsg_len = CMSG_LEN(2);
  *(unsigned short *)CMSG_DATA(c) = segment;
}

static int gather_single(int received) {
  for (int i = 0; i < received; i++) {
    out_vec[i] = (struct iovec){in_vec[i].iov_base, in[i].msg_len};
    message(i, &out_vec[i], 1, in[i].msg_len, in[i].msg_len);
  }
  return received;
}

// Neighbours of equal size travel together; a shorter one may only be the last.
static int gather_trains(int received) {
  int messages = 0, pieces = 0, first = 0, total = 0, segment = 0, whole = 0;
  for (int i = 0; i < received; i++) {
    char *bytes = in_vec[i].iov_base;
    int left = in[i].msg_len, size = segment_of(&in[i].msg_hdr, left);
    while (left > 0) {
      int room = whole && size == segment ? (SEGMENTS - total / segment) * segment : 0;
      if (room > TRAIN_MAX - total) room = (TRAIN_MAX - total) / size * size;
      if (room <= 0) {
        if (pieces > first) message(messages++, &out_vec[first], pieces - first, total, segment);
        first = pieces, total = 0, segment = size;
        room = SEGMENTS * size < TRAIN_MAX ? SEGMENTS * size : TRAIN_MAX / size * size;
      }
      int take = left < room ? left : room;
      out_vec[pieces++] = (struct iovec){bytes, take};
      total += take, bytes += take, left -= take;
      whole = total % segment == 0;
    }
  }
  if (pieces > first) message(messages++, &out_vec[first], pieces - first, total, segment);
  return messages;
}

static void send_all(int fd, int count) {
  for (int sent = 0; sent < count;) {
    int done = sendmmsg(fd, out + sent, count - sent, MSG_DONTWAIT);
    if (done > 0) sent += done;
    // The echo of an earlier datagram to a port where nobody listens: this one was not sent yet.
    else if (errno == ECONNREFUSED || errno == EINTR) continue;
    else if (errno == EAGAIN || errno == ENOBUFS) return;
    else sent++;
  }
}

static int option(int argc, char **argv, const char *name, int fallback) {
  for (int i = 1; i + 1 < argc; i++)
    if (!strcmp(argv[i], name)) return atoi(argv[i + 1]);
  return fallback;
}

static void sleep_to_tick(long tick_ns) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long next = ((long long)now.tv_sec * 1000000000 + now.tv_nsec) / tick_ns * tick_ns + tick_ns;
  struct timespec at = {next / 1000000000, next % 1000000000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

int main(int argc, char **argv) {
  int flows = option(argc, argv, "--flows", 1), from = option(argc, argv, "--in", 0), to = option(argc, argv, "--out", 0);
  long tick = option(argc, argv, "--tick", 0) * 1000L;
  outputs = option(argc, argv, "--outputs", 1);
  for (int i = 1; i < argc; i++) trains |= !strcmp(argv[i], "--trains");
  slots = aligned_alloc(4096, TRAIN_SLOTS * TRAIN_SLOT_BYTES);
  int *sources = calloc(flows, sizeof(int)), *targets = calloc((size_t)flows * outputs, sizeof(int)), poll = epoll_create1(0), one = 1;
  if (!slots || !sources || !targets || poll < 0) die("start");
  for (int f = 0; f < flows; f++) {
    struct sockaddr_in address = local(from + f);
    if (bind(sources[f] = udp(), (struct sockaddr *)&address, sizeof address)) die("bind");
    if (trains && setsockopt(sources[f], SOL_UDP, UDP_GRO, &one, sizeof one)) die("UDP_GRO");
    struct epoll_event event = {EPOLLIN, {.u32 = f}};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, sources[f], &event)) die("epoll_ctl");
    for (int o = 0; o < outputs; o++) {
      struct sockaddr_in target = local(to + f * outputs + o);
      if (connect(targets[f * outputs + o] = udp(), (struct sockaddr *)&target, sizeof target)) die("connect");
    }
  }
  puts("ready");
  fflush(stdout);
  struct epoll_event ready[64];
  for (;;) {
    int count = epoll_wait(poll, ready, 64, 100), moved = 0;
    for (int r = 0; r < count; r++) {
      int flow = ready[r].data.u32, full = trains ? TRAIN_SLOTS : SLOTS;
      for (int round = 0, received = full; round < ROUNDS && received == full; round++) {
        received = receive(sources[flow]);
        if (received <= 0) break;
        moved = 1;
        int messages = trains ? gather_trains(received) : gather_single(received);
        for (int o = 0; o < outputs; o++) send_all(targets[flow * outputs + o], messages);
      }
    }
    if (tick && moved) sleep_to_tick(tick);
  }
}
