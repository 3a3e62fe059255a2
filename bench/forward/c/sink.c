// The far end: takes numbered datagrams on a row of ports, counts them and measures how long they were on the way.
// sink --ports PORT --count N
// Each line on stdin ends a window: it prints one JSON object for it and begins the next.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum { SLOTS = 32, SLOT = 65536, CONTROL = 64, HEAD = 32, BUCKETS = 64 * 32, RECENT = 4096 };

static struct mmsghdr messages[SLOTS];
static struct iovec vec[SLOTS];
static char slots[SLOTS][SLOT], control[SLOTS][CONTROL] __attribute__((aligned(8)));
static uint64_t *expected, received, lost, reordered, duplicated, malformed, histogram[BUCKETS], seen;

// Of each port, the numbers that came last: what comes again is told apart from what comes late.
static uint64_t (*recent)[RECENT];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int option(int argc, char **argv, const char *name, int fallback) {
  for (int i = 1; i + 1 < argc; i++)
    if (!strcmp(argv[i], name)) return atoi(argv[i + 1]);
  return fallback;
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Thirty-two steps for each power of two: at most 3 % wide.
static int bucket_of(uint64_t value) {
  if (value < 32) return value;
  int power = 63 - __builtin_clzll(value);
  return (power - 4) * 32 + ((value >> (power - 5)) & 31);
}

static double value_of(int bucket) {
  if (bucket < 32) return bucket;
  int power = bucket / 32 + 4;
  return (double)((1ull << power) + ((uint64_t)(bucket % 32) << (power - 5)));
}

static double percentile(double share) {
  uint64_t below = 0, wanted = seen * share;
  for (int i = 0; i < BUCKETS; i++)
    if ((below += histogram[i]) > wanted) return value_of(i) / 1000;
  return 0;
}

static void take(int port, const char *datagram, int length, uint64_t now) {
  uint64_t number, time;
  if (length < HEAD || datagram[0] != 0x47) {
    malformed++;
    return;
  }
  memcpy(&number, datagram + 16, 8);
  memcpy(&time, datagram + 24, 8);
  uint64_t *place = &recent[port][number % RECENT];
  if (*place == number + 1) {
    duplicated++;
    return;
  }
  *place = number + 1;
  received++;
  if (expected[port] != UINT64_MAX && number < expected[port]) {
    reordered++;
    if (lost) lost--;
    return;
  }
  if (expected[port] != UINT64_MAX) lost += number - expected[port];
  expected[port] = number + 1;
  histogram[bucket_of(now > time ? now - time : 0)]++;
  seen++;
}

static void drain(int port, int fd) {
  for (int i = 0; i < SLOTS; i++) {
    vec[i] = (struct iovec){slots[i], SLOT};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &vec[i], .msg_iovlen = 1, .msg_control = control[i], .msg_controllen = CONTROL};
  }
  int count = recvmmsg(fd, messages, SLOTS, MSG_DONTWAIT, NULL);
  uint64_t now = now_ns();
  for (int i = 0; i < count; i++) {
    int length = messages[i].msg_len, segment = length;
    struct msghdr *header = &messages[i].msg_hdr;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c))
      if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) segment = *(int *)CMSG_DATA(c);
    for (int at = 0; at < length; at += segment) take(port, slots[i] + at, length - at < segment ? length - at : segment, now);
  }
}

static void report(void) {
  printf("{\"received\":%llu,\"lost\":%llu,\"reordered\":%llu,\"duplicated\":%llu,\"malformed\":%llu,\"p50\":%.1f,\"p99\":%.1f}\n", (unsigned long long)received, (unsigned long long)lost,
         (unsigned long long)reordered, (unsigned long long)duplicated, (unsigned long long)malformed, percentile(0.5), percentile(0.99));
  fflush(stdout);
  received = lost = reordered = duplicated = malformed = seen = 0;
  memset(histogram, 0, sizeof histogram);
}

int main(int argc, char **argv) {
  int ports = option(argc, argv, "--ports", 0), count = option(argc, argv, "--count", 1), poll = epoll_create1(0), one = 1, size = 16 << 20;
  int *sockets = calloc(count, sizeof(int));
  expected = malloc(count * sizeof *expected);
  recent = calloc(count, sizeof *recent);
  for (int i = 0; i < count; i++) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(ports + i), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (setsockopt(sockets[i], SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size)) setsockopt(sockets[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (setsockopt(sockets[i], SOL_UDP, UDP_GRO, &one, sizeof one)) die("UDP_GRO");
    if (bind(sockets[i], (struct sockaddr *)&address, sizeof address)) die("bind");
    struct epoll_event event = {EPOLLIN, {.u32 = i}};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, sockets[i], &event)) die("epoll_ctl");
    expected[i] = UINT64_MAX;
  }
  struct epoll_event input = {EPOLLIN, {.u32 = UINT32_MAX}}, ready[64];
  if (epoll_ctl(poll, EPOLL_CTL_ADD, 0, &input)) die("stdin");
  puts("ready");
  fflush(stdout);
  for (;;) {
    int events = epoll_wait(poll, ready, 64, -1);
    for (int i = 0; i < events; i++) {
      char line[64];
      if (ready[i].data.u32 != UINT32_MAX) drain(ready[i].data.u32, sockets[ready[i].data.u32]);
      else if (read(0, line, sizeof line) <= 0) return 0;
      else report();
    }
  }
}
