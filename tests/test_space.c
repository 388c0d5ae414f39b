/* What every registered space must keep to, and the functions that are generic over decisions. */
#include "spaces/space.h"
#include "tests/chi_square.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* A space with conditions: `depth` 1 or 2; `kernel 1` of 2; at depth 2 `kernel 2` of 3 and `skip`
 * of 2; `width` of 2 at depth 1, of 3 at depth 2. 2 x 2 + 2 x 3 x 2 x 3 = 40 architectures. */
static const char *const toy_names[2][6] = {
    {"depth", "kernel 1", "width", NULL, NULL, NULL},
    {"depth", "kernel 1", "kernel 2", "skip", "width", NULL}};
static const int toy_counts[2][6] = {{2, 2, 2, 0}, {2, 2, 3, 2, 3, 0}};

static int toy_depth(const struct architecture *prefix)
{
    return prefix->n > 0 ? prefix->decision[0] : 0;
}

static int toy_options(const struct architecture *prefix)
{
    return toy_counts[toy_depth(prefix)][prefix->n];
}

static const char *toy_decision_name(const struct architecture *prefix)
{
    return toy_names[toy_depth(prefix)][prefix->n];
}

static const struct space toy = {.name = "toy",
                                 .count = 40,
                                 .decisions_max = 5,
                                 .options = toy_options,
                                 .decision_name = toy_decision_name};

static struct architecture make(int n, const unsigned char *decisions)
{
    struct architecture made = {.n = n};
    memcpy(made.decision, decisions, (size_t)n);
    return made;
}

#define ARCHITECTURE(...)                                                                          \
    make((int)sizeof((unsigned char[]){__VA_ARGS__}), (unsigned char[]){__VA_ARGS__})

static void test_registry(void **state)
{
    (void)state;
    struct error error;
    assert_ptr_equal(space_find("cell", &error), space_at(0));
    assert_null(space_at(-1));
    assert_null(space_find("cel", &error));
    assert_int_equal(error.code, ERROR_ARGUMENT);
    assert_string_equal(error.text, "unknown space \"cel\": did you mean \"cell\"?");
    assert_null(space_find("something else", &error));
    assert_int_equal(error.code, ERROR_ARGUMENT);
    const char *begins = "unknown space \"something else\": one of cell";
    assert_memory_equal(error.text, begins, strlen(begins));
    int n = 0;
    for (; space_at(n); n++)
        assert_ptr_equal(space_find(space_at(n)->name, &error), space_at(n));
    assert_null(space_at(n));
}

/* Index, string and decisions of each architecture of a space name one another. */
static void check_names(const struct space *space, uint64_t index)
{
    struct architecture architecture, read;
    char text[ARCHITECTURE_TEXT];
    struct error error;
    space->from_index(index, &architecture);
    assert_true(architecture_valid(space, &architecture));
    assert_true(architecture.n <= space->decisions_max);
    assert_int_equal(space->index(&architecture), index);
    space->print(&architecture, text);
    assert_true(strlen(text) < ARCHITECTURE_TEXT);
    assert_int_equal(space->parse(text, &read, &error), 0);
    assert_true(architecture_equal(&architecture, &read));
    struct architecture prefix = architecture;
    for (prefix.n = 0; prefix.n < architecture.n; prefix.n++) {
        assert_non_null(space->decision_name(&prefix));
        assert_non_null(space->option_name(&prefix, architecture.decision[prefix.n]));
    }
}

static void test_every_name(void **state)
{
    (void)state;
    for (int s = 0; space_at(s); s++)
        for (uint64_t i = 0; i < space_at(s)->count; i++)
            check_names(space_at(s), i);
}

static void test_validity(void **state)
{
    (void)state;
    struct architecture a = ARCHITECTURE(0, 1, 1);
    assert_true(architecture_valid(&toy, &a));
    a.decision[2] = 2; /* a width that only depth 2 has */
    assert_false(architecture_valid(&toy, &a));
    a = ARCHITECTURE(1, 1, 2, 1, 2);
    assert_true(architecture_valid(&toy, &a));
    a.n = 4; /* a decision is missing */
    assert_false(architecture_valid(&toy, &a));
    a = ARCHITECTURE(0, 1, 1, 0); /* one too many */
    assert_false(architecture_valid(&toy, &a));
    a.n = -1;
    assert_false(architecture_valid(&toy, &a));
    a.n = ARCHITECTURE_MAX;
    assert_false(architecture_valid(&toy, &a));
}

static void test_equality(void **state)
{
    (void)state;
    struct architecture a = ARCHITECTURE(0, 1, 1), b = ARCHITECTURE(0, 1, 1, 0);
    assert_false(architecture_equal(&a, &b));
    b.n = 3;
    b.decision[7] = 9; /* behind the end, of no consequence */
    assert_true(architecture_equal(&a, &b));
    b.decision[2] = 0;
    assert_false(architecture_equal(&a, &b));
}

static int differences(const struct architecture *a, const struct architecture *b)
{
    int n = 0;
    for (int i = 0; i < a->n; i++)
        n += a->decision[i] != b->decision[i];
    return n;
}

static void test_neighbours(void **state)
{
    (void)state;
    const struct space *cell = space_at(0);
    struct architecture parent, near[64];
    for (uint64_t index = 0; index < cell->count; index += 97) {
        cell->from_index(index, &parent);
        assert_int_equal(architecture_neighbours(cell, &parent, near, 64), 24);
        for (int i = 0; i < 24; i++) {
            assert_true(architecture_valid(cell, &near[i]));
            assert_int_equal(differences(&parent, &near[i]), 1);
            for (int k = 0; k < i; k++)
                assert_false(architecture_equal(&near[i], &near[k]));
        }
    }
    assert_int_equal(architecture_neighbours(cell, &parent, near, 7), 7);
}

static void test_neighbours_with_conditions(void **state)
{
    (void)state;
    struct architecture parent = ARCHITECTURE(1, 1, 2, 1, 2), near[16];
    const struct architecture expected[] = {
        ARCHITECTURE(0, 1, 0), /* depth 1: the kernel is kept by name, width 2 is impossible */
        ARCHITECTURE(1, 0, 2, 1, 2), ARCHITECTURE(1, 1, 0, 1, 2), ARCHITECTURE(1, 1, 1, 1, 2),
        ARCHITECTURE(1, 1, 2, 0, 2), ARCHITECTURE(1, 1, 2, 1, 0), ARCHITECTURE(1, 1, 2, 1, 1)};
    assert_int_equal(architecture_neighbours(&toy, &parent, near, 16), 7);
    for (int i = 0; i < 7; i++)
        assert_true(architecture_equal(&near[i], &expected[i]));
    parent = ARCHITECTURE(0, 1, 1); /* deeper: width stays, what is new is the first option */
    const struct architecture deeper = ARCHITECTURE(1, 1, 0, 0, 1);
    assert_int_equal(architecture_neighbours(&toy, &parent, near, 16), 3);
    assert_true(architecture_equal(&near[0], &deeper));
}

/* Bounds are 0.999 quantiles of chi-square; the seed is fixed, so the tests are not random. */
static void test_random_is_uniform(void **state)
{
    (void)state;
    enum { DRAWS = 50000 };
    const struct space *cell = space_at(0);
    struct random_stream stream = random_stream(3, RANDOM_TEST, 0, 0);
    int option[6][5] = {{0}}, part[625] = {0};
    for (int i = 0; i < DRAWS; i++) {
        struct architecture a;
        architecture_random(cell, &stream, &a);
        assert_true(architecture_valid(cell, &a));
        for (int e = 0; e < 6; e++)
            option[e][a.decision[e]]++;
        part[cell->index(&a) / 25]++;
    }
    for (int e = 0; e < 6; e++)
        assert_true(chi_square(option[e], 5, DRAWS) < 18.47);
    assert_true(chi_square(part, 625, DRAWS) < 737.0);
}

static void test_mutation_is_uniform(void **state)
{
    (void)state;
    enum { DRAWS = 24000 };
    const struct space *cell = space_at(0);
    struct random_stream stream = random_stream(4, RANDOM_TEST, 0, 0);
    struct architecture parent, child;
    int edge[6] = {0}, both[24] = {0};
    cell->from_index(9731, &parent);
    for (int i = 0; i < DRAWS; i++) {
        architecture_mutate(cell, &parent, &stream, &child);
        assert_true(architecture_valid(cell, &child));
        assert_int_equal(differences(&parent, &child), 1);
        for (int e = 0; e < 6; e++)
            if (child.decision[e] != parent.decision[e]) {
                edge[e]++;
                both[e * 4 + child.decision[e] - (child.decision[e] > parent.decision[e])]++;
            }
    }
    assert_true(chi_square(edge, 6, DRAWS) < 20.52);
    assert_true(chi_square(both, 24, DRAWS) < 49.73);
}

static void test_mutation_with_conditions(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    struct random_stream stream = random_stream(5, RANDOM_TEST, 0, 0);
    const struct architecture parent = ARCHITECTURE(0, 1, 1);
    int place[3] = {0}, drawn[6] = {0};
    for (int i = 0; i < DRAWS; i++) {
        struct architecture child = parent;
        architecture_mutate(&toy, &child, &stream, &child);
        assert_true(architecture_valid(&toy, &child));
        assert_false(architecture_equal(&parent, &child));
        if (child.n == 3) {
            place[child.decision[1] != 1 ? 1 : 2]++;
            continue;
        }
        place[0]++;
        assert_int_equal(child.decision[1], 1); /* kernel 1 and width are kept */
        assert_int_equal(child.decision[4], 1);
        drawn[child.decision[2] * 2 + child.decision[3]]++;
    }
    assert_true(chi_square(place, 3, DRAWS) < 13.82);
    assert_true(chi_square(drawn, 6, place[0]) < 20.52);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_every_name),
        cmocka_unit_test(test_validity),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_neighbours_with_conditions),
        cmocka_unit_test(test_random_is_uniform),
        cmocka_unit_test(test_mutation_is_uniform),
        cmocka_unit_test(test_mutation_with_conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
