/* Levels: how many architectures each has, what they are, and what their strings share. */
#include "methods/kit/levels.h"
#include "tests/fake_trial.h"

static struct fake_trial fake;
static struct levels levels;

static void open_levels(const char *space)
{
    fake_init(&fake, 1, 1, 1);
    fake_space(&fake, space_find(space, NULL));
    assert_true(levels_open(&levels, &fake.face));
}

static void close_levels(void)
{
    levels_close(&levels);
    fake_free(&fake);
}

/* The decisions of blocks after `level` are their first options, named `absent` or anything (NULL). */
static void check_absent(const struct nasbed_architecture *a, int level, const char *absent)
{
    struct nasbed_architecture prefix = *a;
    for (prefix.n = 0; prefix.n < a->n; prefix.n++) {
        int kind = alphabet_find_kind(&levels.alphabet, nasbed_decision_name(&fake.face, &prefix));
        if (levels.block[kind] < level)
            continue;
        assert_int_equal(a->decision[prefix.n], 0);
        if (absent)
            assert_string_equal(nasbed_option_name(&fake.face, &prefix, 0), absent);
    }
}

/* Every level expanded whole; sizes [LEVELS]. */
static void check_sizes(const char *space, const size_t *sizes, const char *absent)
{
    struct candidates candidates = {0};
    struct history parents = {0};
    open_levels(space);
    for (int level = 1; level <= LEVELS; level++) {
        assert_true(levels_expand(&levels, level, &parents, 0, &candidates));
        assert_int_equal(candidates.n, sizes[level - 1]);
        parents.n = 0;
        for (size_t i = 0; i < candidates.n; i++) {
            const struct nasbed_architecture *a = &candidates.entry[i].architecture;
            assert_int_equal(nasbed_options(&fake.face, a), 0);
            assert_int_equal(candidates.entry[i].order, i);
            check_absent(a, level, absent);
            assert_true(history_add(&parents, a, 0));
        }
    }
    free(candidates.entry);
    history_free(&parents);
    close_levels();
}

/* 5, 5 x 25 and 125 x 125, of which 1,500 are the mirror images of others. */
static void sizes_of_cell(void **state)
{
    (void)state;
    check_sizes("cell", (size_t[]){5, 125, 14125}, "none");
}

static void sizes_of_chain(void **state)
{
    (void)state;
    check_sizes("chain", (size_t[]){20, 400, 8000}, NULL);
}

static void sizes_of_macro(void **state)
{
    (void)state;
    check_sizes("macro", (size_t[]){9, 243, 6561}, "identity");
}

/* The children of a set are those of its members together. */
static void expansion_is_of_each(void **state)
{
    (void)state;
    struct candidates first = {0}, all = {0};
    struct history parents = {0};
    open_levels("chain");
    assert_true(levels_expand(&levels, 1, &parents, 0, &first));
    for (int i = 0; i < 3; i++)
        assert_true(history_add(&parents, &first.entry[i].architecture, 0));
    assert_true(levels_expand(&levels, 2, &parents, 1, &all)); /* not of the first */
    assert_int_equal(all.n, 2 * 20);
    for (size_t i = 0; i < all.n; i++) {
        int found = 0;
        for (int p = 0; p < 3; p++) { /* block 1 as it was */
            const struct nasbed_architecture *parent = &parents.entry[p].architecture;
            size_t block = parent->decision[0] ? 5 : 3;
            if (memcmp(parent->decision, all.entry[i].architecture.decision, block) == 0)
                found = p;
        }
        assert_true(found > 0);
    }
    free(first.entry);
    free(all.entry);
    history_free(&parents);
    close_levels();
}

/* A wide layer is one id in every block, although "2w" is narrow in the second; kernels are another
 * sort. What is absent is one id and has no place. */
static void strings_share_options(void **state)
{
    (void)state;
    struct nasbed_architecture a;
    struct string place, pair;
    open_levels("chain");
    const struct space *space = fake.space;
    struct architecture parsed = {.n = 9, .decision = {0, 1, 0, 0, 1, 1, 0, 0, 0}};
    assert_int_equal(space->options(&parsed), 0);
    a = trial_outward(&parsed);
    levels_spell(&levels, &a, 3, false, true, &place);
    levels_spell(&levels, &a, 3, true, true, &pair);
    assert_int_equal(place.n, 15);
    int wide = place.id[1][0], wide2 = place.id[6][0], narrow = place.id[11][0];
    assert_int_equal(wide, wide2);
    assert_int_not_equal(wide, narrow);
    assert_int_not_equal(place.id[7][0], wide); /* kernel 5 */
    assert_int_not_equal(place.id[1][1], place.id[6][1]);
    assert_int_not_equal(pair.id[1][1], pair.id[6][1]);
    assert_int_equal(pair.id[1][0], wide);
    assert_int_equal(place.id[3][0], levels_ids(&levels, false) - 1);
    assert_int_equal(place.id[3][1], -1);
    for (int t = 0; t < 15; t++)
        for (int part = 0; part < 2; part++) {
            assert_true(place.id[t][part] < levels_ids(&levels, false));
            assert_true(pair.id[t][part] < levels_ids(&levels, true));
        }
    close_levels();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_of_cell),         cmocka_unit_test(sizes_of_chain),
        cmocka_unit_test(sizes_of_macro),        cmocka_unit_test(expansion_is_of_each),
        cmocka_unit_test(strings_share_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
