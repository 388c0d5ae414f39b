/* A table made up in memory for the tests of reports: 8 networks that are 8 architectures, two
 * seeds, 12 points. Network i has test accuracy 50 + i under seed 0 and 51 + i under seed 1, but
 * network 7 has 55 and 60: the best is 6 under seed 0, 7 under seed 1. */
#ifndef NASBED_TESTS_TABLE_FAKE_H
#define NASBED_TESTS_TABLE_FAKE_H

#include "tables/table.h"
#include "tests/trace_fixture.h"

#include <math.h>

#define FAKE_DIGEST   "7ab1e7ab1e7ab1e7ab1e7ab1e7ab1e7a"
#define FAKE_NETWORKS 8

struct table_fake {
    struct table table;
    uint32_t class_of[FAKE_NETWORKS];
    float valid_accuracy[2 * FAKE_NETWORKS * 12], test_accuracy[2 * FAKE_NETWORKS];
};

static inline void table_fake_init(struct table_fake *fake)
{
    *fake = (struct table_fake){.table = {.identity = {.space = "cell",
                                                       .points = 12,
                                                       .count = FAKE_NETWORKS,
                                                       .distinct = FAKE_NETWORKS},
                                          .digest = FAKE_DIGEST,
                                          .seeds = 2}};
    fake->table.class_of = fake->class_of;
    fake->table.valid_accuracy = fake->valid_accuracy;
    fake->table.test_accuracy = fake->test_accuracy;
    for (uint32_t i = 0; i < FAKE_NETWORKS; i++) {
        fake->class_of[i] = i;
        fake->test_accuracy[i] = i < 7 ? (float)(50 + i) : 55.0f;
        fake->test_accuracy[FAKE_NETWORKS + i] = i < 7 ? (float)(51 + i) : 60.0f;
    }
}

/* Make the table incomplete: network 2 was not trained under seed 1. */
static inline void table_fake_spoil(struct table_fake *fake)
{
    fake->valid_accuracy[(FAKE_NETWORKS + 2) * 12 + 11] = NAN;
}

#endif
