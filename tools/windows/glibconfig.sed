# From the glibconfig.h of 64 bit Linux to that of 64 bit Windows: `long` has 32 bits there. For sed -E.
#
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

s/^typedef ((un)?signed) long g/typedef \1 long long g/
s/\(val##(U?)L\)/(G_GNUC_EXTENSION (val##\1LL))/
s/^(#define G_(GINT64|GSIZE|GSSIZE|GINTPTR)_MODIFIER[[:space:]]+)"l"/\1"ll"/
s/^(#define G_GU?(INT64|SIZE|SSIZE|INTPTR)_FORMAT[[:space:]]+)"l/\1"ll/
s/^(#define GLIB_SIZEOF_LONG[[:space:]]+)8/\14/
s/^(#define G_MAXSIZE[[:space:]]+).*/\1G_MAXUINT64/
s/^(#define G_(MIN|MAX)SSIZE[[:space:]]+).*/\1G_\2INT64/
s/\(glong\) \(([ip])\)/(gint64) (\1)/
s/\(gulong\) \(([pu])\)/(guint64) (\1)/
s/^(#define GU?LONG_TO_.*U?INT)64/\132/

s/^#define G_OS_UNIX/#define G_OS_WIN32\n#define G_PLATFORM_WIN32/
/^#define G_VA_COPY_AS_ARRAY/d
s/G_THREADS_IMPL_POSIX/G_THREADS_IMPL_WIN32/
s/"so"/"dll"/
s/^typedef int GPid;/typedef void *GPid;/
s/^(#define G_PID_FORMAT) .*/\1 "p"/
s/^(#define GLIB_SYSDEF_AF_INET6) .*/\1 23/
s/^(#define G_DIR_SEPARATOR) .*/\1 '\\\\'/
s/^(#define G_DIR_SEPARATOR_S) .*/\1 "\\\\"/
s/^(#define G_SEARCHPATH_SEPARATOR) .*/\1 ';'/
s/^(#define G_SEARCHPATH_SEPARATOR_S) .*/\1 ";"/
