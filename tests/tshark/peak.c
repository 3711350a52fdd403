/* peak.c
 * Says at the end of a program how large it has been: for LD_PRELOAD. The largest size of its address space depends on
 * what it has asked for, and not, as the most that was resident, on what the kernel had room for.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdio.h>
#include <string.h>

__attribute__((destructor)) static void say_peak(void)
{
    static const char peak[] = "VmPeak:";
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");

    if (!status)
        return;
    while (fgets(line, sizeof line, status)) {
        if (!strncmp(line, peak, strlen(peak)))
            fputs(line, stderr);
    }
    fclose(status);
}
