/* A small space for tests of policies, in the manner of `chain`: two blocks, each of a depth and a
 * width; a second layer brings a kernel and a skip. What may follow depends on the prefix: a wide first
 * block leaves the second only the wider of its two widths. (1 + 4) x (2 x 5) after a narrow first block,
 * (1 + 4) x 5 after a wide one: 75 architectures of 4 to 8 decisions. */
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
        return prefix->decision[1] ? 1 : 2; /* after a wide block: wide alone */
    return 2;
}

static inline const char *toy_decision_name(const struct architecture *prefix)
{
    static const char *const names[2][4] = {{"depth 1", "width 1", "kernel 1", "skip 1"},
                                            {"depth 2", "width 2", "kernel 2", "skip 2"}};
    int block, field;
    toy_place(prefix, &block, &field);
    return names[block][field];
}

static inline const char *toy_option_name(const struct architecture *prefix, int option)
{
    static const char *const names[4][2] = {{"1", "2"}, {"w", "2w"}, {"3", "5"}, {"no", "yes"}};
    int block, field;
    toy_place(prefix, &block, &field);
    if (field == 1 && block == 1 && prefix->decision[1])
        return "2w"; /* its only option is not the kind's first */
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
