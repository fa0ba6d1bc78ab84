// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// RapidJSON's shortest printing of doubles, under a namespace of our own, leaving no macro behind,
/// so that this source may include a RapidJSON with other settings afterwards.

#ifdef RAPIDJSON_RAPIDJSON_H_
#error "include hubtwin/implementation.hpp before any header of RapidJSON"
#endif

#include <hubtwin/contract.hpp>

#define RAPIDJSON_NAMESPACE hubtwin_rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN namespace hubtwin_rapidjson {
#define RAPIDJSON_NAMESPACE_END }
#define RAPIDJSON_ASSERT(condition) HUBTWIN_EXPECTS(condition)
// Nothing of what is used here allocates; were that to change, these names would not compile.
#define RAPIDJSON_MALLOC(size) hubtwin_has_no_heap(size)
#define RAPIDJSON_REALLOC(pointer, size) hubtwin_has_no_heap(pointer, size)
#define RAPIDJSON_FREE(pointer) hubtwin_has_no_heap(pointer)
#define RAPIDJSON_NEW(type) hubtwin_has_no_heap(type)
#define RAPIDJSON_DELETE(pointer) hubtwin_has_no_heap(pointer)

#include <rapidjson/internal/dtoa.h>

#undef RAPIDJSON_48BITPOINTER_OPTIMIZATION
#undef RAPIDJSON_64BIT
#undef RAPIDJSON_ALIGN
#undef RAPIDJSON_ASSERT
#undef RAPIDJSON_BIGENDIAN
#undef RAPIDJSON_CLZLL_H_
#undef RAPIDJSON_DELETE
#undef RAPIDJSON_DIAG_OFF
#undef RAPIDJSON_DIAG_POP
#undef RAPIDJSON_DIAG_PRAGMA
#undef RAPIDJSON_DIAG_PUSH
#undef RAPIDJSON_DIYFP_H_
#undef RAPIDJSON_DO_JOIN
#undef RAPIDJSON_DO_JOIN2
#undef RAPIDJSON_DO_STRINGIFY
#undef RAPIDJSON_DTOA_
#undef RAPIDJSON_ENDIAN
#undef RAPIDJSON_FORCEINLINE
#undef RAPIDJSON_FREE
#undef RAPIDJSON_GETPOINTER
#undef RAPIDJSON_GNUC
#undef RAPIDJSON_HAS_CXX11_NOEXCEPT
#undef RAPIDJSON_HAS_CXX11_RANGE_FOR
#undef RAPIDJSON_HAS_CXX11_RVALUE_REFS
#undef RAPIDJSON_HAS_CXX11_TYPETRAITS
#undef RAPIDJSON_HAS_STDSTRING
#undef RAPIDJSON_IEEE754_
#undef RAPIDJSON_ITOA_
#undef RAPIDJSON_JOIN
#undef RAPIDJSON_LIKELY
#undef RAPIDJSON_LITTLEENDIAN
#undef RAPIDJSON_MAJOR_VERSION
#undef RAPIDJSON_MALLOC
#undef RAPIDJSON_MINOR_VERSION
#undef RAPIDJSON_MULTILINEMACRO_BEGIN
#undef RAPIDJSON_MULTILINEMACRO_END
#undef RAPIDJSON_NAMESPACE
#undef RAPIDJSON_NAMESPACE_BEGIN
#undef RAPIDJSON_NAMESPACE_END
#undef RAPIDJSON_NEW
#undef RAPIDJSON_NOEXCEPT
#undef RAPIDJSON_PATCH_VERSION
#undef RAPIDJSON_PRAGMA
#undef RAPIDJSON_RAPIDJSON_H_
#undef RAPIDJSON_REALLOC
#undef RAPIDJSON_SETPOINTER
#undef RAPIDJSON_STATIC_ASSERT
#undef RAPIDJSON_STATIC_ASSERT_UNUSED_ATTRIBUTE
#undef RAPIDJSON_STRINGIFY
#undef RAPIDJSON_UINT64_C2
#undef RAPIDJSON_UNLIKELY
#undef RAPIDJSON_VERSION_CODE
#undef RAPIDJSON_VERSION_STRING
