# Toolchain file: this machine's compiler against the headers and libraries of HUBTWIN_SYSROOT, an
# unpacked system of the same processor, whose own loader and C library then run the programs.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HUBTWIN_SYSROOT)
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_HOST_SYSTEM_PROCESSOR})
set(CMAKE_SYSROOT ${HUBTWIN_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(library_folder ${HUBTWIN_SYSROOT}/usr/lib/${CMAKE_SYSTEM_PROCESSOR}-linux-gnu)
file(GLOB loader ${library_folder}/ld-linux*.so.*)
file(GLOB compiler_folder ${HUBTWIN_SYSROOT}/usr/lib/gcc/*/12)
# GCC looks into its own system's folders before the sysroot's, unless these are named.
set(CMAKE_EXE_LINKER_FLAGS_INIT "\"-L${library_folder}\" \"-L${compiler_folder}\" \
\"-Wl,--dynamic-linker=${loader}\" \"-Wl,-rpath,${library_folder}\" \
\"-Wl,-rpath-link,${library_folder}\"")
