/* What macOS tells about the machine; 0 where it does not know the name. */
#ifndef EDIST_SYSCTL_H
#define EDIST_SYSCTL_H

#if defined(__APPLE__)

#include <stdint.h>
#include <sys/types.h>

#include <sys/sysctl.h>

/* Numbers have 4 or 8 bytes, the lowest one first. */
static inline uint64_t edist_sysctl(const char *name) {
  uint64_t value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, NULL, 0) == 0 ? value : 0;
}

#endif

#endif
