/* The schema of a table in one place: names, types and shapes of its datasets, its limits, and the
 * digest of what it holds. tables/README.md says the same in prose. */
#ifndef NASBED_TABLES_SCHEMA_H
#define NASBED_TABLES_SCHEMA_H

#include "base/error.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEMA_FORMAT  "nasbed-table-1" /* raised when a reader of the old form would be misled */
#define SCHEMA_LICENCE "MIT"            /* of tables that this program builds */
#ifdef __clang__
#define SCHEMA_COMPILER __VERSION__
#else
#define SCHEMA_COMPILER "gcc " __VERSION__
#endif
#define SCHEMA_SEEDS 1024  /* most seeds of a table */
#define SCHEMA_RUN   "run" /* group; /run/0 holds what seed 0 gave */

/* Root attributes besides the fields of the identity (identity.h). */
#define SCHEMA_ATTRIBUTE_FORMAT   "format"
#define SCHEMA_ATTRIBUTE_TEXT     "protocol_text"
#define SCHEMA_ATTRIBUTE_PROGRAM  "program"
#define SCHEMA_ATTRIBUTE_COMPILER "compiler"
#define SCHEMA_ATTRIBUTE_LICENCE  "licence"
#define SCHEMA_ATTRIBUTE_SEEDS    "seeds"
#define SCHEMA_ATTRIBUTE_DIGEST   "digest"
#define SCHEMA_ATTRIBUTE_APART    "tests_apart" /* 1; not there: no */

enum schema_type { SCHEMA_U32, SCHEMA_U64, SCHEMA_F32 }; /* little-endian in the file */

enum schema_shape {
    SCHEMA_COUNT,    /* [count], in the root */
    SCHEMA_DISTINCT, /* [distinct], in the root */
    SCHEMA_FINAL,    /* [distinct], one a run */
    SCHEMA_POINTS    /* [distinct][points], one a run */
};

enum schema_measure {
    SCHEMA_NUMBER,  /* a count or an index */
    SCHEMA_LOSS,    /* from 0, or infinite, or NaN */
    SCHEMA_PERCENT, /* 0 to 100, or NaN */
    SCHEMA_SECONDS /* 0 to SCHEMA_SECONDS_MOST, or NaN; of the source's machine: a table that is built
                       here never has it, since times are not reproducible */
};

#define SCHEMA_SECONDS_MOST 1e9 /* of one training: thirty years */

struct schema_column {
    const char *name, *unit, *help;
    enum schema_type type;
    enum schema_shape shape;
    bool optional; /* an imported table may lack it: the pointer in struct table is NULL then */
    enum schema_measure measure;
    size_t offset; /* of the pointer in struct table */
};

/* In the order in which they are written and digested; ends with a row whose name is NULL. */
extern const struct schema_column schema_columns[];

/* True for the columns that stand once in every run. */
bool schema_in_run(const struct schema_column *column);

/* Values in one dataset of this column: its first dimension, the second (1 if it has none),
 * both. */
size_t schema_rows(const struct table *table, const struct schema_column *column);
size_t schema_width(const struct table *table, const struct schema_column *column);
size_t schema_values(const struct table *table, const struct schema_column *column);

/* What may stand in a column: NaN, or 0 to this; what a value is not, otherwise: "percentage". */
double schema_most(const struct schema_column *column);
const char *schema_measure_name(enum schema_measure measure);

/* Bytes of one value; the type as messages name it. */
size_t schema_bytes(enum schema_type type);
const char *schema_type_name(enum schema_type type);

/* Where the values of `seed` begin (0 for columns outside the runs), or NULL if the table lacks
 * it. */
void *schema_data(const struct table *table, const struct schema_column *column, int seed);

/* True for the columns that tables built here have. */
bool schema_built(const struct schema_column *column);

/* Give the column memory for table->seeds runs, for who writes every value of it: it is not cleared.
 * table->identity and table->seeds are set. ERROR_MEMORY. */
int schema_allocate(struct table *table, const struct schema_column *column, struct error *error);
/* The same, numbers 0, results NaN: a column to be filled row by row. */
int schema_make(struct table *table, const struct schema_column *column, struct error *error);

/* The bits of "not there" in every column of results. */
float schema_nan(void);

/* Digest of what the table says - its identity, the number of seeds, every column, not of the bytes
 * of its file, which name program and compiler - printed into `digest`. */
void schema_digest(const struct table *table, char digest[DIGEST_TEXT]);

#endif
