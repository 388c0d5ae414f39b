/* The memory of a trial that trains a supernet: what it was answered, and the supernet as it was then. A
 * trial is a function of its seed and of what it is answered: with the answers given again it comes to
 * where it was, without computing, and goes on from there with the same bits. */
#ifndef NASBED_METHODS_TRIAL_MEMORY_H
#define NASBED_METHODS_TRIAL_MEMORY_H

#include "evaluator/feed.h"
#include "evaluator/supernet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Told of every step of the weights that was computed. Returns 0, or an error that ends the trial. */
typedef int memory_observer(void *context, const struct supernet *supernet, const struct feed *feed,
                            struct error *error);

struct memory {
    double *answer; /* [n] MEMORY_NUMBERS of each, then its own numbers: answer after answer */
    size_t n, capacity;
    size_t resumed; /* the first so many are given again */
    size_t at;      /* up to here they were */
    bool restored;
    bool aside; /* the method has saved weights, which no memory holds: keep it no more */
    const float *value, *moment; /* [size] the supernet after them */
    size_t size;
    int64_t step[FEED_PARTS];  /* of its feed */
    memory_observer *observer; /* or NULL */
    void *context;
};

/* What comes before an answer's own numbers. A request's digest is in two halves of 32 bits, which a
 * double holds exactly. */
enum {
    MEMORY_KIND,
    MEMORY_COUNT,
    MEMORY_CHARGE,
    MEMORY_REQUEST_HIGH,
    MEMORY_REQUEST_LOW,
    MEMORY_NUMBERS
};

/* Whether the next answer is one that was given before. `memory` may be NULL: it never is. */
bool memory_replays(const struct memory *memory);

/* What is asked: its kind, and a digest of all that its answer depends on but for the supernet and the
 * batches that are next. */
struct memory_request {
    int kind;
    uint64_t digest;
};

/* The answer to that request, of `count` numbers or (it was refused) none; NULL if it was given to another:
 * these are not the answers of this trial. */
const double *memory_next(struct memory *memory, struct memory_request request, size_t count);

/* Append an answer; `memory` may be NULL: nothing. Returns 0, or -1: out of memory. */
int memory_add(struct memory *memory, struct memory_request request, uint64_t charge,
               const double *numbers, size_t count);

void memory_free(struct memory *memory);

#endif
