/* A small space for tests of policies, in the manner of `chain`: two blocks, each of a depth and a
 * kernel; a second layer brings a kernel of its own and a skip. What may follow depends on the prefix:
 * after a first block that begins with 5 so must the second. 5 x 10 architectures with a 3 there, 5 x 5
 * with a 5, of 4 to 8 decisions. */
#ifndef NASBED_TESTS_TOY_SPACE_H
#define NASBED_TESTS_TOY_SPACE_H

#include "methods/nasbed.h"
#include "spaces/space.h"

#include <string.h>

enum { TOY_COUNT = 75 };

/* The decision after a prefix: its block (2: none) and its place there. */
static inline void toy_place(const struct architecture *prefix, int *block, int *field)
{
    int first = 0;
    for (*block = 0; *block < 2; ++*block) {
        int fields = prefix->n > first && prefix->decision[first] ? 4 : 2;
        if (prefix->n < first + fields)
            break;
        first += fields;
    }
    *field = prefix->n - first;
}

static inline int toy_options(const struct architecture *prefix)
{
    int block, field;
    toy_place(prefix, &block, &field);
    if (block == 2)
        return 0;
    if (field == 1 && block == 1)
        return prefix->decision[1] ? 1 : 2; /* after a 5: 5 alone */
    return 2;
}

static inline const char *toy_decision_name(const struct architecture *prefix)
{
    static const char *const names[2][4] = {{"depth 1", "kernel 1.1", "kernel 1.2", "skip 1"},
                                            {"depth 2", "kernel 2.1", "kernel 2.2", "skip 2"}};
    int block, field;
    toy_place(prefix, &block, &field);
    return names[block][field];
}

static inline const char *toy_option_name(const struct architecture *prefix, int option)
{
    static const char *const names[4][2] = {{"1", "2"}, {"3", "5"}, {"3", "5"}, {"no", "yes"}};
    int block, field;
    toy_place(prefix, &block, &field);
    if (field == 1 && block == 1 && prefix->decision[1])
        return "5"; /* its only option is not the kind's first */
    return names[field][option];
}

/* All architectures that begin with `prefix`, depth first, appended to out [n]. Returns the new n. */
static inline int toy_all(struct architecture prefix, struct nasbed_architecture *out, int n)
{
    int options = toy_options(&prefix);
    if (options == 0) {
        memcpy(&out[n], &prefix, sizeof out[n]);
        return n + 1;
    }
    prefix.n++;
    for (int o = 0; o < options; o++) {
        prefix.decision[prefix.n - 1] = (unsigned char)o;
        n = toy_all(prefix, out, n);
    }
    return n;
}

static const struct space toy_space = {.name = "toy",
                                       .count = TOY_COUNT,
                                       .decisions_max = 8,
                                       .options = toy_options,
                                       .decision_name = toy_decision_name,
                                       .option_name = toy_option_name};

#endif
