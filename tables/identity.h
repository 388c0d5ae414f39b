/* The identity of a table in words: as the text that heads logs and tables, and as its hash. */
#ifndef NASBED_TABLES_IDENTITY_H
#define NASBED_TABLES_IDENTITY_H

#include "base/error.h"
#include "tables/table.h"

#include <stddef.h>

#define IDENTITY_TEXT 384 /* bytes of the longest text of an identity, NUL included */

/* One member of struct table_identity. The names are also those of the tables' root attributes. */
struct identity_field {
    const char *name;
    enum { IDENTITY_STRING, IDENTITY_NUMBER } kind;
    size_t offset;
    size_t size;       /* bytes of the member: of a string with its NUL, of a number 4 */
    const char *other; /* how what another value made was made: "under another protocol" */
};

/* In the order in which they are printed; ends with a row whose name is NULL. */
extern const struct identity_field identity_fields[];

/* Write `name value` lines, one a field, then `identity HASH`; returns the length. */
size_t identity_print(const struct table_identity *identity, char text[IDENTITY_TEXT]);

/* The hash alone: over the lines of the fields. */
void identity_hash(const struct table_identity *identity, char hash[DIGEST_TEXT]);

/* Read what identity_print wrote from the NUL-terminated `text`; *used becomes its length.
 * ERROR_FORMAT names the line that is missing or wrong; ERROR_DIGEST if the hash is not theirs. */
int identity_parse(const char *text, struct table_identity *identity, size_t *used,
                   struct error *error);

/* 0 if both are equal, else ERROR_MISMATCH naming the first field that differs and both hashes. */
int identity_check(const struct table_identity *found, const struct table_identity *wanted,
                   struct error *error);

/* The first field that differs, and both values as text; NULL: none does. */
const struct identity_field *identity_difference(const struct table_identity *found,
                                                 const struct table_identity *wanted, char a[80],
                                                 char b[80]);

/* 0 if every field is in range and printable in one line, else ERROR_ARGUMENT. */
int identity_valid(const struct table_identity *identity, struct error *error);

#endif
