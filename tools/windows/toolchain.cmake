# Builds msturn.dll for 64 bit Windows on Debian. tools/windows/build says how it is used.
#
# The UCRT, because it is what Wireshark uses: standard output is opened by the one library and written to by the other.
#
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32ucrt-gcc)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32ucrt-windres)

# What tools/windows/sdk has made.
set(MSTURN_WINDOWS_SDK "" CACHE PATH "Wireshark's and GLib's headers and import libraries")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MSTURN_WINDOWS_SDK)
set(CMAKE_FIND_ROOT_PATH "${MSTURN_WINDOWS_SDK}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "${MSTURN_WINDOWS_SDK}/lib/pkgconfig")

# No path of this machine is left in the plugin. setjmp() so that longjmp() restores registers and unwinds nothing: between
# the two lie frames of Wireshark's compiler.
set(CMAKE_C_FLAGS_INIT "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -D__USE_MINGW_SETJMP_NON_SEH")

# Nothing of the compiler's own beside the plugin; data of other DLLs only where a header says dllimport; the same bytes
# twice.
set(CMAKE_MODULE_LINKER_FLAGS_INIT
    "-static-libgcc -Wl,--disable-auto-import -Wl,--no-undefined -Wl,--no-insert-timestamp")
