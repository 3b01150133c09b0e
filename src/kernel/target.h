/* Code for one instruction set inside a portable build: CRAN allows no -m
 * flags, so the file itself says what it needs. */
#ifndef EDIST_TARGET_H
#define EDIST_TARGET_H

#define EDIST_PRAGMA(text) _Pragma(#text)

#if defined(__clang__)
#define EDIST_TARGET_BEGIN(isa)                                                \
  EDIST_PRAGMA(                                                                \
      clang attribute push(__attribute__((target(isa))), apply_to = function))
#define EDIST_TARGET_END EDIST_PRAGMA(clang attribute pop)
#define EDIST_UNROLL EDIST_PRAGMA(clang loop unroll(full))
#elif defined(__GNUC__)
#define EDIST_TARGET_BEGIN(isa)                                                \
  EDIST_PRAGMA(GCC push_options) EDIST_PRAGMA(GCC target(isa))
#define EDIST_TARGET_END EDIST_PRAGMA(GCC pop_options)
#define EDIST_UNROLL EDIST_PRAGMA(GCC unroll 64)
#else
#define EDIST_TARGET_BEGIN(isa)
#define EDIST_TARGET_END
#define EDIST_UNROLL
#endif

/* Keeps gcc from moving all loads and differences of a step to its front, which
 * would take more registers than there are. */
#if defined(__GNUC__) && !defined(__clang__)
#define EDIST_IN_ORDER_BEGIN                                                   \
  EDIST_PRAGMA(GCC push_options)                                               \
  EDIST_PRAGMA(                                                                \
      GCC optimize("no-schedule-"                                              \
                   "insns"))
#define EDIST_IN_ORDER_END EDIST_PRAGMA(GCC pop_options)
#else
#define EDIST_IN_ORDER_BEGIN
#define EDIST_IN_ORDER_END
#endif

/* For files of unrolled code: tracking the value of every variable in it takes
 * megabytes of debugging information, more than CRAN wants a package to have.
 * The code is the same. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#define EDIST_LESS_DEBUG                                                       \
  EDIST_PRAGMA(GCC optimize("no-var-tracking-assignments"))
#else
#define EDIST_LESS_DEBUG
#endif

/* Hides where a value came from, so that nothing is fused across this point:
 * gcc contracts a * b + c even if it is written with intrinsics. */
#if defined(__GNUC__) && defined(__x86_64__)
#define EDIST_OPAQUE(value) __asm__("" : "+v"(value))
#elif defined(__GNUC__) && defined(__aarch64__)
#define EDIST_OPAQUE(value) __asm__("" : "+w"(value))
#elif defined(__GNUC__)
#define EDIST_OPAQUE(value) __asm__("" : "+m"(value))
#else
#define EDIST_OPAQUE(value) ((value) = *(volatile vec *)&(value))
#endif

/* An address past the data is harmless: a prefetch never faults. */
#if defined(__GNUC__)
#define EDIST_PREFETCH(address) __builtin_prefetch(address)
#else
#define EDIST_PREFETCH(address) ((void)0)
#endif

/* Only this orders streaming stores. */
#if defined(__GNUC__) && defined(__x86_64__)
#define EDIST_STREAM_END() __builtin_ia32_sfence()
#else
#define EDIST_STREAM_END() ((void)0)
#endif

/* MinGW's gcc spills wide registers to a stack it does not align (GCC 54412).
 * Unless the assembler makes up for that (configure.win), such builds stay
 * portable. */
#if defined(_WIN32) && !defined(__clang__) && !defined(EDIST_UNALIGNED_MOVES)
#define EDIST_X86 0
#elif defined(__x86_64__)
#define EDIST_X86 1
#else
#define EDIST_X86 0
#endif

/* Every 64-bit ARM processor has it: no flag, no probe. */
#if defined(__aarch64__) && defined(__ARM_NEON)
#define EDIST_NEON 1
#else
#define EDIST_NEON 0
#endif

#endif
