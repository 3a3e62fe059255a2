// The load: M flows of numbered, time-stamped 1316-byte MPEG-TS datagrams at an even rate.
// send --to PORT --flows M --pps DATAGRAMS_PER_SECOND_AND_FLOW --quantum MICROSECONDS [--trains LONGEST] [--first NUMBER]
// Flow f goes to port to + f. Datagrams that are due in one quantum leave together, as trains when asked.
// Each first TS packet: header, then at byte 8 flow (u32), at 16 number (u64), at 24 CLOCK_MONOTONIC in ns (u64).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum { SIZE = 1316, TS = 188, BATCH = 64, TRAIN = 48 };

static char bytes[BATCH][TRAIN * SIZE];
static struct mmsghdr messages[BATCH];
static struct iovec vec[BATCH];
static char control[BATCH][CMSG_SPACE(2)] __attribute__((aligned(8)));

static int option(int argc, char **argv, const char *name, int fallback) {
  for (int i = 1; i + 1 < argc; i++)
    if (!strcmp(argv[i], name)) return atoi(argv[i + 1]);
  return fallback;
}

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void fill(char *at, uint32_t flow, uint64_t number, uint64_t time) {
  for (int i = 0; i < 7; i++) {
    char *packet = at + i * TS;
    packet[0] = 0x47, packet[1] = 0x01, packet[2] = 0x00;
    packet[3] = 0x10 | ((number * 7 + i) & 0x0f);
  }
  memcpy(at + 8, &flow, 4);
  memcpy(at + 16, &number, 8);
  memcpy(at + 24, &time, 8);
}

static void flush(int fd, int count) {
  for (int sent = 0; sent < count;) {
    int done = sendmmsg(fd, messages + sent, count - sent, 0);
    sent += done > 0 ? done : 1;
  }
}

int main(int argc, char **argv) {
  int flows = option(argc, argv, "--flows", 1), to = option(argc, argv, "--to", 0), pps = option(argc, argv, "--pps", 1000), trains = option(argc, argv, "--trains", 1), first = option(argc, argv, "--first", 0);
  long long quantum = option(argc, argv, "--quantum", 250) * 1000LL;
  // One socket for all, unconnected: every datagram is offered whether somebody listens or not.
  int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 8 << 20;
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size)) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  struct sockaddr_in *targets = calloc(flows, sizeof *targets);
  uint64_t *next = calloc(flows, sizeof *next);
  for (int f = 0; f < flows; f++) targets[f] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(to + f), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  long long start = now_ns(), wake = start;
  double interval = 1e9 / pps;
  for (;;) {
    long long now = now_ns();
    int count = 0;
    for (int f = 0; f < flows; f++) {
      // Flows are spread evenly over one interval, like senders that know nothing of each other.
      double phase = interval * f / flows;
      uint64_t due = now - start < phase ? 0 : (uint64_t)((now - start - phase) / interval) + 1;
      while (next[f] < due) {
        uint64_t run = due - next[f], longest = trains < TRAIN ? trains : TRAIN;
        if (run > longest) run = longest;
        for (uint64_t i = 0; i < run; i++) fill(bytes[count] + i * SIZE, f, first + next[f] + i, now_ns());
        vec[count] = (struct iovec){bytes[count], run * SIZE};
        messages[count].msg_hdr = (struct msghdr){.msg_name = &targets[f], .msg_namelen = sizeof targets[f], .msg_iov = &vec[count], .msg_iovlen = 1};
        if (run > 1) {
          messages[count].msg_hdr.msg_control = control[count];
          messages[count].msg_hdr.msg_controllen = CMSG_SPACE(2);
          struct cmsghdr *c = CMSG_FIRSTHDR(&messages[count].msg_hdr);
          c->cmsg_level = SOL_UDP, c->cmsg_type = UDP_SEGMENT, c->cmsg_len = CMSG_LEN(2);
          *(unsigned short *)CMSG_DATA(c) = SIZE;
        }
        next[f] += run;
        if (++count == BATCH) flush(fd, count), count = 0;
      }
    }
    flush(fd, count);
    wake += quantum;
    struct timespec at = {wake / 1000000000, wake % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
  }
}
