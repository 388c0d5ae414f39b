/* Batches: images of the data set, augmented, packed into vectors. */
#ifndef NASBED_EVALUATOR_BATCH_H
#define NASBED_EVALUATOR_BATCH_H

#include "evaluator/dataset.h"
#include "evaluator/kernels/kernels.h"
#include "protocols/protocol.h"

/* Bytes of staging that batch_train needs: 16 augmented images. */
size_t batch_staging(const struct dataset *dataset);

/* How bytes become numbers: x = byte scale + offset per channel = (byte / 255 - mean) / deviation. */
struct batch_scale {
    real scale[3], offset[3];
};
struct batch_scale batch_scale(const struct dataset *dataset);

/* Pack training images order[0 .. blocks x 16) into x [blocks][channels][plane][16], with the
 * augmentation of `training`: a random crop of the zero-padded image and a horizontal flip, drawn from
 * (seed, RANDOM_AUGMENT, epoch, first + i) for image i: two crop offsets (row, column) if crop_padding
 * > 0, the flip if asked for, then the centre (row, column) of the cutout if there is one. `labels` receives blocks x 16 labels. */
void batch_train(const struct dataset *dataset, const struct training *training,
                 const struct kernels *kernels, uint64_t seed, uint32_t epoch, uint32_t first,
                 const uint32_t *order, int blocks, uint8_t *staging, real *x, uint8_t *labels);

/* Pack `count` images as they are (order NULL: images first, first + 1, ...); unused lanes repeat the first.
 * Images and labels come from the test file if `test`, else from the training file. */
void batch_plain(const struct dataset *dataset, const struct kernels *kernels, bool test,
                 const uint32_t *order, uint32_t first, int count, real *x, uint8_t *labels);

#endif
