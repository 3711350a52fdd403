/* nice_client.c
 * An ICE agent for the lab: libnice with one stream of one component, steered by lines on standard input.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * out: the local description, line by line, and "."   when all candidates are gathered
 * in:  the remote description, line by line, and "."  the checks begin
 * out: "ready"                                        the checks have ended well; "failed" if they have not
 * in:  "send HEX", out: "received HEX"                one packet
 * in:  "close", out: "closed"                         gives the relayed address back, where libnice does so
 */
#include <agent.h>
#include <gio/gio.h>
#include <glib/gprintf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMPONENT = 1, PACKET_MAX = 2048 };

static const struct {
    const char *name;
    NiceCompatibility value;
} dialects[] = {
    { "oc2007r2", NICE_COMPATIBILITY_OC2007R2 },
    { "wlm2009", NICE_COMPATIBILITY_WLM2009 },
    { "google", NICE_COMPATIBILITY_GOOGLE },
};

static const struct {
    const char *name;
    NiceRelayType value;
} relays[] = {
    { "udp", NICE_RELAY_TYPE_TURN_UDP },
    { "tcp", NICE_RELAY_TYPE_TURN_TCP },
    { "tls", NICE_RELAY_TYPE_TURN_TLS },
};

struct client {
    GMainLoop *loop;
    NiceAgent *agent;
    guint stream;
    GString *remote; /* description, as far as it has come; NULL once it is complete */
};

static G_GNUC_PRINTF(1, 2) void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_vprintf(format, arguments);
    va_end(arguments);
    fputc('\n', stdout);
    fflush(stdout);
}

static void on_gathered(NiceAgent *agent, guint stream, G_GNUC_UNUSED gpointer data)
{
    char *description = nice_agent_generate_local_stream_sdp(agent, stream, TRUE);

    say("%s.", description);
    g_free(description);
}

static void on_state(G_GNUC_UNUSED NiceAgent *agent, G_GNUC_UNUSED guint stream, G_GNUC_UNUSED guint component,
                     guint state, G_GNUC_UNUSED gpointer data)
{
    if (state == NICE_COMPONENT_STATE_READY)
        say("ready");
    else if (state == NICE_COMPONENT_STATE_FAILED)
        say("failed");
}

static void on_packet(G_GNUC_UNUSED NiceAgent *agent, G_GNUC_UNUSED guint stream, G_GNUC_UNUSED guint component,
                      guint length, char *packet, G_GNUC_UNUSED gpointer data)
{
    GString *hex = g_string_new(NULL);

    for (guint i = 0; i < length; i++)
        g_string_append_printf(hex, "%02x", (guint8)packet[i]);
    say("received %s", hex->str);
    g_string_free(hex, TRUE);
}

static void take_remote(struct client *client)
{
    char *user = NULL, *password = NULL;
    GSList *candidates =
        nice_agent_parse_remote_stream_sdp(client->agent, client->stream, client->remote->str, &user, &password);

    if (!candidates || !user || !password)
        g_error("no candidates or credentials in the remote description");
    nice_agent_set_remote_credentials(client->agent, client->stream, user, password);
    if (nice_agent_set_remote_candidates(client->agent, client->stream, COMPONENT, candidates) < 1)
        g_error("libnice takes none of the remote candidates");
    g_slist_free_full(candidates, (GDestroyNotify)nice_candidate_free);
    g_free(user);
    g_free(password);
    g_string_free(client->remote, TRUE);
    client->remote = NULL;
}

static void send_packet(struct client *client, const char *hex)
{
    char packet[PACKET_MAX];
    gsize length = strlen(hex) / 2;

    if (length > sizeof packet)
        g_error("packet of %" G_GSIZE_FORMAT " bytes", length);
    for (gsize i = 0; i < length; i++)
        packet[i] = (char)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    if (nice_agent_send(client->agent, client->stream, COMPONENT, (guint)length, packet) != (int)length)
        g_error("packet not sent");
}

static void on_closed(G_GNUC_UNUSED GObject *source, G_GNUC_UNUSED GAsyncResult *result, gpointer data)
{
    struct client *client = data;

    say("closed");
    g_main_loop_quit(client->loop);
}

static gboolean on_line(GIOChannel *input, G_GNUC_UNUSED GIOCondition condition, gpointer data)
{
    struct client *client = data;
    char *line = NULL;
    gsize end = 0;

    if (g_io_channel_read_line(input, &line, NULL, &end, NULL) != G_IO_STATUS_NORMAL)
        g_error("standard input has ended");
    line[end] = '\0';
    if (client->remote && strcmp(line, ".") != 0)
        g_string_append_printf(client->remote, "%s\n", line);
    else if (client->remote)
        take_remote(client);
    else if (g_str_has_prefix(line, "send "))
        send_packet(client, line + strlen("send "));
    else if (strcmp(line, "close") == 0)
        nice_agent_close_async(client->agent, on_closed, client);
    else
        g_error("unknown line: %s", line);
    g_free(line);
    return G_SOURCE_CONTINUE;
}

static NiceCompatibility dialect(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(dialects); i++)
        if (g_strcmp0(name, dialects[i].name) == 0)
            return dialects[i].value;
    g_error("unknown dialect %s", name);
}

static NiceRelayType relay_type(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(relays); i++)
        if (g_strcmp0(name, relays[i].name) == 0)
            return relays[i].value;
    g_error("unknown relay %s", name);
}

static NiceAgent *new_agent(GMainLoop *loop, const char *dialect_name, gboolean controlling, gboolean tcp,
                            gboolean relayed, const char *host)
{
    NiceAgent *agent = nice_agent_new(g_main_loop_get_context(loop), dialect(dialect_name));
    NiceAddress *address = nice_address_new();

    /* Without UDP candidates libnice allocates for TCP-ACT and TCP-PASS, and frames as [MS-TURN] 2.1.4 says. */
    g_object_set(agent, "controlling-mode", controlling, "ice-tcp", tcp, "ice-udp", !tcp, "force-relay", relayed,
                 "upnp", FALSE, NULL);
    if (!nice_address_set_from_string(address, host) || !nice_agent_add_local_address(agent, address))
        g_error("no address: %s", host);
    nice_address_free(address);
    return agent;
}

int main(int count, char **words)
{
    char *dialect_name = NULL, *host = NULL, *ufrag = NULL, *ice_password = NULL;
    char *relay = NULL, *server = NULL, *user = NULL, *password = NULL;
    int port = 0;
    gboolean controlling = FALSE, tcp = FALSE;
    /* clang-format off */
    const GOptionEntry options[] = {
        {"dialect", 0, 0, G_OPTION_ARG_STRING, &dialect_name, "oc2007r2, wlm2009 or google", "NAME"},
        {"local", 0, 0, G_OPTION_ARG_STRING, &host, "own address", "ADDRESS"},
        {"ufrag", 0, 0, G_OPTION_ARG_STRING, &ufrag, "own user name for checks", "NAME"},
        {"ice-password", 0, 0, G_OPTION_ARG_STRING, &ice_password, "own password for checks", "PASSWORD"},
        {"controlling", 0, 0, G_OPTION_ARG_NONE, &controlling, "ICE role", NULL},
        {"tcp", 0, 0, G_OPTION_ARG_NONE, &tcp, "TCP candidates only; default: UDP only", NULL},
        {"relay", 0, 0, G_OPTION_ARG_STRING, &relay, "relayed candidates only, way to the server", "udp|tcp|tls"},
        {"server", 0, 0, G_OPTION_ARG_STRING, &server, "address of the server", "ADDRESS"},
        {"port", 0, 0, G_OPTION_ARG_INT, &port, "port of the server", "PORT"},
        {"user", 0, 0, G_OPTION_ARG_STRING, &user, "for the server, in base64", "TOKEN"},
        {"password", 0, 0, G_OPTION_ARG_STRING, &password, "for the server, in base64", "PASSWORD"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    /* clang-format on */
    GOptionContext *context = g_option_context_new("- an ICE agent");
    GError *error = NULL;
    struct client client = { NULL, NULL, 0, NULL };
    GIOChannel *input = g_io_channel_unix_new(0);

    /* What libnice says with NICE_DEBUG=all must not get between the lines on standard output. */
    g_log_writer_default_set_use_stderr(TRUE);
    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &count, &words, &error))
        g_error("%s", error->message);
    g_option_context_free(context);

    client.loop = g_main_loop_new(NULL, FALSE);
    client.agent = new_agent(client.loop, dialect_name, controlling, tcp, relay != NULL, host);
    client.stream = nice_agent_add_stream(client.agent, 1);
    client.remote = g_string_new(NULL);
    if (!nice_agent_set_local_credentials(client.agent, client.stream, ufrag, ice_password))
        g_error("libnice does not take the credentials");
    if (relay && !nice_agent_set_relay_info(client.agent, client.stream, COMPONENT, server, (guint)port, user, password,
                                            relay_type(relay)))
        g_error("libnice does not take the relay");
    g_signal_connect(client.agent, "candidate-gathering-done", G_CALLBACK(on_gathered), NULL);
    g_signal_connect(client.agent, "component-state-changed", G_CALLBACK(on_state), NULL);
    nice_agent_attach_recv(client.agent, client.stream, COMPONENT, g_main_loop_get_context(client.loop), on_packet,
                           NULL);
    g_io_add_watch(input, G_IO_IN | G_IO_HUP, on_line, &client);
    if (!nice_agent_gather_candidates(client.agent, client.stream))
        g_error("libnice gathers no candidates");
    g_main_loop_run(client.loop);

    g_object_unref(client.agent);
    g_main_loop_unref(client.loop);
    g_io_channel_unref(input);
    return EXIT_SUCCESS;
}
