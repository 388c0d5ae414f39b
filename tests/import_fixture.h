/* What the tests of importers share: a source in the form of NAS-Bench-201's CSV made up in memory
 * (its architectures and costs are real, its accuracies are not), and plans to import it by. */
#ifndef NASBED_TESTS_IMPORT_FIXTURE_H
#define NASBED_TESTS_IMPORT_FIXTURE_H

#include "base/text.h"
#include "spaces/nb201.h"
#include "tables/harvest.h"
#include "tables/import.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define IMPORT_HEADER  "index,arch,params,flops,valid,test\n"
#define IMPORT_COLUMNS "architecture=arch,params,macs=flops,valid_accuracy=valid,test_accuracy=test"

/* A protocol with a skeleton of `space`, one point, and a plan by it. */
struct import_case {
    struct protocol protocol;
    struct import_plan plan;
};

static inline void import_open(struct import_case *made, const char *space, const char *protocol,
                               int points)
{
    struct error error = {.text = ""};
    if (protocol_open(&made->protocol, protocol, &error))
        fail_msg("%s", error.text);
    made->protocol.training.points = points;
    made->plan = (struct import_plan){.space = space_find(space, &error),
                                      .protocol = &made->protocol,
                                      .name = "made",
                                      .licence = "none",
                                      .columns = IMPORT_COLUMNS,
                                      .seeds = 1};
    assert_non_null(made->plan.space);
}

static inline void import_close(struct import_case *made)
{
    protocol_close(&made->protocol);
}

/* Accuracies of the source's line `k`, in percent with two digits: a permutation, so that no two
 * neighbours are equal. */
static inline double import_valid(uint32_t k)
{
    return (double)(k * 7919u % 10001u) / 100;
}

static inline double import_test(uint32_t k)
{
    return (double)(k * 104729u % 9973u) / 100;
}

/* Line k of the source (from 0) for architecture index `index` of ours. */
static inline void import_line(struct text *text, const struct import_case *made, uint32_t k,
                               uint32_t index)
{
    struct architecture architecture;
    char name[ARCHITECTURE_TEXT];
    uint64_t macs, params;
    const struct space *space = made->plan.space;
    space->from_index(index, &architecture);
    space->print(&architecture, name);
    space->published_cost(&architecture, protocol_skeleton(&made->protocol, space->name, NULL),
                          &macs, &params);
    text_append(text, "%u,%s,%llu,%llu,%.2f,%.2f\n", (unsigned)k, name, (unsigned long long)params,
                (unsigned long long)macs, import_valid(k), import_test(k));
}

/* The whole of `cell`, in the benchmark's own order. */
static inline struct text import_source(const struct import_case *made)
{
    static uint32_t order[NB201_ARCHITECTURES];
    struct text text = {0};
    nb201_order(order);
    text_append(&text, IMPORT_HEADER);
    for (uint32_t k = 0; k < NB201_ARCHITECTURES; k++)
        import_line(&text, made, k, order[k]);
    assert_false(text.failed);
    return text;
}

/* Read `text` alone, into a harvest that is thrown away. */
static inline int import_try(const struct import_case *made, const char *text, size_t size,
                             struct error *error)
{
    struct harvest harvest;
    FILE *stream = fmemopen((void *)(uintptr_t)text, size ? size : 1, "rb");
    assert_non_null(stream);
    if (!size)
        (void)fgetc(stream);
    int status = harvest_init(&harvest, &made->plan, error);
    if (!status)
        status = import_read_csv(&harvest, stream, error);
    harvest_free(&harvest);
    (void)fclose(stream);
    return status;
}

#endif
