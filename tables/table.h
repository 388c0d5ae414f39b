/* Tables: what training every architecture of a space gave. Written by a log and a finalising pass,
 * read whole into memory. Schema: tables/README.md. */
#ifndef NASBED_TABLES_TABLE_H
#define NASBED_TABLES_TABLE_H

#include "base/digest.h"
#include "base/error.h"
#include "protocols/protocol.h"
#include "spaces/space.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a table (and each of its logs) is about; two things belong together iff all of it is
 * equal. */
struct table_identity {
    char space[32];
    char protocol[64];
    char protocol_hash[DIGEST_TEXT];
    char dataset_digest[DIGEST_TEXT];
    int numerics;             /* NUMERICS_VERSION */
    int points;               /* T */
    uint32_t count, distinct; /* architectures; networks */
};

/* One trained network: row `network` (class number), seed `seed`. Percent; NaN = not there. */
struct table_record {
    uint32_t network;
    uint32_t seed;
    float test_loss, test_accuracy;
    struct {
        float train_loss, train_accuracy, valid_loss, valid_accuracy;
    } point[PROTOCOL_POINTS]; /* [0] is point 1; `points` of them used */
};

/* ---- Reading ---- */

struct table {
    struct table_identity identity;
    /* Of what the table says (identity and columns), not of its bytes, which name program and
     * compiler: reports name it. */
    char digest[DIGEST_TEXT];
    char *path, *protocol_text; /* protocol_text: the normal form (protocol_normal) */
    char licence[64], program[64], compiler[128];
    const struct space *space; /* NULL if this program does not know the space */
    int seeds;                 /* most seeds any network has */
    /* Of an imported table: what it calls validation and test accuracy under one seed are of different
     * trainings (NAS-Bench-201 validates on half of the images and tests what was trained on all), so
     * that a test under the seed that was searched shares no noise with the search. */
    bool tests_apart;
    uint32_t *class_of;       /* [count] */
    uint32_t *representative; /* [distinct] */
    uint64_t *macs, *params;  /* [count], as published */
    uint64_t *train_macs;     /* [distinct] */
    /* [seeds][distinct][points]; NaN where that row was not trained. A trained row has every
     * accuracy; a loss that diverged is NaN or infinite. Of an imported table, columns that its
     * source lacks are NULL; valid_accuracy or test_accuracy is always there. */
    float *train_loss, *train_accuracy, *valid_loss, *valid_accuracy;
    float *test_loss, *test_accuracy; /* [seeds][distinct] */
    /* Of imported tables whose source has times, else NULL: [seeds][distinct][points] seconds of the
     * source's machine for training and evaluating up to each point. */
    float *train_seconds;
};

/* Load a whole table and check all of it: the seal over its bytes before HDF5 sees them, then
 * types, shapes and ranges. Messages read outside-in: `table x.h5: run 0: dataset "valid_accuracy":
 * wrong shape (...)`. Errors: ERROR_MISSING, ERROR_IO, ERROR_DIGEST (cut or changed), ERROR_FORMAT,
 * ERROR_MISMATCH, ERROR_UNSUPPORTED, ERROR_MEMORY; `table` is empty then. One thread at a time. */
int table_open(struct table *table, const char *path, struct error *error);
void table_close(struct table *table);

/* True if it was imported (numerics 0): its rows are not of this program's arithmetic and cannot be
 * trained again here, and its protocol_hash is the digest of its source. */
bool table_imported(const struct table *table);

/* True if (network, seed) was trained: it has its last accuracy (validation, or where the table has
 * none, test). */
bool table_has(const struct table *table, uint32_t network, uint32_t seed);
/* Number of (network, seed) rows present; complete: every network has `seeds` seeds. */
uint64_t table_rows(const struct table *table);
bool table_complete(const struct table *table);
/* Point t = 1..T of one row; NaN where there is none. */
float table_valid_accuracy(const struct table *table, uint32_t network, uint32_t seed, int point);

/* What training is charged where a budget is in GPU seconds: [distinct][points] microseconds of the
 * source's machine up to each point, the mean over the seeds that have the row, rounded; the caller
 * frees *charges. Errors: ERROR_MISSING (the table has no times, or not of every network; they do not
 * ascend with the points), ERROR_MEMORY. */
int table_times(const struct table *table, uint64_t **charges, struct error *error);

/* Path of the released table for a space and protocol, or NULL if there is none (the caller
 * frees). */
char *table_released(const char *space, const char *protocol);

/* Visit every released table, first those beside the sources; of one (space, protocol) table_released gives the
 * first. Stops at what is not 0 and returns it. */
typedef int released_visit(void *context, const char *path, const struct table_identity *identity);
int table_released_each(released_visit *visit, void *context);

/* ---- Building ---- */

/* Trains row (network, seed) into `record`; called from pool workers, `worker` as in pool.h. */
typedef int table_train(void *context, uint32_t network, uint32_t seed, int worker,
                        struct table_record *record, double *cpu_seconds, struct error *error);

struct table_plan {
    const struct space *space;
    const struct protocol *protocol;
    const struct isomorphs *isomorphs;
    struct table_identity identity;
    const char *path; /* the .h5 to write; the log lies in PATH-without-.h5 + ".parts/" */
    int seeds;        /* seeds 0 .. seeds-1 of every chosen network */
    uint32_t rows;    /* 0: all networks; else this many, drawn by (sample_seed, RANDOM_SAMPLE) */
    uint64_t sample_seed;
    int shard, shards; /* this process does rows i with i % shards == shard */
    int threads;
    bool quiet;
    table_train *train;
    void *context;
};

/* Train what is missing, append each row to this shard's log as it ends; when every row of the plan
 * stands in some log and shards == 1, finalise. Resumes: rows in any log of the folder, or in the
 * table at `path` itself, are not trained again; a damaged record is named (to standard error,
 * through `say`, which may be NULL), taken out and trained again. When one training fails no
 * further one begins; all finished rows stay. Times go to PATH-without-.h5 + ".timing.csv". Errors:
 * ERROR_ARGUMENT (plan), ERROR_STATE (another process has this shard), ERROR_MISMATCH,
 * ERROR_FORMAT, ERROR_IO, or the training's own. */
int table_build(const struct table_plan *plan, void (*say)(const char *line), struct error *error);

/* Write `path` from all logs in `folders` (n of them) and from the table that is there already, in
 * index order, and rename it into place. The same rows give the same bytes, whatever they came
 * from. Doubled rows must agree to the bit. Of the plan: space, protocol, isomorphs, identity,
 * path, quiet count. */
int table_merge(const struct table_plan *plan, const char *const *folders, int n,
                void (*say)(const char *line), struct error *error);

#endif
