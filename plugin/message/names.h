/* names.h
 * Numbers and their registered names.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_NAMES_H
#define MSTURN_NAMES_H

#include <stdint.h>

/* A list ends with a row whose name is NULL. */
struct msturn_name {
    uint32_t value;
    const char *name;
};

extern const struct msturn_name msturn_class_names[];     /* RFC 8489 section 5 */
extern const struct msturn_name msturn_ms_class_names[];  /* [MS-TURN] 2.2.1 */
extern const struct msturn_name msturn_error_names[];     /* IANA stun-parameters, RFC 8489 18.4, and Microsoft's */
extern const struct msturn_name msturn_family_names[];    /* RFC 8489 section 14.1 */
extern const struct msturn_name msturn_transport_names[]; /* RFC 8656 18.8, RFC 6062 4.1 */
extern const struct msturn_name msturn_algorithm_names[]; /* RFC 8489 section 18.5.1 */

extern const struct msturn_name msturn_ms_version_names[];     /* [MS-TURN] 2.2.2.17 */
extern const struct msturn_name msturn_ms_stream_type_names[]; /* [MS-TURN] 2.2.2.22 */
extern const struct msturn_name msturn_ms_quality_names[];     /* [MS-TURN] 2.2.2.22 */
extern const struct msturn_name msturn_ms_admission_names[];   /* [MS-TURNBWM] 2.2.1 */
extern const struct msturn_name msturn_ms_location_names[];    /* [MS-TURNBWM] 2.2.14 */
extern const struct msturn_name msturn_ms_federation_names[];  /* [MS-TURNBWM] 2.2.14 */

extern const struct msturn_name msturn_type_preference_names[]; /* RFC 8445 5.1.2.2 */

extern const struct msturn_name msturn_dialect_names[]; /* of enum msturn_dialect */
extern const struct msturn_name msturn_dialect_keys[];  /* the same, for scripts: an interface */
extern const struct msturn_name msturn_payload_names[]; /* of enum msturn_payload */

extern const struct msturn_name msturn_tls_alert_names[]; /* RFC 8446 section 6 */

/* The name of a value; NULL when the list has none. */
const char *msturn_name_of(const struct msturn_name *list, uint32_t value);

/* What the sender of the error said of it, unless that is its name, or was in older RFCs; or NULL. */
const char *msturn_error_words(uint16_t code, const char *reason);

#endif
