/* offer.c
 * What was offered: session descriptions, and the candidates in them.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A password goes to password.c, and is not kept here.
 */
#include "plugin/track/offer.h"

#include "plugin/rules/timers.h"
#include "plugin/track/credentials.h"
#include "plugin/track/password.h"
#include "plugin/track/state.h"

#include <string.h>

enum {
    CANDIDATES_MAX = 64, /* of an m-line: more are not kept */
    MEDIA_MAX = 32,      /* of a description */
    USES_MAX = 8         /* of a leg: ICE restarts */
};

static const char *kept_text(struct msturn_bytes bytes)
{
    return wmem_strndup(msturn_tracker.scope, (const char *)bytes.data, bytes.captured);
}

static struct msturn_offers *offers(void)
{
    if (!msturn_tracker.offers) {
        wmem_allocator_t *scope = msturn_tracker.scope;
        msturn_tracker.offers = wmem_new0(scope, struct msturn_offers);
        msturn_tracker.offers->by_ufrag = wmem_map_new(scope, wmem_str_hash, g_str_equal);
        msturn_tracker.offers->uses_of_leg = wmem_map_new(scope, g_direct_hash, g_direct_equal);
        msturn_tracker.offers->strange = wmem_map_new(scope, wmem_str_hash, g_str_equal);
        msturn_tracker.offers->by_digest = wmem_map_new(scope, wmem_int64_hash, g_int64_equal);
        msturn_tracker.offers->by_address = wmem_map_new(scope, msturn_endpoint_hash, msturn_endpoints_equal);
    }
    return msturn_tracker.offers;
}

/* ---- user fragments and passwords ---- */

static void tell_password(const struct msturn_ice_names *names)
{
    if (names->ufrag && names->pwd)
        msturn_track_ice_password(names->ufrag, names->pwd);
}

static void take_name(bool is_ufrag, struct msturn_bytes value)
{
    const bool of_media = offers()->reading->last_media != NULL;
    struct msturn_ice_names *names = of_media ? &offers()->in_media : &offers()->session;
    const char *text = kept_text(value);

    if (!is_ufrag) {
        names->pwd = text;
    } else {
        names->ufrag = text;
        wmem_map_insert(offers()->by_ufrag, text, offers()->reading);
        if (of_media)
            offers()->reading->last_media->ufrag = text;
        else
            offers()->reading->ufrag = text;
    }
    /* RFC 8839 section 5.4: what the session has counts for media that have none of their own. */
    const struct msturn_ice_names both = { names->ufrag ? names->ufrag : offers()->session.ufrag,
                                           names->pwd ? names->pwd : offers()->session.pwd };
    tell_password(&both);
}

/* ---- descriptions ---- */

static struct msturn_description *begin_description(uint32_t line)
{
    struct msturn_offers *all = offers();
    struct msturn_description *description = wmem_new0(msturn_tracker.scope, struct msturn_description);

    description->id = all->count++;
    description->line = line;
    if (all->last_description)
        all->last_description->next = description;
    else
        all->descriptions = description;
    all->last_description = description;
    all->recent[description->id % MSTURN_RECENT_OFFERS] = description;
    all->reading = description;
    all->session = all->in_media = (struct msturn_ice_names){ NULL, NULL };
    return description;
}

static void add_m_line(const struct msturn_sdp_media *said)
{
    struct msturn_description *description = offers()->reading;
    struct msturn_media *media = wmem_new0(msturn_tracker.scope, struct msturn_media);

    media->description = description;
    media->name = kept_text(said->name);
    media->protocol = kept_text(said->protocol);
    media->port = said->port;
    media->at = description->connection;
    media->at.port = (uint16_t)said->port;
    if (description->last_media)
        description->last_media->next = media;
    else
        description->media = media;
    description->last_media = media;
    offers()->in_media = (struct msturn_ice_names){ NULL, NULL };
}

static unsigned count_m_lines(void)
{
    unsigned count = 0;

    for (const struct msturn_media *media = offers()->reading->media; media; media = media->next)
        count++;
    return count;
}

static void take_connection(const struct msturn_endpoint *address)
{
    struct msturn_media *media = offers()->reading->last_media;

    if (!media) {
        offers()->reading->connection = *address;
        return;
    }
    media->at = *address;
    media->at.port = (uint16_t)media->port;
}

bool msturn_candidate_is_tcp(enum msturn_candidate_transport transport)
{
    return transport >= MSTURN_CANDIDATE_TCP;
}

/* [MS-ICE]: user name and password are those of the candidate. */
static void take_older_names(const struct msturn_sdp_candidate *said)
{
    if (said->password.captured == 0)
        return;
    const struct msturn_ice_names names = { kept_text(said->foundation), kept_text(said->password) };
    tell_password(&names);
}

static void list_at_address(struct msturn_candidate *candidate)
{
    struct msturn_candidate *first = wmem_map_lookup(offers()->by_address, &candidate->address);

    if (first)
        first->last_at = first->last_at->next_at = candidate;
    else
        wmem_map_insert(offers()->by_address, &candidate->address, candidate);
    if (!first)
        candidate->last_at = candidate;
}

static void add_candidate(const struct msturn_sdp_candidate *said, uint32_t line)
{
    struct msturn_offers *all = offers();
    struct msturn_media *media = offers()->reading->last_media;

    if (!media || media->candidates >= CANDIDATES_MAX)
        return;
    struct msturn_candidate *candidate = wmem_new(msturn_tracker.scope, struct msturn_candidate);
    *candidate = (struct msturn_candidate){
        .description = offers()->reading,
        .media = media,
        .foundation = kept_text(said->foundation),
        .host = kept_text(said->host),
        .component = said->component,
        .priority = said->priority,
        .transport = said->transport,
        .type = said->type,
        .address = said->address,
        .related = said->related,
        .line = line,
    };
    media->candidates++;
    media->tcp_candidates += msturn_candidate_is_tcp(said->transport);
    if (offers()->reading->candidates++ == 0)
        offers()->reading->first_candidate = candidate;
    if (all->last_candidate)
        all->last_candidate->next = candidate;
    else
        all->candidates = candidate;
    all->last_candidate = candidate;
    if (candidate->address.family != 0)
        list_at_address(candidate);
    take_older_names(said);
}

static void take_options(struct msturn_bytes text)
{
    struct msturn_media *media = offers()->reading->last_media;

    if (media)
        media->options = kept_text(text);
    else
        offers()->reading->options = kept_text(text);
}

/* [MS-SDPEXT]: "role:viewer", "media-type:rdp", and others. */
static void take_sharing(struct msturn_bytes text)
{
    struct msturn_media *media = offers()->reading->last_media;
    const char *name = kept_text(text);

    if (media && g_str_has_prefix(name, "role:"))
        media->sharing_role = name + strlen("role:");
    else if (media && g_str_has_prefix(name, "media-type:"))
        media->sharing_type = name + strlen("media-type:");
}

static void take_line(const struct msturn_sdp_line *line, uint32_t number)
{
    struct msturn_description *description = offers()->reading;

    switch (line->kind) {
    case MSTURN_SDP_VERSION:
    case MSTURN_SDP_REMOTE_CANDIDATES:
    case MSTURN_SDP_CALL_ID:
        break;
    case MSTURN_SDP_OPTIONS:
        take_options(line->text);
        break;
    case MSTURN_SDP_APPLICATION_SHARING:
        take_sharing(line->text);
        break;
    case MSTURN_SDP_ORIGIN:
        if (!description->origin)
            description->origin = kept_text(line->text);
        break;
    case MSTURN_SDP_CONNECTION:
        take_connection(&line->address);
        break;
    case MSTURN_SDP_MEDIA:
        if (count_m_lines() < MEDIA_MAX)
            add_m_line(&line->media);
        break;
    case MSTURN_SDP_UFRAG:
    case MSTURN_SDP_PWD:
        take_name(line->kind == MSTURN_SDP_UFRAG, line->text);
        break;
    case MSTURN_SDP_LITE:
        description->lite = true;
        break;
    case MSTURN_SDP_CANDIDATE:
        add_candidate(&line->candidate, number);
        break;
    case MSTURN_SDP_SETUP:
        if (description->last_media)
            description->last_media->setup = kept_text(line->text);
        break;
    }
}

/* ---- offer and answer: RFC 3264 ---- */

static bool may_answer(const struct msturn_description *description, const struct msturn_description *offer)
{
    if (offer == description || offer->answer || offer->answers || (offer->line != 0) != (description->line != 0))
        return false;
    if (offer->origin && description->origin && strcmp(offer->origin, description->origin) == 0)
        return false;
    if (offer->call != 0 && description->call != 0 && offer->call != description->call)
        return false;
    if (description->line != 0) /* of a log: the next one */
        return true;
    return msturn_endpoint_same_host(&offer->from, &description->to) &&
           msturn_endpoint_same_host(&offer->to, &description->from) &&
           msturn_seconds(&offer->event, &description->event) <= MSTURN_SECONDS_ANSWER;
}

static void find_offer(struct msturn_description *description)
{
    const uint32_t count = MIN(description->id, (uint32_t)MSTURN_RECENT_OFFERS - 1);

    for (uint32_t back = 1; back <= count; back++) {
        struct msturn_description *offer = offers()->recent[(description->id - back) % MSTURN_RECENT_OFFERS];
        if (may_answer(description, offer)) {
            description->answers = offer;
            offer->answer = description;
            return;
        }
    }
}

/* ---- the way in ---- */

/* The same bytes again: on the other side of a proxy, or sent again. */
static struct msturn_description *known_copy(struct msturn_bytes text, const int64_t **key)
{
    const int64_t digest = (int64_t)msturn_hash_of(text);

    *key = wmem_memdup(msturn_tracker.scope, &digest, sizeof digest);
    return wmem_map_lookup(offers()->by_digest, &digest);
}

void msturn_track_description(struct msturn_bytes text, struct msturn_bytes call_id, const struct msturn_endpoint *from,
                              const struct msturn_endpoint *to, struct msturn_event event)
{
    const int64_t *key;
    struct msturn_description *description = known_copy(text, &key);
    struct msturn_bytes rest = text, bytes;
    struct msturn_sdp_line line;

    msturn_tracker.events++;
    if (description) {
        description->copies++;
        return;
    }
    description = begin_description(0);
    wmem_map_insert(offers()->by_digest, key, description);
    description->call = msturn_hash_of(call_id);
    description->event = event;
    description->from = *from;
    description->to = *to;
    while (msturn_sdp_next_line(&rest, &bytes)) {
        if (msturn_sdp_read_line(bytes, &line))
            take_line(&line, 0);
    }
    find_offer(description);
    offers()->reading = NULL;
}

/* The beginning of what is in a log may be missing. */
static bool begins_in_log(enum msturn_sdp_kind kind)
{
    return kind == MSTURN_SDP_ORIGIN || kind == MSTURN_SDP_MEDIA || kind == MSTURN_SDP_UFRAG;
}

void msturn_track_log_line(struct msturn_bytes bytes, uint32_t number)
{
    const struct msturn_bytes found = msturn_sdp_in_log_line(bytes);
    struct msturn_sdp_line line;

    if (!msturn_sdp_read_line(found, &line))
        return;
    if (line.kind == MSTURN_SDP_CALL_ID) {
        offers()->call = msturn_hash_of(line.text);
        return;
    }
    if (line.kind == MSTURN_SDP_VERSION || (!offers()->reading && begins_in_log(line.kind)))
        begin_description(number)->call = offers()->call;
    if (!offers()->reading)
        return;
    take_line(&line, number);
    /* Who answers shows by o=, which is the first line after v=. */
    if (line.kind == MSTURN_SDP_ORIGIN && !offers()->reading->answers)
        find_offer(offers()->reading);
}

const struct msturn_description *msturn_descriptions(void)
{
    return msturn_tracker.offers ? msturn_tracker.offers->descriptions : NULL;
}

const struct msturn_candidate *msturn_candidate_beside(const struct msturn_candidate *candidate)
{
    return candidate->next && candidate->next->description == candidate->description ? candidate->next : NULL;
}

/* ---- checks ---- */

const struct msturn_description *msturn_description_of_ufrag(struct msturn_bytes ufrag)
{
    enum { LONGEST = 256 }; /* RFC 8839 section 5.4 */
    char text[LONGEST + 1];

    if (!msturn_tracker.offers || ufrag.captured == 0 || ufrag.captured > LONGEST)
        return NULL;
    memcpy(text, ufrag.data, ufrag.captured);
    text[ufrag.captured] = '\0';
    return wmem_map_lookup(msturn_tracker.offers->by_ufrag, text);
}

static void note_unknown(struct msturn_bytes ufrag, const struct msturn_description *other,
                         const struct msturn_transaction *transaction)
{
    struct msturn_offers *all = offers();
    const char *text = kept_text(ufrag);

    if (wmem_map_lookup(all->strange, text))
        return;
    struct msturn_unknown_ufrag *unknown = wmem_new(msturn_tracker.scope, struct msturn_unknown_ufrag);
    *unknown = (struct msturn_unknown_ufrag){
        .ufrag = text, .other = other, .transaction = transaction, .next = all->unknown_ufrags
    };
    all->unknown_ufrags = unknown;
    wmem_map_insert(all->strange, text, unknown);
}

static void note_use(const struct msturn_leg *leg, uint64_t ice_session, const struct msturn_bytes *ufrags)
{
    struct msturn_offers *all = offers();
    struct msturn_ice_use *last = wmem_map_lookup(all->uses_of_leg, leg);

    for (const struct msturn_ice_use *use = last; use; use = use->before) {
        if (use->ice_session == ice_session)
            return;
    }
    if (last && last->count == USES_MAX)
        return;
    struct msturn_ice_use *use = wmem_new(msturn_tracker.scope, struct msturn_ice_use);
    *use = (struct msturn_ice_use){
        .leg = leg,
        .ice_session = ice_session,
        .ufrags = { kept_text(ufrags[0]), kept_text(ufrags[1]) },
        .next = all->uses,
        .before = last,
        .count = last ? last->count + 1 : 1,
    };
    all->uses = use;
    wmem_map_insert(all->uses_of_leg, leg, use);
}

/* RFC 8445 section 7.2.2: the receiver's user fragment, a colon, and the sender's. */
static bool split_username(struct msturn_bytes user, struct msturn_bytes *ufrags)
{
    while (user.captured > 0 && user.data[user.captured - 1] == 0)
        user = msturn_bytes_slice(user, 0, user.captured - 1);
    const uint8_t *colon = user.captured > 0 ? memchr(user.data, ':', user.captured) : NULL;
    if (!colon)
        return false;
    const uint32_t at = (uint32_t)(colon - user.data);
    ufrags[0] = msturn_bytes_slice(user, 0, at);
    ufrags[1] = msturn_bytes_slice(user, at + 1, UINT32_MAX);
    return true;
}

void msturn_track_ufrags(const struct msturn_message_context *context, const struct msturn_transaction *transaction)
{
    const struct msturn_decoded *decoded = &context->message->decoded;
    struct msturn_bytes ends[2];

    if (!msturn_tracker.offers || !decoded->username.data || decoded->realm.data ||
        context->message->header.msg_class != MSTURN_CLASS_REQUEST || !split_username(decoded->username, ends))
        return;
    note_use(transaction->exchange->leg, msturn_hash_of(ends[0]) + msturn_hash_of(ends[1]), ends);
    const struct msturn_description *known[2] = { msturn_description_of_ufrag(ends[0]),
                                                  msturn_description_of_ufrag(ends[1]) };
    for (unsigned i = 0; i < 2; i++) {
        if (!known[i] && known[1 - i] && ends[i].captured > 0)
            note_unknown(ends[i], known[1 - i], transaction);
    }
}

const struct msturn_candidate *msturn_candidate_at(const struct msturn_endpoint *address)
{
    return msturn_tracker.offers ? wmem_map_lookup(msturn_tracker.offers->by_address, address) : NULL;
}

const struct msturn_description *msturn_description_other_end(const struct msturn_description *description)
{
    return description->answers ? description->answers : description->answer;
}

const char *msturn_candidate_ufrag(const struct msturn_candidate *candidate)
{
    return candidate->media->ufrag ? candidate->media->ufrag : candidate->description->ufrag;
}
