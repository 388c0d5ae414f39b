/* A part of the space `cell`: every n-th architecture, for tests that score all of a space. */
#ifndef NASBED_TESTS_FEW_CELLS_H
#define NASBED_TESTS_FEW_CELLS_H

#include "tests/trial_fixture.h"

static struct space few;
static uint64_t few_stride;

static void few_from_index(uint64_t index, struct architecture *a)
{
    space_find("cell", NULL)->from_index(index * few_stride, a);
}

static uint64_t few_index(const struct architecture *a)
{
    return space_find("cell", NULL)->index(a) / few_stride;
}

/* Make the fixture's space that of `count` architectures, `stride` apart. */
static void few_open(struct fixture *fixture, uint64_t stride, uint32_t count)
{
    few = *space_find("cell", NULL);
    few.count = count;
    few.from_index = few_from_index;
    few.index = few_index;
    few_stride = stride;
    fixture->contest.space = &few;
}

#endif
