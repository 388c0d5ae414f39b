/* How many strings of `chain` the actors of EAS reach, counted by hand: a block of one layer has two
 * widths, one of two layers also two kernels; kernels of first layers and skips are the extension's. */
#include "methods/kit/reach.h"
#include "tests/fake_trial.h"

static struct fake_trial fake;

static size_t count(int wider, int deeper, bool stops, bool extended)
{
    const struct reach reach = {wider, deeper, stops, extended};
    return reach_count(&fake.face, &reach);
}

static void strings_are_counted(void **state)
{
    (void)state;
    assert_int_equal(count(1, 3, true, false), 216); /* 6 ^ 3 */
    assert_int_equal(count(4, 8, true, false), 216);
    assert_int_equal(count(1, 0, true, false), 8);
    assert_int_equal(count(0, 3, true, false), 27);
    assert_int_equal(count(0, 0, true, false), 1);
    assert_int_equal(count(1, 1, true, false), 8 + 3 * 4 * 4);
    assert_int_equal(count(1, 2, true, false), 8 + 3 * 4 * 4 + 3 * 2 * 16);
}

/* All steps are made: what is less deep is passed through, but for the start. */
static void without_a_stop_all_are_equally_deep(void **state)
{
    (void)state;
    assert_int_equal(count(1, 3, false, false), 1 + 64);
    assert_int_equal(count(4, 5, false, false), 1 + 64);
    assert_int_equal(count(1, 2, false, false), 1 + 3 * 2 * 16);
    assert_int_equal(count(1, 0, false, false), 8);
}

static void the_extension_reaches_everything(void **state)
{
    (void)state;
    assert_int_equal(count(1, 3, true, true), 8000);
    assert_int_equal(count(1, 0, true, true), 4 * 4 * 4);
    assert_int_equal(count(1, 3, false, true), 1 + 16 * 16 * 16);
}

static int setup(void **state)
{
    (void)state;
    fake_init(&fake, 1, 1, 1);
    fake_space(&fake, space_find("chain", NULL));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_counted),
        cmocka_unit_test(without_a_stop_all_are_equally_deep),
        cmocka_unit_test(the_extension_reaches_everything),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
