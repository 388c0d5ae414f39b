/* The ledger: its invariant under any sequence of charges, and what it refuses. */
#include "base/random.h"
#include "protocols/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_sound(const struct ledger *ledger)
{
    assert_true(ledger->reserve <= ledger->total);
    assert_true(ledger->spent <= ledger->total - ledger->reserve);
}

static void reserve_is_held_back(void **state)
{
    (void)state;
    struct ledger ledger;
    struct error error;
    assert_int_equal(ledger_init(&ledger, 1000, 300, &error), 0);
    assert_int_equal(ledger_left(&ledger), 700);
    assert_true(ledger_can(&ledger, 700));
    assert_false(ledger_can(&ledger, 701));
    assert_int_equal(ledger_charge(&ledger, 700, &error), 0);
    assert_int_equal(ledger_left(&ledger), 0);
    assert_int_equal(ledger_charge(&ledger, 0, &error), 0);
    assert_int_equal(ledger_settle(&ledger, 300, &error), 0);
    assert_int_equal(ledger.spent, 1000);
    assert_int_equal(ledger_left(&ledger), 0);
}

static void refused_charge_changes_nothing(void **state)
{
    (void)state;
    struct ledger ledger;
    struct error error;
    assert_int_equal(ledger_init(&ledger, 1000, 300, &error), 0);
    assert_int_equal(ledger_charge(&ledger, 450, &error), 0);
    assert_int_equal(ledger_charge(&ledger, 251, &error), ERROR_BUDGET);
    assert_string_equal(error.text, "the budget cannot pay 251 FLOPs: 250 are left");
    assert_int_equal(ledger.spent, 450);
    assert_int_equal(ledger_settle(&ledger, 551, &error), ERROR_BUDGET);
    assert_string_equal(error.text,
                        "the budget and its reserve cannot pay 551 FLOPs: 550 are left");
    assert_int_equal(ledger.spent, 450);
    assert_int_equal(ledger.reserve, 300);
}

static void too_small_budget_says_how_large(void **state)
{
    (void)state;
    struct ledger ledger;
    struct error error;
    assert_int_equal(ledger_init(&ledger, 299, 300, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "a budget of 299 FLOPs is too small: it must be at least 300 "
                                    "FLOPs, which finish() may cost");
    assert_int_equal(ledger_init(&ledger, 300, 300, &error), 0);
    assert_int_equal(ledger_left(&ledger), 0);
}

/* Near 2^64 nothing may wrap around. */
static void huge_numbers_do_not_wrap(void **state)
{
    (void)state;
    struct ledger ledger;
    struct error error;
    assert_int_equal(ledger_init(&ledger, UINT64_MAX, 10, &error), 0);
    assert_int_equal(ledger_charge(&ledger, UINT64_MAX - 20, &error), 0);
    assert_int_equal(ledger_charge(&ledger, UINT64_MAX, &error), ERROR_BUDGET);
    assert_int_equal(ledger_settle(&ledger, UINT64_MAX, &error), ERROR_BUDGET);
    assert_int_equal(ledger_left(&ledger), 10);
    assert_int_equal(ledger_settle(&ledger, 20, &error), 0);
    assert_sound(&ledger);
}

static void invariant_holds_for_random_charges(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(1, RANDOM_TEST, 0, 0);
    for (int trial = 0; trial < 1000; trial++) {
        struct ledger ledger;
        uint64_t total = random_below(&stream, 10000), spent = 0;
        uint64_t reserve = total ? random_below(&stream, (uint32_t)total) : 0;
        assert_int_equal(ledger_init(&ledger, total, reserve, NULL), 0);
        for (int i = 0; i < 20; i++) {
            uint64_t charge = random_below(&stream, 2000), left = ledger_left(&ledger);
            int status = ledger_charge(&ledger, charge, NULL);
            assert_int_equal(status, charge <= left ? 0 : ERROR_BUDGET);
            spent += status ? 0 : charge;
            assert_int_equal(ledger.spent, spent);
            assert_sound(&ledger);
        }
        assert_int_equal(ledger_settle(&ledger, reserve, NULL),
                         0); /* what was held back is there */
        assert_int_equal(ledger.spent, spent + reserve);
        assert_sound(&ledger);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reserve_is_held_back),
        cmocka_unit_test(refused_charge_changes_nothing),
        cmocka_unit_test(too_small_budget_says_how_large),
        cmocka_unit_test(huge_numbers_do_not_wrap),
        cmocka_unit_test(invariant_holds_for_random_charges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
