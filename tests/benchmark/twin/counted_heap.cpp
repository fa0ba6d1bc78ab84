// SPDX-License-Identifier: MIT
//
// The C library's allocation functions, replaced by ones that tell the meter: each block counts
// with what was rounded up and with its header. C++'s operators come down to these.
#include "meter.hpp"

#include <cerrno>
#include <cstddef>

#include <malloc.h>

extern "C" {

// What glibc gives to those that replace its allocation functions.
void* libc_malloc(std::size_t) asm("__libc_malloc");
void* libc_calloc(std::size_t, std::size_t) asm("__libc_calloc");
void* libc_realloc(void*, std::size_t) asm("__libc_realloc");
void* libc_memalign(std::size_t, std::size_t) asm("__libc_memalign");
void libc_free(void*) asm("__libc_free");

}  // extern "C"

namespace {

using hubtwin::benchmark::meter;

std::size_t size_of(void* block) {
  return block == nullptr ? 0 : malloc_usable_size(block) + sizeof(std::size_t);
}

void* counted(void* block) {
  meter.add(size_of(block));
  return block;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  return counted(libc_malloc(size));
}

void* calloc(std::size_t count, std::size_t size) {
  return counted(libc_calloc(count, size));
}

void* realloc(void* block, std::size_t size) {
  const std::size_t before = size_of(block);
  void* const result = libc_realloc(block, size);
  if (result != nullptr || size == 0) {
    meter.remove(before);
    meter.add(size_of(result));
  }
  return result;
}

void* memalign(std::size_t alignment, std::size_t size) {
  return counted(libc_memalign(alignment, size));
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** result, std::size_t alignment, std::size_t size) {
  void* const block = memalign(alignment, size);
  if (block == nullptr) {
    return ENOMEM;
  }
  *result = block;
  return 0;
}

void free(void* block) {
  meter.remove(size_of(block));
  libc_free(block);
}

}  // extern "C"
