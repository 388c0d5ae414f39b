/* Feeds: the batches of live training, image after image of shuffled epochs. */
#ifndef NASBED_EVALUATOR_FEED_H
#define NASBED_EVALUATOR_FEED_H

#include "evaluator/kernels/real.h"
#include "evaluator/trainer.h"

/* FEED_TRAINING    images of the training split, augmented, in the order of stand-alone training
 * FEED_VALIDATION  images of the validation split as they are, shuffled by a stream of their own */
enum feed_part { FEED_TRAINING, FEED_VALIDATION, FEED_PARTS };

struct feed {
    const struct trainer *trainer; /* borrowed */
    uint64_t seed;
    int64_t step[FEED_PARTS];    /* the batch at hand */
    int64_t epoch[FEED_PARTS];   /* whose order is at hand; -1: none yet */
    uint32_t *order[FEED_PARTS]; /* indices into the training file */
    uint8_t *staging, *labels;   /* labels: of the batch that was loaded last */
};

/* Errors: ERROR_MEMORY. */
int feed_open(struct feed *feed, const struct trainer *trainer, uint64_t seed, struct error *error);
void feed_close(struct feed *feed);

/* Pack the batch at hand into a network's input; labels go to feed->labels. The same batch until
 * feed_next. */
void feed_load(struct feed *feed, enum feed_part part, real *x);
void feed_next(struct feed *feed, enum feed_part part);

#endif
