/* Data sets: images and labels as bytes, in memory, from the official binary files. */
#ifndef NASBED_EVALUATOR_DATASET_H
#define NASBED_EVALUATOR_DATASET_H

#include "base/digest.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct dataset {
    char name[32];
    int channels, rows, columns,
        classes; /* as the networks see them: fashion-mnist is 1 x 32 x 32 */
    int train_count, test_count;
    uint8_t *train_image,
        *test_image; /* [count][channels][rows][columns]; huge pages where possible */
    uint8_t *train_label, *test_label; /* [count] */
    float mean[3], deviation[3]; /* per channel, in units of byte / 255, of the training file */
    struct digest digest;        /* over all images and labels */
};

/* Folder of a data set's official binaries: NASBED_DATA/NAME, else XDG cache. The caller frees. */
char *dataset_folder(const char *name);

/* Load and check (sizes, label range, digest against the known one). `folder` NULL: dataset_folder.
 * Errors: ERROR_MISSING with the command that fetches it, ERROR_FORMAT, ERROR_DIGEST; the message says
 * which file, what is wrong, what to do. */
int dataset_open(struct dataset *dataset, const char *name, const char *folder,
                 struct error *error);
void dataset_close(struct dataset *dataset);

/* Fetch and convert to the official binary layout in `folder` (NULL: dataset_folder), unless it is
 * there and whole. Runs curl, npm or apt as needed; says what it does through `say` (may be NULL). */
int dataset_fetch(const char *name, const char *folder, void (*say)(const char *line),
                  struct error *error);

/* Names of known data sets; NULL past the end. */
const char *dataset_at(int i);

/* Shape without loading: for skeletons. ERROR_ARGUMENT if unknown. */
int dataset_shape(const char *name, int *channels, int *size, int *classes, struct error *error);

/* The split: `order` [train_images + valid_images] receives indices into the training file, first the
 * training then the validation images; a permutation drawn from (split_seed, RANDOM_SPLIT). */
int dataset_split(const struct dataset *dataset, uint64_t split_seed, int train_images,
                  int valid_images, uint32_t *order, struct error *error);

#endif
