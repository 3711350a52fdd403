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
#include "plugin/track/transaction_table.h"

/* USE-CANDIDATE, RFC 8445 section 8.1; libwebrtc may nominate one pair after another instead. */
enum { NOMINATES = MSTURN_HAS_USE_CANDIDATE | MSTURN_HAS_NOMINATION };

#define AT_ONCE 100000000 /* nanoseconds: 100 ms */

bool msturn_request_is_unanswered(const struct msturn_transaction *transaction, const struct msturn_header *header)
{
    return header->msg_class == MSTURN_CLASS_REQUEST && transaction->action != MSTURN_ACTION_SEND &&
           transaction->exchange->response.frame == 0;
}

struct msturn_first_message *msturn_transaction_message(struct msturn_transaction *transaction,
                                                        const struct msturn_header *header)
{
    const bool asks = header->msg_class == MSTURN_CLASS_REQUEST || header->msg_class == MSTURN_CLASS_INDICATION;

    return asks ? &transaction->request : &msturn_exchange_of(transaction)->response;
}

static struct msturn_transaction *find_or_add_transaction(const struct msturn_message_context *context)
{
    const uint8_t *id = context->message->header.transaction_id;
    struct msturn_transaction *transaction = msturn_transaction_find(context->flow, id);

    return transaction ? transaction : msturn_transaction_add(context->flow, id);
}

/* The duplicate by the other CRC table follows at once. Where both tables agree it is the same bytes, as a retransmission
 * is: Teams' clients send those after some 300 ms. */
static bool is_crc_duplicate(const struct msturn_first_message *first, const struct msturn_message_context *context)
{
    const struct msturn_decoded *decoded = &context->message->decoded;

    if (msturn_action_of(&context->message->header) != MSTURN_ACTION_BINDING || decoded->fingerprint_offset == 0 ||
        context->digest != first->digest)
        return false;
    if (decoded->fingerprint != first->fingerprint)
        return true;
    return first->repeats == 1 && context->event.time - first->time < AT_ONCE &&
           msturn_faulty_fingerprint(context->message->bytes.data, decoded->fingerprint_offset) ==
               (context->digest ^ MSTURN_FINGERPRINT_XOR);
}

/* RFC 8489 section 6.2.2: over TCP nothing is sent again; [MS-TURN] does not say. Agents that resend checks there do no
 * harm, and Skype's nominate with the id of the check that succeeded. */
static void check_repeat(const struct msturn_first_message *first, const struct msturn_message_context *context,
                         const struct msturn_transaction *transaction)
{
    const bool is_request = context->message->header.msg_class == MSTURN_CLASS_REQUEST;

    if (context->message->header.dialect == MSTURN_DIALECT_MS_TURN)
        return;
    if (!is_request && first->repeats <= transaction->request.repeats)
        return; /* who is asked again may answer again, and another answer */
    if (transaction->action == MSTURN_ACTION_BINDING) {
        if (context->flow->transport == MSTURN_TCP && is_request)
            msturn_note_problem(MSTURN_FINDING_CHECK_REPEATED, context->event.frame, transaction, transaction->session,
                                NULL);
    } else if (context->digest != first->digest) {
        msturn_note_problem(MSTURN_FINDING_TRANSACTION_REUSED, context->event.frame, transaction, transaction->session,
                            NULL);
    } else if (context->flow->transport == MSTURN_TCP) {
        msturn_note_problem(MSTURN_FINDING_TRANSACTION_REPEATED, context->event.frame, transaction,
                            transaction->session, NULL);
    }
}

/* The same bytes of the stream: TCP sent them again, or the capture has a packet twice. Which of those come here depends on the
 * version of Wireshark. */
static bool is_same_bytes(const struct msturn_first_message *first, const struct msturn_message_context *context)
{
    return context->in_stream && context->event.frame != first->frame &&
           context->stream_offset == first->stream_offset && context->digest == first->digest;
}

static enum msturn_repeat note_message(struct msturn_first_message *first, const struct msturn_message_context *context,
                                       const struct msturn_transaction *transaction)
{
    if (first->frame != 0) {
        if (is_same_bytes(first, context))
            return MSTURN_REPEAT_DUPLICATE;
        first->repeats += first->repeats < UINT16_MAX;
        if (is_crc_duplicate(first, context))
            return MSTURN_REPEAT_CRC_DUPLICATE;
        check_repeat(first, context, transaction);
        return MSTURN_REPEAT_DUPLICATE;
    }
    *first = (struct msturn_first_message){
        .frame = context->event.frame,
        .time = context->event.time,
        .digest = context->digest,
        .fingerprint = context->message->decoded.fingerprint,
        .stream_offset = context->stream_offset,
    };
    return MSTURN_REPEAT_NONE;
}

static void list_incomplete(struct msturn_transaction *transaction)
{
    wmem_list_append(msturn_tracker.incomplete, transaction);
    msturn_exchange_of(transaction)->incomplete_entry = wmem_list_tail(msturn_tracker.incomplete);
}

static void unlist_incomplete(struct msturn_transaction *transaction)
{
    if (!transaction->exchange->incomplete_entry)
        return;
    wmem_list_remove_frame(msturn_tracker.incomplete, transaction->exchange->incomplete_entry);
    msturn_exchange_of(transaction)->incomplete_entry = NULL;
}

static void begin_transaction(struct msturn_transaction *transaction, const struct msturn_message_context *context)
{
    transaction->action = (uint8_t)msturn_action_of(&context->message->header);
    transaction->side = context->side;
    msturn_exchange_of(transaction)->has = context->message->decoded.has;
    transaction->integrity_length = context->message->decoded.integrity_length;
    transaction->requested_transport = context->message->decoded.requested_transport;
    /* The response may have come first: packets of two interfaces are not always recorded in their order. A Send
     * request of [MS-TURN] has none. */
    if (transaction->exchange->response.frame == 0 && transaction->action != MSTURN_ACTION_SEND)
        list_incomplete(transaction);
    else
        unlist_incomplete(transaction);
}

static void note_indication(struct msturn_transaction *transaction, const struct msturn_message_context *context)
{
    transaction->action = (uint8_t)msturn_action_of(&context->message->header);
    transaction->side = context->side;
    unlist_incomplete(transaction); /* a response with its id may have come before */
}

static void check_delay(const struct msturn_transaction *transaction, const struct msturn_message_context *context)
{
    const bool connect = transaction->action == MSTURN_ACTION_CONNECT;
    const struct msturn_event asked = msturn_event_of(&transaction->request);
    const double seconds = msturn_seconds(&asked, &context->event);

    if (seconds > (connect ? MSTURN_SECONDS_CONNECT : MSTURN_SECONDS_DUE_OPEN))
        msturn_note_problem(MSTURN_FINDING_RESPONSE_LATE, context->event.frame, transaction, transaction->session,
                            wmem_strdup_printf(msturn_tracker.scope,
                                               "Response came late: %s s after the request (frame %u)",
                                               msturn_decimal_text(msturn_tracker.scope, seconds, 1), asked.frame));
}

/* Microsoft's clients and servers fill texts with NULs. */
static void keep_error_reason(const struct msturn_transaction *transaction, struct msturn_bytes reason)
{
    if (transaction->is_error && reason.captured > 0 && reason.data[0] != 0)
        wmem_map_insert(msturn_tracker.error_reasons, transaction,
                        wmem_strndup(msturn_tracker.scope, (const char *)reason.data, reason.captured));
}

const char *msturn_transaction_error_reason(const struct msturn_transaction *transaction)
{
    return wmem_map_lookup(msturn_tracker.error_reasons, transaction);
}

static void complete_transaction(struct msturn_transaction *transaction, const struct msturn_message_context *context)
{
    transaction->action = (uint8_t)msturn_action_of(&context->message->header);
    transaction->side = 1 - context->side;
    transaction->is_error = context->message->header.msg_class == MSTURN_CLASS_ERROR;
    transaction->error_code = context->message->decoded.error_code;
    keep_error_reason(transaction, context->message->decoded.error_reason);
    if (transaction->request.frame == 0) {
        list_incomplete(transaction);
    } else {
        unlist_incomplete(transaction);
        check_delay(transaction, context);
    }
}

struct msturn_transaction *msturn_transaction_update(const struct msturn_message_context *context,
                                                     enum msturn_repeat *repeat)
{
    struct msturn_transaction *transaction = find_or_add_transaction(context);
    const bool was_answered = transaction->exchange->response.frame != 0 && !transaction->is_error;

    switch (context->message->header.msg_class) {
    case MSTURN_CLASS_REQUEST:
        *repeat = note_message(&transaction->request, context, transaction);
        if (*repeat == MSTURN_REPEAT_NONE) {
            begin_transaction(transaction, context);
            transaction->nominated = was_answered && (transaction->exchange->has & NOMINATES) != 0;
        }
        transaction->misframed |= context->misframed;
        transaction->frameless |= context->frameless;
        transaction->nominates |= (context->message->decoded.has & NOMINATES) != 0;
        break;
    case MSTURN_CLASS_INDICATION:
        *repeat = note_message(&transaction->request, context, transaction);
        if (*repeat == MSTURN_REPEAT_NONE)
            note_indication(transaction, context);
        break;
    default:
        if (context->misframed) {
            msturn_exchange_of(transaction)->misframed_response = context->event.frame;
            break;
        }
        *repeat = note_message(&msturn_exchange_of(transaction)->response, context, transaction);
        if (*repeat == MSTURN_REPEAT_NONE)
            complete_transaction(transaction, context);
        transaction->nominated |= !transaction->is_error && transaction->nominates;
        break;
    }
    if (context->misframed)
        msturn_problem_of_message(MSTURN_FINDING_FRAME_LENGTH, context->event.frame, transaction);
    return transaction;
}
