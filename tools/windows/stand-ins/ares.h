/* ares.h
 * A stand-in for c-ares, for a tshark.exe that resolves no names: what Wireshark calls of it, and no more.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_STAND_IN_ARES_H
#define MSTURN_STAND_IN_ARES_H

#include <winsock2.h>
#include <ws2tcpip.h>

#include <stddef.h>

enum { ARES_SUCCESS = 0, ARES_ENOTFOUND = 4, ARES_LIB_INIT_ALL = 1 };

typedef struct ares_channel_stand_in *ares_channel;
typedef void (*ares_host_callback)(void *context, int status, int timeouts, struct hostent *host);

struct ares_addr_port_node {
    struct ares_addr_port_node *next;
    int family;
    union {
        struct in_addr addr4;
        unsigned char addr6[16];
    } addr;
    int udp_port;
    int tcp_port;
};

static inline int ares_library_init(int flags)
{
    (void)flags;
    return ARES_SUCCESS;
}

static inline void ares_library_cleanup(void)
{
}

static inline int ares_init(ares_channel *channel)
{
    *channel = NULL;
    return ARES_SUCCESS;
}

static inline const char *ares_version(int *number)
{
    (void)number;
    return "(stand-in)";
}

static inline void ares_cancel(ares_channel channel)
{
    (void)channel;
}

static inline void ares_destroy(ares_channel channel)
{
    (void)channel;
}

static inline int ares_set_servers_ports(ares_channel channel, const struct ares_addr_port_node *servers)
{
    (void)channel;
    (void)servers;
    return ARES_SUCCESS;
}

static inline void ares_gethostbyaddr(ares_channel channel, const void *address, int length, int family,
                                      ares_host_callback callback, void *context)
{
    (void)channel;
    (void)address;
    (void)length;
    (void)family;
    callback(context, ARES_ENOTFOUND, 0, NULL);
}

static inline void ares_gethostbyname(ares_channel channel, const char *name, int family, ares_host_callback callback,
                                      void *context)
{
    (void)channel;
    (void)name;
    (void)family;
    callback(context, ARES_ENOTFOUND, 0, NULL);
}

static inline int ares_fds(ares_channel channel, fd_set *readable, fd_set *writable)
{
    (void)channel;
    (void)readable;
    (void)writable;
    return 0;
}

static inline struct timeval *ares_timeout(ares_channel channel, struct timeval *longest, struct timeval *room)
{
    (void)channel;
    (void)room;
    return longest;
}

static inline void ares_process(ares_channel channel, fd_set *readable, fd_set *writable)
{
    (void)channel;
    (void)readable;
    (void)writable;
}

#endif
