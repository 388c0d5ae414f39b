/* Records as bytes: what one line of a log is. */
#ifndef NASBED_TABLES_RECORD_H
#define NASBED_TABLES_RECORD_H

#include "base/error.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stddef.h>

#define RECORD_BYTES_MAX (16 + 16 * PROTOCOL_POINTS + 8)

/* Bytes of a record: network, seed (uint32), test loss, test accuracy, then per point training loss
 * and accuracy, validation loss and accuracy (float32), then the checksum of all that (uint64),
 * everything little-endian. 216 for 12 points. */
size_t record_bytes(int points);

/* 0 if this is a whole training of a network of the table, else ERROR_ARGUMENT saying what is
 * not. */
int record_check(const struct table_record *record, const struct table_identity *identity,
                 struct error *error);

/* A loss that is no number gets one bit pattern, so that equal results are equal bytes. */
void record_encode(const struct table_record *record, int points,
                   unsigned char bytes[RECORD_BYTES_MAX]);

/* One row of a table as a record, and back (columns that the table lacks: NaN, ignored). The row's
 * network and seed are in range. */
void record_from_table(const struct table *table, uint32_t network, uint32_t seed,
                       struct table_record *record);
void record_into_table(const struct table_record *record, struct table *table);

/* True if both say the same to the bit. */
bool record_equal(const struct table_record *a, const struct table_record *b, int points);

/* False if the checksum differs. Points past `points` and what follows them are NaN. */
bool record_decode(const unsigned char *bytes, int points, struct table_record *record);

#endif
