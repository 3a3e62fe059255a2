// cpu PID...: the CPU that these processes have used since they began, together, in seconds to the nanosecond.
// /proc counts in hundredths of a second, which is a tenth of what a cheap forwarder uses in a window.
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
  double sum = 0;
  for (int i = 1; i < argc; i++) {
    clockid_t clock;
    struct timespec used;
    // A process that is gone counts nothing.
    if (clock_getcpuclockid(atoi(argv[i]), &clock) || clock_gettime(clock, &used)) continue;
    sum += used.tv_sec + used.tv_nsec / 1e9;
  }
  printf("%.9f\n", sum);
}
