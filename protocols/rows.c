#include "protocols/rows.h"

#include "protocols/protocol.h"

#include <stddef.h>
#include <string.h>

#define TRAINING(kind, key, low, high, text)                                                       \
    {                                                                                              \
        .name = #key, .type = kind, .offset = offsetof(struct training, key), .least = low,        \
        .most = high, .help = text                                                                 \
    }

const struct option_row training_rows[] = {
    TRAINING(OPTION_TEXT, dataset, 0, 0, "data set"),
    TRAINING(OPTION_U64, split_seed, 0, 0, "seed of the split of the training file"),
    TRAINING(OPTION_INT, train_images, 16, 1e6, "images trained on"),
    TRAINING(OPTION_INT, valid_images, 1, 1e6, "images validated on at the last point"),
    TRAINING(OPTION_INT, valid_images_early, 1, 1e6, "the first so many, at earlier points"),
    TRAINING(OPTION_INT, test_images, 1, 1e6, "the first so many of the test file"),
    TRAINING(OPTION_INT, epochs, 1, 1e5, "passes over the training images, one schedule"),
    TRAINING(OPTION_INT, batch, 16, 65536, "images a step, a multiple of 16"),
    TRAINING(OPTION_TEXT, optimizer, 0, 0, "optimiser"),
    TRAINING(OPTION_REAL, learning_rate, 1e-12, 1e3, "peak learning rate"),
    TRAINING(OPTION_TEXT, schedule, 0, 0, "learning rate over the steps"),
    TRAINING(OPTION_REAL, warmup, 0, 1, "fraction of all steps, linear from 0"),
    TRAINING(OPTION_REAL, momentum, 0, 1, "momentum"),
    TRAINING(OPTION_REAL, weight_decay, 0, 1, "L2 penalty"),
    TRAINING(OPTION_REAL, label_smoothing, 0, 1, "probability spread over all classes"),
    TRAINING(OPTION_FLAG, decay_all, 0, 0, "decay batch-norm parameters and biases too"),
    TRAINING(OPTION_FLAG, flip, 0, 0, "mirror half of the images"),
    TRAINING(OPTION_INT, crop_padding, 0, 31, "zero padding before a random crop"),
    TRAINING(OPTION_INT, cutout, 0, 32, "side of the square that is blanked"),
    TRAINING(OPTION_TEXT, initialisation, 0, 0, "initial weights"),
    TRAINING(OPTION_REAL, batch_norm_momentum, 0, 1, "weight of a batch in the running statistics"),
    TRAINING(OPTION_REAL, batch_norm_epsilon, 1e-12, 1, "added to the variance"),
    TRAINING(OPTION_INT, points, 1, PROTOCOL_POINTS, "evaluation points T of a curve"),
    TRAINING(OPTION_INT, seeds, 1, 1000, "seeds of a table"),
    {.name = NULL},
};

#define SKELETON(key, low, high, text)                                                             \
    {                                                                                              \
        .name = #key, .type = OPTION_INT, .offset = offsetof(struct skeleton, key), .least = low,  \
        .most = high, .help = text                                                                 \
    }

static const struct option_row cell_rows[] = {
    SKELETON(channels, 1, 1024, "channels C of the first stage"),
    SKELETON(cells, 1, 64, "cells N a stage"),
    SKELETON(stem_stride, 1, 2, "stride of the stem"),
    {.name = NULL},
};

static const struct option_row chain_rows[] = {
    {.name = "width",
     .type = OPTION_INT,
     .offset = offsetof(struct skeleton, channels),
     .least = 1,
     .most = 1024,
     .help = "channels w of the first block at its narrower"},
    {.name = NULL},
};

static const struct option_row macro_rows[] = {
    SKELETON(channels, 1, 1024, "channels of the stem; the head has 40 times as many"),
    {.name = NULL},
};

static const struct {
    const char *space;
    const struct option_row *rows;
} sections[] = {
    {"cell", cell_rows},
    {"chain", chain_rows},
    {"macro", macro_rows},
};

enum { SECTIONS = sizeof sections / sizeof *sections };

const struct option_row *skeleton_rows(const char *space)
{
    for (int i = 0; i < SECTIONS; i++)
        if (strcmp(sections[i].space, space) == 0)
            return sections[i].rows;
    return NULL;
}

const char *skeleton_space(int i)
{
    return i >= 0 && i < SECTIONS ? sections[i].space : NULL;
}
