/* transaction.c
 * Transactions: a request, its repeats and its response.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/wire/fingerprint.h"
#include "plugin/track/transaction.h"

#include "plugin/rules/timers.h"
#include "plugin/track/problem.h"
#include "plugin/track/state.h"

#include <string.h>

/* USE-CANDIDATE, RFC 8445 section 8.1; libwebrtc may nominate one pair after another instead. */
enum { NOMINATES = MSTURN_HAS_USE_CANDIDATE | MSTURN_HAS_NOMINATION };

#define AT_ONCE 100000000 /* nanoseconds: 100 ms */

/* A sender may choose ids that collide, unless the hash is seeded. */
guint msturn_transaction_hash(gconstpointer key)
{
    const struct msturn_transaction *transaction = key;

    return wmem_strong_hash(transaction->id, sizeof transaction->id) ^ g_direct_hash(transaction->flow);
}

gboolean msturn_transaction_equal(gconstpointer a, gconstpointer b)
{
    const struct msturn_transaction *left = a, *right = b;

    return left->flow == right->flow && memcmp(left->id, right->id, sizeof left->id) == 0;
}

struct msturn_transaction *msturn_transaction_find(const struct msturn_flow *flow, const uint8_t *id)
{
    struct msturn_transaction key = { .flow = (struct msturn_flow *)flow };

    memcpy(key.id, id, sizeof key.id);
    return wmem_map_lookup(msturn_tracker.transactions, &key);
}

static struct msturn_transaction *find_or_add(const struct msturn_sighting *sighting)
{
    struct msturn_transaction key = { .flow = sighting->flow };

    memcpy(key.id, sighting->message->header.transaction_id, sizeof key.id);
    struct msturn_transaction *transaction = wmem_map_lookup(msturn_tracker.transactions, &key);
    if (!transaction) {
        transaction = wmem_new(msturn_tracker.scope, struct msturn_transaction);
        *transaction = key;
        wmem_map_insert(msturn_tracker.transactions, transaction, transaction);
    }
    return transaction;
}

/* A twin follows at once. Where both tables agree it is the same bytes, as a retransmission is: Teams' clients
 * send those after some 300 ms. */
static bool is_twin(const struct msturn_first_message *first, const struct msturn_sighting *sighting)
{
    const struct msturn_content *content = &sighting->message->content;

    if (msturn_action_of(&sighting->message->header) != MSTURN_ACTION_BINDING || content->fingerprint_offset == 0 ||
        sighting->digest != first->digest)
        return false;
    if (content->fingerprint != first->fingerprint)
        return true;
    return first->repeats == 1 && sighting->event.time - first->time < AT_ONCE &&
           msturn_faulty_fingerprint(sighting->message->bytes.data, content->fingerprint_offset) ==
               (sighting->digest ^ MSTURN_FINGERPRINT_XOR);
}

/* RFC 8489 section 6.2.2: over TCP nothing is sent again; [MS-TURN] does not say. Agents that resend checks there do no
 * harm, and Skype's nominate with the id of the check that succeeded. */
static void check_repeat(const struct msturn_first_message *first, const struct msturn_sighting *sighting,
                         const struct msturn_transaction *transaction)
{
    const bool is_request = sighting->message->header.msg_class == MSTURN_CLASS_REQUEST;

    if (sighting->message->header.dialect == MSTURN_DIALECT_MS_TURN)
        return;
    if (transaction->action == MSTURN_ACTION_BINDING) {
        if (sighting->flow->transport == MSTURN_TCP && is_request)
            msturn_found(MSTURN_FINDING_CHECK_REPEATED, sighting->event.frame, transaction, transaction->session, NULL);
    } else if (sighting->digest != first->digest) {
        msturn_found(MSTURN_FINDING_TRANSACTION_REUSED, sighting->event.frame, transaction, transaction->session, NULL);
    } else if (sighting->flow->transport == MSTURN_TCP) {
        msturn_found(MSTURN_FINDING_TRANSACTION_REPEATED, sighting->event.frame, transaction, transaction->session, NULL);
    }
}

static enum msturn_repeat take_message(struct msturn_first_message *first, const struct msturn_sighting *sighting,
                                       const struct msturn_transaction *transaction)
{
    if (first->frame != 0) {
        first->repeats++;
        if (is_twin(first, sighting))
            return MSTURN_REPEAT_TWIN;
        check_repeat(first, sighting, transaction);
        return MSTURN_REPEAT_DUPLICATE;
    }
    *first = (struct msturn_first_message){
        .frame = sighting->event.frame, .time = sighting->event.time, .digest = sighting->digest,
        .fingerprint = sighting->message->content.fingerprint,
    };
    return MSTURN_REPEAT_NONE;
}

static void add_half(struct msturn_transaction *transaction)
{
    wmem_list_append(msturn_tracker.halves, transaction);
    transaction->half = wmem_list_tail(msturn_tracker.halves);
}

static void remove_half(struct msturn_transaction *transaction)
{
    if (transaction->half)
        wmem_list_remove_frame(msturn_tracker.halves, transaction->half);
    transaction->half = NULL;
}

static void take_request(struct msturn_transaction *transaction, const struct msturn_sighting *sighting)
{
    transaction->action = (uint8_t)msturn_action_of(&sighting->message->header);
    transaction->side = sighting->side;
    transaction->has = sighting->message->content.has;
    transaction->integrity_length = sighting->message->content.integrity_length;
    transaction->requested_transport = sighting->message->content.requested_transport;
    /* The response may have come first: packets of two interfaces are not always recorded in their order. A Send
     * request of [MS-TURN] has none. */
    if (transaction->response.frame == 0 && transaction->action != MSTURN_ACTION_SEND)
        add_half(transaction);
    else
        remove_half(transaction);
}

static void take_indication(struct msturn_transaction *transaction, const struct msturn_sighting *sighting)
{
    transaction->action = (uint8_t)msturn_action_of(&sighting->message->header);
    transaction->side = sighting->side;
    remove_half(transaction); /* a response with its id may have come before */
}

static void check_delay(const struct msturn_transaction *transaction, const struct msturn_sighting *sighting)
{
    const bool connect = transaction->action == MSTURN_ACTION_CONNECT;
    const struct msturn_event asked = msturn_event_of(&transaction->request);
    const double seconds = msturn_seconds(&asked, &sighting->event);

    if (seconds > (connect ? MSTURN_SECONDS_CONNECT : MSTURN_SECONDS_DUE_OPEN))
        msturn_found(MSTURN_FINDING_RESPONSE_LATE, sighting->event.frame, transaction, transaction->session,
                     wmem_strdup_printf(msturn_tracker.scope, "Response came late: %.1f s after the request (frame %u)",
                                        seconds, asked.frame));
}

static void take_response(struct msturn_transaction *transaction, const struct msturn_sighting *sighting)
{
    transaction->action = (uint8_t)msturn_action_of(&sighting->message->header);
    transaction->side = 1 - sighting->side;
    transaction->is_error = sighting->message->header.msg_class == MSTURN_CLASS_ERROR;
    transaction->error_code = sighting->message->content.error_code;
    if (transaction->request.frame == 0) {
        add_half(transaction);
    } else {
        remove_half(transaction);
        check_delay(transaction, sighting);
    }
}

struct msturn_transaction *msturn_transaction_take(const struct msturn_sighting *sighting,
                                                   enum msturn_repeat *repeat)
{
    struct msturn_transaction *transaction = find_or_add(sighting);
    const bool was_answered = transaction->response.frame != 0 && !transaction->is_error;

    switch (sighting->message->header.msg_class) {
    case MSTURN_CLASS_REQUEST:
        *repeat = take_message(&transaction->request, sighting, transaction);
        if (*repeat == MSTURN_REPEAT_NONE) {
            take_request(transaction, sighting);
            transaction->nominated = was_answered && (transaction->has & NOMINATES) != 0;
        }
        transaction->nominates |= (sighting->message->content.has & NOMINATES) != 0;
        break;
    case MSTURN_CLASS_INDICATION:
        *repeat = take_message(&transaction->request, sighting, transaction);
        if (*repeat == MSTURN_REPEAT_NONE)
            take_indication(transaction, sighting);
        break;
    default:
        *repeat = take_message(&transaction->response, sighting, transaction);
        if (*repeat == MSTURN_REPEAT_NONE)
            take_response(transaction, sighting);
        transaction->nominated |= !transaction->is_error && transaction->nominates;
        break;
    }
    return transaction;
}
