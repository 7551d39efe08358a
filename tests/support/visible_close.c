/* libuv closes descriptors by syscall(SYS_close), which ThreadSanitizer does not see: whatever another thread does next
 * with the same number looks like a race with what was closed. In builds under it the linker puts this in place of
 * syscall() (scripts/cmake/options.cmake). */
#include <sys/syscall.h>
#include <unistd.h>

long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f) {
  if (number == SYS_close) return close((int)a);
  return __real_syscall(number, a, b, c, d, e, f);
}
