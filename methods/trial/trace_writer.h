/* The writer of traces: the record of one trial as JSON lines, built in memory. The same trial
 * gives the same bytes: fixed order of members, reals in the shortest form that reads back. */
#ifndef NASBED_METHODS_TRIAL_TRACE_WRITER_H
#define NASBED_METHODS_TRIAL_TRACE_WRITER_H

#include "base/text.h"
#include "methods/trial/contest.h"
#include "methods/trial/registry.h"

#include <stdbool.h>
#include <stdint.h>

#define TRACE_LOG_NAME  63    /* most bytes of the name of what is put on record */
#define TRACE_REAL_MOST 1e300 /* largest real of a trace; beyond it stands null */

/* What a supernet is asked for. */
enum tally_kind { TALLY_STEP, TALLY_GRADIENT, TALLY_UNROLLED, TALLY_SCORE, TALLY_KINDS };

/* Of one kind: up to 1,000 that nothing else comes between make one line. */
struct step_tally {
    uint64_t count, charge; /* FLOPs */
    double loss, accuracy;  /* sums; percent */
};

struct trace_writer {
    struct text text; /* complete lines */
    uint64_t lines;
    uint64_t spent;                       /* FLOPs, as of the last line */
    struct step_tally tally[TALLY_KINDS]; /* not written yet: they come before every other line */
};

/* What an architecture is called in a trace. */
struct line_subject {
    char architecture[ARCHITECTURE_TEXT];
    uint64_t index;
    uint32_t network; /* class of isomorphs */
};

struct line_query {
    struct line_subject subject;
    int point;
    double valid_accuracy, valid_loss; /* percent; NaN becomes null */
    uint64_t charge, spent;            /* FLOPs; spent: of the trial so far, this included */
    bool live;
};

struct line_finish {
    struct line_subject subject;
    double valid_accuracy, test_accuracy; /* percent; the test's is the mean over test_seeds */
    const int *test_seeds;                /* [test_count] */
    int test_count;
    bool biased; /* the test is of the very training that was searched */
    uint64_t params, macs;
    uint64_t charge, spent, left; /* FLOPs */
};

/* One training of a network of the method's own. */
struct line_train {
    struct line_subject subject;
    int handle;
    int64_t steps;
    double from, to;                                               /* learning rate */
    int valid_images;                                              /* evaluated */
    double valid_accuracy, valid_loss, train_accuracy, train_loss; /* percent; NaN becomes null */
    uint64_t charge, spent;                                        /* FLOPs */
};

struct line_transform {
    struct line_subject subject; /* what it became */
    int handle;
    const char *move;
    int layer;
    uint64_t charge, spent; /* FLOPs */
};

/* Lines in this order: header, events, one finish, end. */
void trace_writer_header(struct trace_writer *writer, const struct contest *contest,
                         const struct method_settings *settings, uint64_t seed);
void trace_writer_query(struct trace_writer *writer, const struct line_query *query);
void trace_writer_refuse(struct trace_writer *writer, const char *architecture, int point,
                         uint64_t asked, uint64_t left);
void trace_writer_train(struct trace_writer *writer, const struct line_train *train);
void trace_writer_transform(struct trace_writer *writer, const struct line_transform *transform);
/* A refused training or transformation ("train", "transform") of what has, or would have, that
 * name. */
void trace_writer_refuse_network(struct trace_writer *writer, const char *what,
                                 const char *architecture, int64_t steps, uint64_t asked,
                                 uint64_t left);
/* So many more of a kind, and what they add. */
void trace_writer_steps(struct trace_writer *writer, enum tally_kind kind,
                        const struct step_tally *more);
void trace_writer_refuse_steps(struct trace_writer *writer, enum tally_kind kind, uint64_t asked,
                               uint64_t left);
void trace_writer_log(struct trace_writer *writer, const char *name, double value);
void trace_writer_finish(struct trace_writer *writer, const struct line_finish *finish);
void trace_writer_end(struct trace_writer *writer);

/* Once, after the last line: ERROR_MEMORY if any append ran out of memory. */
int trace_writer_check(const struct trace_writer *writer, struct error *error);
void trace_writer_free(struct trace_writer *writer);

#endif
