/* A table made up in memory for the tests of audits and landmarks, and scores for it: 60
 * architectures of 40 networks, 4 points, 2 seeds; some rows are not trained, network 39 not at all.
 * Every value is a whole number, so that Python has the same. */
#ifndef NASBED_TESTS_TABLE_MADE_H
#define NASBED_TESTS_TABLE_MADE_H

#include "reports/scores.h"
#include "tables/table.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

enum { MADE_COUNT = 60, MADE_NETWORKS = 40, MADE_POINTS = 4, MADE_SEEDS = 2 };

struct made {
    struct table table;
    uint32_t class_of[MADE_COUNT];
    uint64_t macs[MADE_COUNT], params[MADE_COUNT], train_macs[MADE_NETWORKS];
    uint32_t representative[MADE_NETWORKS];
    float valid[MADE_SEEDS * MADE_NETWORKS * MADE_POINTS], test[MADE_SEEDS * MADE_NETWORKS];
    double score[MADE_COUNT];
    struct scores scores;
};

static inline bool made_trained(int network, int seed)
{
    return network != 39 && !(seed == 0 && network % 13 == 7) && !(seed == 1 && network % 9 == 4);
}

static inline float made_valid(int network, int seed, int point)
{
    int value = (network * 37 + seed * 11 + point * point * 7 * (network % 5)) % 50 + 3 * point;
    return made_trained(network, seed) ? (float)value : (float)NAN;
}

static inline void made_init(struct made *made)
{
    *made = (struct made){.table = {.identity = {.space = "cell",
                                                 .protocol = "smoke",
                                                 .numerics = 1,
                                                 .points = MADE_POINTS,
                                                 .count = MADE_COUNT,
                                                 .distinct = MADE_NETWORKS},
                                    .digest = "7ab1e7ab1e7ab1e7ab1e7ab1e7ab1e7a",
                                    .path = "made.h5",
                                    .seeds = MADE_SEEDS}};
    made->table.class_of = made->class_of;
    made->table.macs = made->macs;
    made->table.params = made->params;
    made->table.train_macs = made->train_macs;
    made->table.representative = made->representative;
    made->table.valid_accuracy = made->valid;
    made->table.test_accuracy = made->test;
    made->scores = (struct scores){.score = made->score, .n = 54};
    for (uint32_t i = 0; i < MADE_COUNT; i++) {
        made->class_of[i] = i % MADE_NETWORKS;
        made->params[i] = 100 + i * i % 97;
        made->macs[i] = 500 + i * 7 % 53;
        made->score[i] = i % 11 == 3 ? (double)NAN : (double)(i * 29 % 41);
    }
    for (uint32_t network = 0; network < MADE_NETWORKS; network++) {
        made->representative[network] = network;
        made->train_macs[network] = 500000 * (1 + network % 6);
    }
    for (int seed = 0; seed < MADE_SEEDS; seed++)
        for (int network = 0; network < MADE_NETWORKS; network++) {
            int row = seed * MADE_NETWORKS + network;
            for (int t = 1; t <= MADE_POINTS; t++)
                made->valid[row * MADE_POINTS + t - 1] = made_valid(network, seed, t);
            made->test[row] = made_valid(network, seed, MADE_POINTS) + (float)(network * 3 % 7);
        }
}

#endif
