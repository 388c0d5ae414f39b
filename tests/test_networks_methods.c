/* The registered methods that keep networks of their own: what all of them owe. */
#include "tests/live_fixture.h"

static struct live_fixture f;

static int setup(void **state)
{
    (void)state;
    live_open(&f, 5);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    live_close(&f);
    return 0;
}

/* Every method that keeps networks: within its ledger, alike on 1 and 2 threads, replayable, and
 * blind to the test images. */
static void methods_keep_the_contract(void **state)
{
    (void)state;
    int found = 0;
    for (int i = 0; method_at(i); i++) {
        if (!method_at(i)->networks ||
            method_space(method_at(i), "chain")->kind == NASBED_UNDEFINED)
            continue;
        struct live_trial one = {.fixture = &f, .method = method_at(i), .seed = 4};
        struct live_trial two = one, blind = one;
        live_run_ok(&one, 1);
        live_run_ok(&two, 2);
        assert_string_equal(one.trace.data, two.trace.data);
        (void)live_check_ledger(&f, &one.trace);
        assert_non_null(strstr(one.trace.data, "\"event\":\"train\""));
        bank_close(f.contest.bank); /* rows are tested: they are to be trained anew */
        assert_int_equal(bank_open(&f.contest.bank, &f.source, &f.contest.identity, 1, &one.error),
                         0);
        for (int k = 0; k < LIVE_TEST; k++)
            f.data.test_label[k] = (uint8_t)(9 - f.data.test_label[k]);
        live_run_ok(&blind, 2);
        assert_int_equal(differences(&one.trace, &blind.trace, "test_accuracy"), 0);
        assert_int_equal(differences(&one.trace, &blind.trace, "nothing"), 1);
        text_free(&one.trace);
        text_free(&two.trace);
        text_free(&blind.trace);
        found++;
    }
    assert_true(found >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(methods_keep_the_contract)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
