/* Fields of one JSON object, each checked as it is read: there, of the right type, in range.
 * Messages name the field; the caller adds the line and the file. */
#ifndef NASBED_REPORTS_FIELDS_H
#define NASBED_REPORTS_FIELDS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parse `size` bytes as one object into *object (the caller releases it; NULL after an error). */
int fields_parse(const char *text, size_t size, json_t **object, struct error *error);

/* All return 0, or ERROR_FORMAT: `"charge" is missing`, `"charge": must be a whole number from 0
 * up`. */

/* Text into out[size]; "" is allowed. */
int field_text(const json_t *object, const char *name, char *out, size_t size, struct error *error);

/* The same; JSON null gives "". */
int field_text_or_null(const json_t *object, const char *name, char *out, size_t size,
                       struct error *error);

/* A digest of 32 hexadecimal characters into `out`; null gives "" where `optional`. */
int field_digest(const json_t *object, const char *name, bool optional, char out[33],
                 struct error *error);

/* Whole numbers: from 0 up, and from `least` to `most`. */
int field_count(const json_t *object, const char *name, uint64_t *out, struct error *error);
int field_int(const json_t *object, const char *name, int least, int most, int *out,
              struct error *error);

/* A finite number from `least` to `most`. */
int field_real(const json_t *object, const char *name, double least, double most, double *out,
               struct error *error);

/* The same; JSON null (a diverged or absent figure) gives NaN. */
int field_real_or_null(const json_t *object, const char *name, double least, double most,
                       double *out, struct error *error);

int field_flag(const json_t *object, const char *name, bool *out, struct error *error);

/* An object or array inside; borrowed. */
int field_object(const json_t *object, const char *name, json_t **out, struct error *error);
int field_array(const json_t *object, const char *name, json_t **out, struct error *error);

#endif
