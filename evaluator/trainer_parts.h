/* What the files that train under one protocol share: its data, split and kernels, read only. */
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

/* How a protocol initialises weights. */
enum initialisation training_initialisation(const struct training *training);

#endif
