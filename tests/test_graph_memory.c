/* The n-th allocation fails, for every n: whatever makes graphs says so and gives back what it
 * holds. */
#include "spaces/space.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

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

/* Everything once, under a failing allocator. */
static int work(const struct space *space, struct error *error)
{
    struct skeleton skeleton = space->skeleton;
    struct architecture architecture;
    struct graph whole = {0}, simple = {0};
    struct digest digest;
    struct cost cost;
    skeleton.cells = 1;
    space->from_index(11262, &architecture); /* two equal branches: a tie to search */
    int status = architecture_cost(space, &skeleton, &architecture, &cost, error);
    if (!status)
        status = space->graph(&architecture, &skeleton, &whole, error);
    if (!status)
        status = graph_simplify(&whole, &simple, error);
    if (!status)
        status = graph_canonical(&simple, &digest, error);
    graph_free(&simple);
    graph_free(&whole);
    return status;
}

static void test_allocation_failures(void **state)
{
    (void)state;
    const struct space *space = space_at(0);
    struct error error = {0};
    int status = ERROR_MEMORY, failures = 0;
    for (; status; failures++) {
        countdown = failures;
        held = 0;
        watching = true;
        status = work(space, &error);
        watching = false;
        assert_int_equal(held, 0);
        assert_true(status == 0 || status == ERROR_MEMORY);
        if (status)
            assert_non_null(strstr(error.text, "out of memory"));
    }
    assert_true(failures > 30);
}

static void test_isomorphs_failures(void **state)
{
    (void)state;
    const struct space *space = space_at(0);
    struct skeleton skeleton = space->skeleton;
    skeleton.cells = 1;
    for (long n = 0; n < 200; n++) {
        struct isomorphs isomorphs;
        struct error error = {0};
        countdown = n;
        held = 0;
        watching = true;
        int status = isomorphs_init(&isomorphs, space, &skeleton, &error);
        watching = false;
        assert_int_equal(status, ERROR_MEMORY);
        assert_non_null(strstr(error.text, "out of memory"));
        assert_int_equal(held, 0);
        assert_null(isomorphs.class_of);
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_failures),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test(test_isomorphs_failures),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
