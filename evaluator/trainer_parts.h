/* The parts of a training, whatever its schedule: what all trainings share, and one under way.
 * Internal to evaluator/. */
#ifndef NASBED_EVALUATOR_TRAINER_PARTS_H
#define NASBED_EVALUATOR_TRAINER_PARTS_H

#include "evaluator/network.h"
#include "evaluator/trainer.h"

struct trainer {
    const struct protocol *protocol;
    const struct dataset *dataset;
    const struct kernels *kernels;
    uint32_t *split; /* training, then validation images */
};

/* What one training needs beside the network. */
struct run {
    const struct trainer *trainer;
    const struct training *t;
    struct network network;
    uint64_t seed;
    int64_t step, steps; /* taken; of the protocol's whole schedule */
    uint32_t *order;     /* [train_images] of this epoch, indices into the training file */
    uint8_t *staging, *labels;
};

/* A network laid out in `workspace`, with no weights yet, and its buffers. ERROR_MEMORY, those of
 * network_open; nothing is held then. */
int run_open(struct run *run, const struct trainer *trainer, const struct graph *graph,
             uint64_t seed, struct workspace *workspace, struct error *error);
void run_close(struct run *run);

/* Weights as the protocol draws them, from the run's seed. */
void run_initialise(struct run *run);

/* The order of one epoch: the training images shuffled by (seed, RANDOM_SHUFFLE, epoch). run_step
 * does it where an epoch begins; who goes on in the middle of one does it before. */
void run_shuffle(struct run *run, uint32_t epoch);

/* One step at a learning rate; its loss is added to `sum`. */
void run_step(struct run *run, double rate, struct loss *sum);

/* Mean loss and accuracy in percent over the first `count` images of the validation or the test
 * set, with running statistics. */
void run_evaluate(struct run *run, bool test, int count, float *loss, float *accuracy);

/* How a protocol initialises weights. */
enum initialisation training_initialisation(const struct training *training);

#endif
