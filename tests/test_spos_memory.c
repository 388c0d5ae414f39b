/* The n-th allocation fails, for every n: SPOS says so, once, and gives back what it holds. */
#include "tests/fake_scores.h"

#ifdef __SANITIZE_ADDRESS__

static void test_allocation_failures(void **state)
{
    (void)state;
    (void)printf("skipped: the sanitizer owns the allocator\n");
    skip();
}

#else

#define FAILING_ALLOCATOR_SPARES_MALLOC
#include "tests/failing_allocator.h"

/* A search in which allocation `n` fails. False if there was none such. */
static bool check_failure(const struct nasbed_method *method, const void *settings, long n)
{
    struct fake_trial fake;
    struct fake_scores scores;
    scores_init(&fake, &scores, space_find("cell", NULL), 100, 11);
    countdown = n;
    held = 0;
    watching = true;
    enum nasbed_status status = method->run(&fake.face, settings);
    watching = false;
    bool failed = countdown < 0;
    assert_int_equal(held, 0);
    assert_int_equal(status, failed ? NASBED_FAILED : NASBED_DONE);
    assert_int_equal(fake.failed, failed);
    assert_int_equal(fake.finished, !failed);
    scores_free(&fake, &scores);
    return failed;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    struct error error;
    struct method_settings settings;
    const struct nasbed_method *method = method_find("spos", &error);
    long n = 0;
    assert_int_equal(method_settings_init(&settings, method, &error), 0);
    assert_int_equal(
        options_parse_list(settings.row, settings.values, "images=64,recalibrate=0", &error), 0);
    while (check_failure(method, settings.values, n))
        n++;
    assert_true(n > 10);
    method_settings_free(&settings);
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_allocation_failures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
