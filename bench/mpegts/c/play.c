// Both ends of the load: sends a file of transport packets again and again at an even rate, and takes what comes back.
// play FILE --to PORT --rate BITS_PER_SECOND --sinks PORT --count N
// Each line on stdin ends a window: it prints one JSON object with the bytes that were sent and the bytes that came since the last one.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 1316, SLOTS = 64, SINKS = 16, QUANTUM_NS = 1000000 };

static struct mmsghdr messages[SLOTS];
static struct iovec vec[SLOTS];
static char slots[SLOTS][2048];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static long option(int argc, char **argv, const char *name, long fallback) {
  for (int i = 1; i + 1 < argc; i++)
    if (!strcmp(argv[i], name)) return atol(argv[i + 1]);
  return fallback;
}

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static struct sockaddr_in local(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return address;
}

static long long drain(int fd) {
  long long bytes = 0;
  int count;
  do {
    for (int i = 0; i < SLOTS; i++) {
      vec[i] = (struct iovec){slots[i], sizeof slots[i]};
      messages[i].msg_hdr = (struct msghdr){.msg_iov = &vec[i], .msg_iovlen = 1};
    }
    count = recvmmsg(fd, messages, SLOTS, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) bytes += messages[i].msg_len;
  } while (count == SLOTS);
  return bytes;
}

int main(int argc, char **argv) {
  int count = option(argc, argv, "--count", 1), sinks[SINKS], size = 16 << 20, from = open(argv[1], O_RDONLY);
  struct stat file;
  if (from < 0 || fstat(from, &file) || count > SINKS) die("file");
  char *bytes = mmap(NULL, file.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, from, 0);
  long whole = file.st_size / SIZE, at = 0;
  for (int i = 0; i < count; i++) {
    struct sockaddr_in address = local(option(argc, argv, "--sinks", 0) + i);
    sinks[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (setsockopt(sinks[i], SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size)) setsockopt(sinks[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(sinks[i], (struct sockaddr *)&address, sizeof address)) die("bind");
  }
  struct sockaddr_in target = local(option(argc, argv, "--to", 0));
  int out = socket(AF_INET, SOCK_DGRAM, 0);
  if (setsockopt(out, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size)) setsockopt(out, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  double rate = option(argc, argv, "--rate", 100000000) / 8.0 / SIZE / 1e9;
  long long start = now_ns(), wake = start, next = 0, sent = 0, received = 0;
  struct pollfd input = {0, POLLIN, 0};
  puts("ready");
  fflush(stdout);
  for (;;) {
    long long due = (now_ns() - start) * rate;
    while (next < due) {
      int batch = due - next < SLOTS ? due - next : SLOTS;
      for (int i = 0; i < batch; i++, at = (at + 1) % whole) {
        vec[i] = (struct iovec){bytes + at * SIZE, SIZE};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &target, .msg_namelen = sizeof target, .msg_iov = &vec[i], .msg_iovlen = 1};
      }
      for (int done = 0; done < batch;) {
        int now = sendmmsg(out, messages + done, batch - done, 0);
        done += now > 0 ? now : 1;
      }
      next += batch, sent += (long long)batch * SIZE;
    }
    for (int i = 0; i < count; i++) received += drain(sinks[i]);
    if (poll(&input, 1, 0) > 0) {
      char line[64];
      if (read(0, line, sizeof line) <= 0) return 0;
      printf("{\"sent\":%lld,\"received\":%lld}\n", sent, received);
      fflush(stdout);
      sent = received = 0;
    }
    wake += QUANTUM_NS;
    struct timespec until = {wake / 1000000000, wake % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  }
}
