// SPDX-License-Identifier: MIT
//
// What lwIP wants to know of compiler and platform.
#ifndef HUBTWIN_LWIP_ARCH_CC_H
#define HUBTWIN_LWIP_ARCH_CC_H

#ifdef __cplusplus
extern "C" {
#endif

// Defined by hubtwin::lwip, in network.cpp.
unsigned int hubtwin_lwip_random(void);
void hubtwin_lwip_assertion_failed(const char* what) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

#ifndef BYTE_ORDER
#define BYTE_ORDER __BYTE_ORDER__
#endif

// Ports, transaction ids and the like: what can't be guessed can't be spoofed.
#define LWIP_RAND() hubtwin_lwip_random()

// A fault of the program, such as memory that was overwritten; never something that the network did.
// lwIP's texts would take 5 KB of flash; the fault's address tells the place.
#define LWIP_PLATFORM_ASSERT(what) hubtwin_lwip_assertion_failed("lwIP")

// lwIP's own messages would bring printf.
#define LWIP_PLATFORM_DIAG(message) \
  do {                              \
  } while (0)

#endif
