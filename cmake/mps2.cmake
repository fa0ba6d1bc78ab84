# Toolchain file: firmware for the Arm MPS2 boards, real or in QEMU, with newlib, Debian's
# gcc-arm-none-eabi. HUBTWIN_MPS2_BOARD is an386 (Cortex-M4F), an385 (Cortex-M3) or an500 (Cortex-M7F).
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HUBTWIN_MPS2_BOARD)
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

set(HUBTWIN_MPS2_BOARD an386 CACHE STRING "an386, an385 or an500")
set(processor_of_an385 "-mcpu=cortex-m3")
set(processor_of_an386 "-mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16")
set(processor_of_an500 "-mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16")
if(NOT processor_of_${HUBTWIN_MPS2_BOARD})
  message(FATAL_ERROR "HUBTWIN_MPS2_BOARD is an386, an385 or an500, not ${HUBTWIN_MPS2_BOARD}")
endif()
set(CMAKE_C_FLAGS_INIT "${processor_of_${HUBTWIN_MPS2_BOARD}} -mthumb -ffunction-sections \
-fdata-sections")
set(CMAKE_CXX_FLAGS_INIT "${CMAKE_C_FLAGS_INIT} -fno-exceptions -fno-rtti \
-fno-threadsafe-statics -fno-use-cxa-atexit")
