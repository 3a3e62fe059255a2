// The baseline: the least that anybody does who looks at every packet of a transport stream.
// scan FILE --from PACKET --packets N --seconds S [--switch PACKETS]
// Walks the packets in memory again and again: sync byte, PID, continuity counter per PID, flags of the adaptation field.
// With --switch two sources, one in each half, take turns of so many packets, and every counter is rewritten in its place so that
// it follows the last one of its PID. Prints nanoseconds of CPU per packet.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SIZE = 188, PIDS = 8192, NULL_PID = 8191, UNSEEN = 255 };

static uint8_t last[PIDS], shift[PIDS];
static uint32_t stretch_of[PIDS], stretch;
static uint64_t packets, bad, errors, breaks, clocks, announced;

static double option(int argc, char **argv, const char *name, double fallback) {
  for (int i = 1; i + 1 < argc; i++)
    if (!strcmp(argv[i], name)) return atof(argv[i + 1]);
  return fallback;
}

static double cpu(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec + used.tv_nsec / 1e9;
}

// adaptation_field_control, then length, discontinuity_indicator and PCR_flag.
static void adaptation(const uint8_t *p) {
  if (!(p[3] & 0x20) || p[4] == 0) return;
  if (p[5] & 0x80) announced++;
  if ((p[5] & 0x10) && p[4] >= 7) clocks++;
}

static void scan(const uint8_t *p, const uint8_t *end) {
  for (; p < end; p += SIZE) {
    packets++;
    if (p[0] != 0x47) {
      bad++;
      continue;
    }
    int pid = (p[1] & 0x1f) << 8 | p[2], counter = p[3] & 0x0f;
    if (p[1] & 0x80) errors++;
    adaptation(p);
    if (pid == NULL_PID) continue;
    int expected = p[3] & 0x10 ? (last[pid] + 1) & 0x0f : last[pid];
    if (last[pid] != UNSEEN && counter != expected) breaks++;
    last[pid] = counter;
  }
}

static void rewrite(uint8_t *p, const uint8_t *end) {
  for (; p < end; p += SIZE) {
    packets++;
    if (p[0] != 0x47) {
      bad++;
      continue;
    }
    int pid = (p[1] & 0x1f) << 8 | p[2], counter = p[3] & 0x0f;
    if (p[1] & 0x80) errors++;
    adaptation(p);
    if (pid == NULL_PID) continue;
    if (stretch_of[pid] != stretch) {
      stretch_of[pid] = stretch;
      shift[pid] = last[pid] == UNSEEN ? 0 : (last[pid] + (p[3] & 0x10 ? 1 : 0) - counter) & 0x0f;
    }
    last[pid] = (counter + shift[pid]) & 0x0f;
    p[3] = (p[3] & 0xf0) | last[pid];
  }
}

static void pass(uint8_t *bytes, long count, long turn) {
  if (!turn) {
    scan(bytes, bytes + count * SIZE);
    return;
  }
  long half = count / 2;
  for (long at = 0; at < half; at += turn)
    for (int source = 0; source < 2; source++) {
      long end = at + turn < half ? at + turn : half;
      stretch++;
      rewrite(bytes + (source * half + at) * SIZE, bytes + (source * half + end) * SIZE);
    }
}

int main(int argc, char **argv) {
  long from = option(argc, argv, "--from", 0), count = option(argc, argv, "--packets", 0), turn = option(argc, argv, "--switch", 0);
  double seconds = option(argc, argv, "--seconds", 1);
  uint8_t *bytes = malloc(count * SIZE);
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (!file || fseek(file, from * SIZE, SEEK_SET) || fread(bytes, SIZE, count, file) != (size_t)count) {
    fprintf(stderr, "there are no %ld packets in the file\n", count);
    return 1;
  }
  memset(last, UNSEEN, sizeof last);
  for (double begun = cpu(); cpu() - begun < seconds / 4;) pass(bytes, count, turn);
  packets = 0;
  double begun = cpu(), used;
  do pass(bytes, count, turn);
  while ((used = cpu() - begun) < seconds);
  printf("{\"ns\":%.4f,\"packets\":%llu,\"bad\":%llu,\"errors\":%llu,\"breaks\":%llu,\"clocks\":%llu,\"announced\":%llu}\n", used * 1e9 / packets, (unsigned long long)packets,
         (unsigned long long)bad, (unsigned long long)errors, (unsigned long long)breaks, (unsigned long long)clocks, (unsigned long long)announced);
}
