// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Every build option of hubtwin, its default and its range. Set one by a compiler definition, or
/// by a header of your own named in HUBTWIN_CONFIG_FILE (in quotes), which is included first.
///
/// All translation units of a program must see the same values: options that change layout or
/// behaviour are part of the namespace's name, so builds that don't match don't link.

#include <hubtwin/version.hpp>

#ifdef HUBTWIN_CONFIG_FILE
#include HUBTWIN_CONFIG_FILE
#endif

/// Words of capture that a handler may hold by value (a word is one pointer). Range 1 to 16.
#ifndef HUBTWIN_HANDLER_WORDS
#define HUBTWIN_HANDLER_WORDS 4
#endif

/// 1: doubles are read, kept and written. 0: no floating point is linked; a JSON number with a
/// fraction or exponent is refused by name.
#ifndef HUBTWIN_FLOAT
#define HUBTWIN_FLOAT 1
#endif

/// Most verbose level that is compiled in: 0 none, 1 error, 2 warning, 3 info, 4 debug. Calls above
/// it leave neither code nor strings.
#ifndef HUBTWIN_LOG_LEVEL
#define HUBTWIN_LOG_LEVEL 3
#endif

/// 1: contract violations by the programmer call hubtwin::contract_violated (which does not
/// return). 0: the checks are compiled out.
#ifndef HUBTWIN_CONTRACTS
#define HUBTWIN_CONTRACTS 1
#endif

/// Levels of objects and arrays below a section's root. Range 1 to 32. The hub's limit is 10
/// (IoT Hub developer guide, device twins: limits).
#ifndef HUBTWIN_MAX_DEPTH
#define HUBTWIN_MAX_DEPTH 10
#endif

#if HUBTWIN_HANDLER_WORDS < 1 || HUBTWIN_HANDLER_WORDS > 16
#error "HUBTWIN_HANDLER_WORDS must be 1 to 16"
#endif
#if HUBTWIN_FLOAT != 0 && HUBTWIN_FLOAT != 1
#error "HUBTWIN_FLOAT must be 0 or 1"
#endif
#if HUBTWIN_LOG_LEVEL < 0 || HUBTWIN_LOG_LEVEL > 4
#error "HUBTWIN_LOG_LEVEL must be 0 to 4"
#endif
#if HUBTWIN_CONTRACTS != 0 && HUBTWIN_CONTRACTS != 1
#error "HUBTWIN_CONTRACTS must be 0 or 1"
#endif
#if HUBTWIN_MAX_DEPTH < 1 || HUBTWIN_MAX_DEPTH > 32
#error "HUBTWIN_MAX_DEPTH must be 1 to 32"
#endif

/// Keeps a function's frame out of those of its callers: where its memory is rarely needed, or
/// where a handler runs below the caller.
#if defined(__GNUC__)
#define HUBTWIN_NOINLINE __attribute__((noinline))
#else
#define HUBTWIN_NOINLINE
#endif

#define HUBTWIN_CONCAT_(a, b, c, d, e, f, g, h) v##a##_##b##_##c##_h##d##_f##e##_c##f##_d##g##_l##h
#define HUBTWIN_CONCAT(a, b, c, d, e, f, g, h) HUBTWIN_CONCAT_(a, b, c, d, e, f, g, h)

/// Name of the inline namespace: version and every option that changes layout.
#define HUBTWIN_ABI_NAMESPACE                                                                \
  HUBTWIN_CONCAT(HUBTWIN_VERSION_MAJOR, HUBTWIN_VERSION_MINOR, HUBTWIN_VERSION_PATCH,        \
                 HUBTWIN_HANDLER_WORDS, HUBTWIN_FLOAT, HUBTWIN_CONTRACTS, HUBTWIN_MAX_DEPTH, \
                 HUBTWIN_LOG_LEVEL)

/// Opens hubtwin's namespace; every header and source of the library uses these two.
#define HUBTWIN_NAMESPACE_BEGIN \
  namespace hubtwin {           \
  inline namespace HUBTWIN_ABI_NAMESPACE {
#define HUBTWIN_NAMESPACE_END \
  }                           \
  }
