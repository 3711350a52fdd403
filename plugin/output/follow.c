/* follow.c
 * Follow > MSTURN Stream, tshark -z follow,msturn,ascii,N, and the conversation filter: the messages of a session.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/output/follow.h"

#include "plugin/host/connection.h"
#include "plugin/output/private_api.h"
#include "plugin/show/show.h"
#include "plugin/host/tap.h"
#include "plugin/show/text.h"

#include <epan/addr_resolv.h>
#include <epan/conversation_filter.h>
#include <epan/follow.h>

#include <string.h>

static const register_follow_t *own_follower;

/* ---- records ---- */

/* Packets of media in one direction of a connection, from its first packet to the next message. */
struct run {
    uint32_t packets;
    uint32_t bytes;
    enum msturn_payload payload;
    struct msturn_endpoint from, to;
};

/* What is freed as a follow_record_t is more than that, but is only freed: nothing else can be kept for a follower. So
 * the runs of now are a tree of records, by the bits of their hash. */
struct record {
    follow_record_t base;
    nstime_t start;      /* of the first record */
    struct run run;      /* of media */
    struct record *runs; /* the root, in the last record; NULL: a message, which ends all runs */
    struct record *branches[2];
};

static struct record *last_record(const follow_info_t *follow)
{
    return follow->payload ? follow->payload->data : NULL;
}

/* The client of a session is the client here, whoever comes first; what a peer sends is on its way to the client. */
static bool is_from_server(const follow_info_t *follow, packet_info *pinfo, const struct msturn_tap *event)
{
    const struct msturn_flow *flow = event->flow;

    if (event->session && event->leg && event->leg->kind == MSTURN_LEG_DIRECT)
        return event->side != msturn_flow_local_side(event->leg->flow);
    if (event->session && flow)
        return msturn_endpoint_equal(&flow->ends[event->side], &event->session->server);
    return !addresses_equal(&follow->client_ip, &pinfo->src) || follow->client_port != pinfo->srcport;
}

static void set_end(address *host, unsigned *port, const struct msturn_endpoint *end)
{
    const address shared = msturn_host_of(end);

    copy_address(host, &shared);
    *port = end->port;
}

static void set_ends(follow_info_t *follow, packet_info *pinfo, const struct msturn_session *session)
{
    const struct msturn_endpoint from = msturn_endpoint_of(&pinfo->src, pinfo->srcport);
    const struct msturn_endpoint to = msturn_endpoint_of(&pinfo->dst, pinfo->destport);

    set_end(&follow->client_ip, &follow->client_port, session ? &session->client : &from);
    set_end(&follow->server_ip, &follow->server_port, session ? &session->server : &to);
}

static struct record *add_record(follow_info_t *follow, packet_info *pinfo, const struct msturn_tap *event)
{
    const struct record *last = last_record(follow);
    struct record *record = g_new0(struct record, 1);

    if (!last)
        set_ends(follow, pinfo, event->session);
    record->base.is_server = is_from_server(follow, pinfo, event);
    record->base.packet_num = pinfo->num;
    record->base.abs_ts = pinfo->abs_ts;
    record->base.data = g_byte_array_new();
    record->start = last ? last->start : pinfo->abs_ts;
    follow->payload = g_list_prepend(follow->payload, record);
    return record;
}

static void set_data(follow_info_t *follow, struct record *record, const void *data, size_t length)
{
    follow->bytes_written[record->base.is_server] += (unsigned)length - record->base.data->len;
    g_byte_array_set_size(record->base.data, 0);
    g_byte_array_append(record->base.data, data, (unsigned)length);
}

/* ---- text ---- */

/* "[0.404914] frame 27, 10.48.54.230:44342 -> 10.48.54.229:3478"; the time counts from the first record. */
static const char *heading(wmem_allocator_t *scope, const struct record *record, const char *frames,
                           const struct msturn_endpoint *from, const struct msturn_endpoint *to)
{
    nstime_t offset;

    nstime_delta(&offset, &record->base.abs_ts, &record->start);
    return wmem_strdup_printf(scope, "[%s] %s, %s -> %s", msturn_decimal_text(scope, nstime_to_sec(&offset), 6), frames,
                              msturn_endpoint_text(scope, from), msturn_endpoint_text(scope, to));
}

static void set_message_text(follow_info_t *follow, struct record *record, packet_info *pinfo,
                             const struct msturn_tap *message)
{
    const struct msturn_endpoint from = msturn_endpoint_of(&pinfo->src, pinfo->srcport);
    const struct msturn_endpoint to = msturn_endpoint_of(&pinfo->dst, pinfo->destport);
    const char *frame = wmem_strdup_printf(pinfo->pool, "frame %u", pinfo->num);
    const char *text =
        wmem_strdup_printf(pinfo->pool, "%s%s\n%s\n", heading(pinfo->pool, record, frame, &from, &to),
                           msturn_tap_remark(pinfo, message), msturn_summary_of(pinfo, message->message));

    set_data(follow, record, text, strlen(text));
}

/* ---- media ---- */

static bool is_same_run(const struct run *a, const struct run *b)
{
    return a->payload == b->payload && msturn_endpoint_equal(&a->from, &b->from) &&
           msturn_endpoint_equal(&a->to, &b->to);
}

enum { END_LENGTH = 18, RUN_KEY_LENGTH = 2 * END_LENGTH + 1 }; /* an end: address and port */

static void write_end(uint8_t *bytes, const struct msturn_endpoint *end)
{
    memcpy(bytes, end->address, sizeof end->address);
    memcpy(bytes + sizeof end->address, &end->port, sizeof end->port);
}

/* Senders choose addresses and ports: they must not be able to choose the hash. */
static uint32_t hash_of_run(const struct run *run)
{
    uint8_t key[RUN_KEY_LENGTH];

    write_end(key, &run->from);
    write_end(key + END_LENGTH, &run->to);
    key[RUN_KEY_LENGTH - 1] = (uint8_t)run->payload;
    return wmem_strong_hash(key, sizeof key);
}

/* Where the record of the run that this packet continues is, or is to be. */
static struct record **lookup_run(struct record **root, const struct run *packet)
{
    uint32_t hash = hash_of_run(packet);
    struct record **place = root;

    for (; *place && !is_same_run(&(*place)->run, packet); hash >>= 1)
        place = &(*place)->branches[hash & 1];
    return place;
}

/* "frame 67" and "1 packet of RTCP, 56 bytes"; "frames 51 to 75" and "4 packets of RTP, 2628 bytes, in 0.302 s" */
static void set_run_text(follow_info_t *follow, struct record *record, packet_info *pinfo)
{
    const struct run *run = &record->run;
    wmem_allocator_t *scope = pinfo->pool;
    const char *frames = wmem_strdup_printf(scope, "frame %u", pinfo->num), *duration = "";

    if (pinfo->num != record->base.packet_num) {
        nstime_t time;
        nstime_delta(&time, &pinfo->abs_ts, &record->base.abs_ts);
        frames = wmem_strdup_printf(scope, "frames %u to %u", record->base.packet_num, pinfo->num);
        duration = wmem_strdup_printf(scope, ", in %s s", msturn_decimal_text(scope, nstime_to_sec(&time), 3));
    }
    const char *text = wmem_strdup_printf(scope, "%s\n%u packet%s of %s, %u bytes%s\n",
                                          heading(scope, record, frames, &run->from, &run->to), run->packets,
                                          plurality(run->packets, "", "s"),
                                          msturn_name_of(msturn_payload_names, run->payload), run->bytes, duration);
    set_data(follow, record, text, strlen(text));
}

static void add_media(follow_info_t *follow, packet_info *pinfo, const struct msturn_tap *media)
{
    const struct run packet = {
        .payload = media->payload,
        .from = msturn_endpoint_of(&pinfo->src, pinfo->srcport),
        .to = msturn_endpoint_of(&pinfo->dst, pinfo->destport),
    };
    const struct record *last = last_record(follow);
    struct record *root = last ? last->runs : NULL;
    struct record **place = lookup_run(&root, &packet);

    if (!*place) {
        *place = add_record(follow, pinfo, media);
        (*place)->run = packet;
        (*place)->runs = root;
    }
    (*place)->run.packets++;
    (*place)->run.bytes += media->length;
    set_run_text(follow, *place, pinfo);
}

/* ---- the follower ---- */

/* Of a message that is in another one, the bytes are those of the other one. */
static void add_bytes(follow_info_t *follow, packet_info *pinfo, const struct msturn_tap *message)
{
    if (!message->nested)
        set_data(follow, add_record(follow, pinfo, message), message->message.data, message->message.captured);
}

static void add_end(follow_info_t *follow, packet_info *pinfo, const struct msturn_tap *end)
{
    struct record *record = add_record(follow, pinfo, end);
    const struct msturn_endpoint from = msturn_endpoint_of(&pinfo->src, pinfo->srcport);
    const struct msturn_endpoint to = msturn_endpoint_of(&pinfo->dst, pinfo->destport);
    const char *frame = wmem_strdup_printf(pinfo->pool, "frame %u", pinfo->num);
    const char *text = wmem_strdup_printf(pinfo->pool, "%s\n%s\n", heading(pinfo->pool, record, frame, &from, &to),
                                          msturn_end_text(pinfo->pool, end));

    set_data(follow, record, text, strlen(text));
}

static tap_packet_status add_event(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_, const void *data,
                                   tap_flags_t flags _U_)
{
    follow_info_t *follow = tapdata;
    const struct msturn_tap *event = data;
    const bool as_bytes = msturn_follow_wants_bytes(follow, own_follower);

    if (event->kind == MSTURN_TAP_MESSAGE && as_bytes)
        add_bytes(follow, pinfo, event);
    else if (event->kind == MSTURN_TAP_MESSAGE)
        set_message_text(follow, add_record(follow, pinfo, event), pinfo, event);
    else if (event->kind == MSTURN_TAP_MEDIA && !as_bytes)
        add_media(follow, pinfo, event);
    else if (event->kind == MSTURN_TAP_END && !as_bytes)
        add_end(follow, pinfo, event);
    return TAP_PACKET_DONT_REDRAW;
}

/* ---- filters ---- */

static char *session_filter(unsigned session, unsigned sub_stream _U_)
{
    return g_strdup_printf("msturn.session == %u", session);
}

/* Without a session, as when only the outside of a relay was recorded, it is the connection. */
static char *packet_filter(packet_info *pinfo, unsigned *number)
{
    const struct msturn_session *session = msturn_session_of_frame(pinfo);
    struct msturn_connection *connection = session ? NULL : msturn_connection_find(pinfo);

    *number = session ? session->id : 0;
    if (session)
        return session_filter(session->id, 0);
    if (connection && connection->flow->stream != UINT32_MAX)
        return g_strdup_printf("msturn && tcp.stream == %u", connection->flow->stream);
    return NULL;
}

static char *follow_filter(epan_dissect_t *edt _U_, packet_info *pinfo, unsigned *stream, unsigned *sub_stream)
{
    *sub_stream = 0;
    return packet_filter(pinfo, stream);
}

/* Of one connection, or of one client on UDP. */
static char *address_filter(address *a, address *b, int port_a, int port_b)
{
    const char *ip = a->type == AT_IPv6 ? "ipv6" : "ip";
    char *host_a = address_to_str(NULL, a), *host_b = address_to_str(NULL, b);
    char *filter = g_strdup_printf("msturn && %s.addr == %s && %s.addr == %s && "
                                   "(tcp.port == %d || udp.port == %d) && (tcp.port == %d || udp.port == %d)",
                                   ip, host_a, ip, host_b, port_a, port_a, port_b, port_b);

    wmem_free(NULL, host_a);
    wmem_free(NULL, host_b);
    return filter;
}

static uint32_t count_sessions(void)
{
    uint32_t count = 0;

    for (const struct msturn_session *session = msturn_sessions(); session; session = session->next)
        count++;
    return count;
}

static wsbool has_session(packet_info *pinfo COMPAT_USER_DATA)
{
    return msturn_session_of_frame(pinfo) != NULL;
}

static char *conversation_filter(packet_info *pinfo COMPAT_USER_DATA)
{
    unsigned session;

    return packet_filter(pinfo, &session);
}

/* Also what TCP does on the connections of the session: its own, those that were bound, and those of the peers. */
static char *tcp_conversation_filter(packet_info *pinfo COMPAT_USER_DATA)
{
    const struct msturn_session *session = msturn_session_of_frame(pinfo);
    const char *separator = "";

    if (!session)
        return NULL;
    GString *filter = g_string_new(NULL);
    g_string_printf(filter, "msturn.session == %u || tcp.stream in {", session->id);
    for (const struct msturn_flow *flow = msturn_tracker.flows; flow; flow = flow->next) {
        if (flow->transport != MSTURN_TCP || flow->stream == UINT32_MAX || !msturn_is_of_session(flow, session))
            continue;
        g_string_append_printf(filter, "%s%u", separator, flow->stream);
        separator = ", ";
    }
    if (separator[0] == '\0')
        g_string_printf(filter, "msturn.session == %u", session->id);
    else
        g_string_append_c(filter, '}');
    return g_string_free(filter, FALSE);
}

void msturn_follow_register(int protocol)
{
    compat_register_follow_stream(protocol, MSTURN_EVENT_TAP_NAME, follow_filter, session_filter, address_filter,
                                  tcp_port_to_display, add_event, count_sessions);
    own_follower = get_follow_by_name(proto_get_protocol_short_name(find_protocol_by_id(protocol)));
    register_conversation_filter(MSTURN_FILTER_NAME, "MSTURN session", has_session,
                                 conversation_filter COMPAT_NO_USER_DATA);
    register_conversation_filter(MSTURN_FILTER_NAME "_tcp", "MSTURN session with its TCP", has_session,
                                 tcp_conversation_filter COMPAT_NO_USER_DATA);
}
