/* A trainer for tests: protocol `smoke` on made-up images, brighter the higher their label; and what a
 * trial on `cell` needs to train with it. */
#ifndef NASBED_TESTS_MADE_DATA_H
#define NASBED_TESTS_MADE_DATA_H

#include "base/random.h"
#include "evaluator/live.h"
#include "evaluator/trainer.h"
#include "methods/trial/contest.h"
#include "spaces/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { MADE_IMAGES = 2048, MADE_BYTES = 3 * 32 * 32, MADE_WORKERS = 2 };

struct made_data {
    struct protocol protocol;
    struct dataset dataset;
    struct trainer *trainer;
    struct workspace *workspace[MADE_WORKERS];
    struct skeleton skeleton;
    struct live_site live;
};

static inline void made_open(struct made_data *made)
{
    struct error error;
    *made = (struct made_data){.dataset = {.name = "cifar10",
                                           .channels = 3,
                                           .rows = 32,
                                           .columns = 32,
                                           .classes = 10,
                                           .train_count = MADE_IMAGES,
                                           .test_count = MADE_IMAGES,
                                           .mean = {0.5f, 0.4f, 0.3f},
                                           .deviation = {0.2f, 0.25f, 0.3f}}};
    uint8_t *images = malloc((size_t)MADE_IMAGES * MADE_BYTES), *labels = malloc(MADE_IMAGES);
    assert_non_null(images);
    assert_non_null(labels);
    struct random_stream stream = random_stream(11, RANDOM_TEST, 0, 0);
    for (int i = 0; i < MADE_IMAGES; i++) {
        labels[i] = (uint8_t)random_below(&stream, 10);
        for (int k = 0; k < MADE_BYTES; k++)
            images[(size_t)i * MADE_BYTES + (size_t)k] =
                (uint8_t)(random_below(&stream, 128) + 12u * labels[i]);
    }
    made->dataset.train_image = made->dataset.test_image = images;
    made->dataset.train_label = made->dataset.test_label = labels;
    if (protocol_open(&made->protocol, "smoke", &error) ||
        trainer_open(&made->trainer, &made->protocol, &made->dataset, &error))
        fail_msg("%s", error.text);
    for (int i = 0; i < MADE_WORKERS; i++) {
        made->workspace[i] = workspace_open();
        assert_non_null(made->workspace[i]);
    }
}

/* Let the trials of a contest on `cell` train with it. */
static inline void made_supply(struct made_data *made, struct contest *contest)
{
    made->skeleton = *protocol_skeleton(&made->protocol, "cell", NULL);
    made->live = (struct live_site){made->trainer, &made->skeleton, made->workspace};
    contest->training = &made->protocol.training;
    contest->live = &made->live;
}

static inline void made_close(struct made_data *made)
{
    for (int i = 0; i < MADE_WORKERS; i++)
        workspace_close(made->workspace[i]);
    trainer_close(made->trainer);
    protocol_close(&made->protocol);
    free(made->dataset.train_image);
    free(made->dataset.train_label);
}

#endif
