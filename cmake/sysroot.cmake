# Toolchain file: GCC against the headers and libraries of HUBTWIN_SYSROOT, an unpacked Debian system
# (tests/lib/sysroot), whose own C library then runs the programs. With HUBTWIN_CROSS_TRIPLET, such as
# s390x-linux-gnu, by Debian's cross compiler of that name and QEMU's user emulation.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HUBTWIN_SYSROOT HUBTWIN_CROSS_TRIPLET)
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSROOT ${HUBTWIN_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

if(HUBTWIN_CROSS_TRIPLET)
  string(REGEX MATCH "^[a-z0-9_]+" CMAKE_SYSTEM_PROCESSOR ${HUBTWIN_CROSS_TRIPLET})
  set(CMAKE_CXX_COMPILER ${HUBTWIN_CROSS_TRIPLET}-g++)
  set(CMAKE_CXX_FLAGS_INIT -Wno-psabi)  # all is built by one version: a note that older ones differ is noise
  set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${CMAKE_SYSTEM_PROCESSOR};-L;${HUBTWIN_SYSROOT})
else()
  # This machine's compiler looks into its own system's folders first, unless these are named.
  set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_HOST_SYSTEM_PROCESSOR})
  set(library_folder ${HUBTWIN_SYSROOT}/usr/lib/${CMAKE_SYSTEM_PROCESSOR}-linux-gnu)
  file(GLOB compiler_folder ${HUBTWIN_SYSROOT}/usr/lib/gcc/*/12)
  file(GLOB loader ${library_folder}/ld-linux*.so.*)
  set(CMAKE_EXE_LINKER_FLAGS_INIT "\"-L${library_folder}\" \"-L${compiler_folder}\" \
\"-Wl,--dynamic-linker=${loader}\" \"-Wl,-rpath,${library_folder}\" \
\"-Wl,-rpath-link,${library_folder}\"")
endif()
