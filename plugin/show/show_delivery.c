/* show_delivery.c
 * Whether a message arrived, and where else it was seen.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "plugin/show/show_delivery.h"

#include "plugin/track/delivery.h"
#include "plugin/track/transaction.h"

static proto_item *add_generated(const struct msturn_view *view, const struct msturn_field *field, uint32_t number)
{
    proto_item *item = msturn_add_number(view, field, 0, 0, number);

    proto_item_set_generated(item);
    return item;
}

static void show_in_vain(const struct msturn_view *view, const struct msturn_delivery *delivery)
{
    const char *text = "Not delivered: bytes before it were never acknowledged";

    if (delivery->retransmissions > 0)
        text = wmem_strdup_printf(view->pinfo->pool, "Not delivered: sent %u times in %s s, never acknowledged",
                                  delivery->retransmissions + 1,
                                  msturn_decimal_text(view->pinfo->pool,
                                                      msturn_seconds(&delivery->sent, &delivery->last), 1));
    proto_item_set_generated(
        proto_tree_add_none_format(view->tree, field_undelivered.hf, view->tvb, view->base, 0, "%s", text));
}

static void show_acknowledgement(const struct msturn_view *view, const struct msturn_delivery *delivery)
{
    if (delivery->acknowledged_in != 0)
        proto_item_set_text(add_generated(view, &field_delivered_in, delivery->acknowledged_in),
                            "Delivered: acknowledged in frame %u", delivery->acknowledged_in);
    if (delivery->delivered == MSTURN_UNDELIVERED)
        show_in_vain(view, delivery);
    if (delivery->retransmissions != 0)
        add_generated(view, &field_retransmissions, delivery->retransmissions);
}

/* What goes through a relay is seen on one leg of its pair, and a moment later on the next one. */
static void show_copies(const struct msturn_view *view, struct msturn_transaction *transaction,
                        const struct msturn_header *header)
{
    const uint32_t own = msturn_transaction_message(transaction, header)->frame;
    const struct msturn_check *check = transaction->exchange->check;
    uint32_t before = 0, after = 0;

    for (struct msturn_transaction *seen = check ? check->first : NULL; seen; seen = seen->exchange->next_of_check) {
        const uint32_t frame = msturn_transaction_message(seen, header)->frame;
        if (seen->exchange->leg->pair != transaction->exchange->leg->pair)
            continue;
        if (frame < own)
            before = MAX(before, frame);
        else if (frame > own && (after == 0 || frame < after))
            after = frame;
    }
    if (before != 0)
        add_generated(view, &field_seen_before_in, before);
    if (after != 0)
        add_generated(view, &field_seen_again_in, after);
}

void msturn_show_delivery(const struct msturn_view *view, const struct msturn_header *header,
                          const struct msturn_message_facts *facts)
{
    struct msturn_transaction *transaction = facts->transaction;

    if (!view->tree || facts->repeat != MSTURN_REPEAT_NONE)
        return;
    const struct msturn_delivery delivery = msturn_transaction_message(transaction, header) == &transaction->request
                                                ? msturn_request_delivery(transaction)
                                                : msturn_response_delivery(transaction);
    show_acknowledgement(view, &delivery);
    show_copies(view, transaction, header);
}
