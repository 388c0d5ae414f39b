/* Traces: the record of one trial, read and checked whole. JSON lines: a header, events, a last
 * line with a checksum; what it took in seconds stands in a file beside it. */
#ifndef NASBED_REPORTS_TRACE_H
#define NASBED_REPORTS_TRACE_H

#include "base/digest.h"
#include "base/error.h"
#include "base/options.h"
#include "spaces/space.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_FORMAT  "nasbed-trace"
#define TRACE_VERSION 1
/* The record of which architecture, by its index, a method would choose now (NASBED_LOG_INCUMBENT). */
#define TRACE_INCUMBENT "incumbent"
/* What the names of other records of an architecture's index end in (NASBED_LOG_INDEX). */
#define TRACE_INDEX "-index"

struct trace_option {
    char *name, *value, *standard, *provenance; /* as text; provenance may be "" */
};

/* A file of a method from outside. */
struct origin_file {
    char *name; /* as the command has it */
    char digest[DIGEST_TEXT];
};

/* Where a method came from that was not built in: a plug-in or a command. */
struct trace_origin {
    char what[OPTION_TEXT_SIZE]; /* path of the shared object, or the command; "": built in */
    bool command;
    struct origin_file *files; /* [n_files], by digest */
    size_t n_files;
    /* Who the method is: the digest of its file, or of the digests of several, or, where there is none,
     * of the command; "": built in. */
    char digest[DIGEST_TEXT];
};

/* Line 1: what was run. Digests are "" where there is none. */
struct trace_header {
    char method[64], class[8];
    bool modular, continuous, recycled, incomplete; /* the survey's ticks */
    char survey[256];                               /* the survey's row it stands for, or "" */
    char kind[16];                                  /* "native" or "extension" */
    struct trace_option *options;                   /* [n_options], sorted by name */
    size_t n_options;
    struct trace_origin origin;
    char space[32], protocol[64];
    char protocol_hash[DIGEST_TEXT], dataset_digest[DIGEST_TEXT];
    char table[DIGEST_TEXT]; /* digest of the table queried; "": everything was trained live */
    int numerics, points;    /* points: T of the protocol */
    int table_seeds, table_seed;
    bool tests_apart; /* the table's tests are of other trainings than its validations */
    char program[32];
    char blas[160]; /* "LIBRARY, KERNEL" that the method computed with; "" if with none */
    /* The ledger counted microseconds of the source's GPU: what is said to be FLOPs, here, in events
     * and in the finish, is microseconds. */
    bool gpu_seconds;
    double budget;                                    /* full trainings; GPU seconds */
    uint64_t budget_flops, reserve_flops, unit_flops; /* unit: FLOPs of one full training */
    uint64_t seed;
};

enum trace_kind { TRACE_QUERY, TRACE_STEP, TRACE_REFUSE, TRACE_LOG, TRACE_TRAIN, TRACE_TRANSFORM };

struct trace_event {
    enum trace_kind kind;
    uint64_t spent; /* FLOPs charged so far, this event included */
    union {
        struct {
            uint64_t index;
            uint32_t network;                  /* isomorphism class */
            int point;                         /* 1 .. points */
            double valid_accuracy, valid_loss; /* percent; NaN where unknown */
            uint64_t charge;
            bool free, live;
        } query;
        struct {
            char what[16]; /* of a supernet: "step", "gradient", "score" */
            uint64_t count;
            double loss, accuracy; /* means; percent */
            uint64_t charge;       /* FLOPs, of all of them */
        } step;
        struct {
            char what[16];
            uint64_t asked, left; /* FLOPs */
        } refuse;
        struct {
            char name[64];
            double value; /* NaN where it is none */
        } log;
        struct {
            uint64_t index;
            uint32_t network;
            int steps;
            double valid_accuracy; /* percent, of the network as it has grown; NaN where unknown */
            uint64_t charge;
        } train; /* a network of the method's own */
        struct {
            uint64_t index; /* of what it became */
            uint32_t network;
            uint64_t charge;
        } transform;
    };
};

/* What the trial ended with. */
struct trace_finish {
    char architecture[ARCHITECTURE_TEXT];
    uint64_t index;
    uint32_t network;
    double valid_accuracy, test_accuracy; /* percent; test: mean over test_seeds */
    int *test_seeds, n_test_seeds;        /* [n_test_seeds], at most SCHEMA_SEEDS */
    bool biased;                          /* the test is of the very training that was searched */
    uint64_t params, macs;
    uint64_t charge, spent, left; /* FLOPs; spent: of the whole trial */
};

struct trace_times {
    bool known; /* false: there is no .time file */
    double wall_seconds, cpu_seconds, train_seconds;
};

struct trace {
    char *path;
    struct trace_header header;
    struct trace_event *events; /* [n_events], in order, without the finish */
    size_t n_events;
    struct trace_finish finish;
    struct trace_times times;
    uint64_t lines, checksum; /* of the file: two traces with both equal are one */
};

/* Read and check PATH, and PATH with ".time" for ".trace" if it is there. Errors: ERROR_IO,
 * ERROR_MISSING, ERROR_MEMORY; ERROR_UNSUPPORTED for another version; ERROR_DIGEST for a cut or
 * changed file; ERROR_FORMAT for everything else that is wrong, with the line. `trace` needs no
 * trace_close after an error. */
int trace_open(struct trace *trace, const char *path, struct error *error);
void trace_close(struct trace *trace);

/* FLOPs (or microseconds) of one of the units that the header's budget is in; their name as people
 * read it, and as files have it: "full trainings", "trainings". */
double trace_unit(const struct trace_header *header);
const char *trace_unit_text(const struct trace_header *header);
const char *trace_unit_name(const struct trace_header *header);

#endif
