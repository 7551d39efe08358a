// A wall clock of one process that a test moves.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tempFolder } from './gateway.mjs';

// By the seconds that a file tells.
const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec* at) {
  static int (*real)(clockid_t, struct timespec*);
  if (!real) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, at);
  if (id != CLOCK_REALTIME) return result;
  FILE* file = fopen(getenv("MOVED_CLOCK"), "r");
  long seconds = 0;
  if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
  at->tv_sec += seconds;
  return result;
}
time_t time(time_t* out) {
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  if (out) *out = at.tv_sec;
  return at.tv_sec;
}
int gettimeofday(struct timeval* out, void* zone) {
  struct timespec at;
  (void)zone;
  int result = clock_gettime(CLOCK_REALTIME, &at);
  out->tv_sec = at.tv_sec;
  out->tv_usec = at.tv_nsec / 1000;
  return result;
}
`;

// `env` is for the process, and `set` moves its clock to so many seconds from the true time.
export function movableClock(t) {
  const folder = tempFolder(t);
  fs.writeFileSync(`${folder}/clock.c`, source);
  execFileSync('cc', ['-shared', '-fPIC', '-o', `${folder}/clock.so`, `${folder}/clock.c`, '-ldl']);
  const set = (seconds) => {
    fs.writeFileSync(`${folder}/next`, String(seconds));
    fs.renameSync(`${folder}/next`, `${folder}/offset`);
  };
  set(0);
  return { env: { LD_PRELOAD: `${folder}/clock.so`, MOVED_CLOCK: `${folder}/offset` }, set };
}
