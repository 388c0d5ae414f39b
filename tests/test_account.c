/* The account of a trial: unit, reserve, and every charging rule. */
#include "methods/trial/account.h"
#include "tests/trial_fixture.h"

#include <stdio.h>

static struct fixture fixture;

static int setup(void **state)
{
    (void)state;
    fixture_open(&fixture, true, 2, 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static uint64_t charge_of(uint32_t network, int point)
{
    return protocol_charge(&fixture.training, fixture.isomorphs.train_macs[network], point);
}

/* A network that several strings are, and its second member. */
static uint32_t shared_network(uint32_t *other)
{
    for (uint32_t i = 0; i < fixture.isomorphs.count; i++) {
        uint32_t c = fixture.isomorphs.class_of[i];
        if (fixture.isomorphs.representative[c] != i && fixture.isomorphs.train_macs[c] > 10000) {
            *other = i;
            return c;
        }
    }
    fail_msg("cell has isomorphs");
    return 0;
}

static void test_unit_and_reserve(void **state)
{
    (void)state;
    const struct contest *contest = &fixture.contest;
    uint64_t sum = 0; /* far from overflow on this small schedule */
    uint64_t most = 0;
    for (uint32_t i = 0; i < fixture.isomorphs.count; i++) {
        uint64_t charge = charge_of(fixture.isomorphs.class_of[i], FIXTURE_POINTS);
        sum += charge;
        most = charge > most ? charge : most;
    }
    assert_int_equal(fixture.isomorphs.count, 15625);
    assert_true(contest->unit_flops == sum / 15625);
    assert_true(contest->reserve_flops == most);
    assert_true(contest->budget_flops == 20 * contest->unit_flops);
}

static void check_budget(double budget, const char *message)
{
    struct contest contest = fixture.contest;
    struct error error;
    assert_int_equal(contest_budget(&contest, budget, &error), ERROR_ARGUMENT);
    assert_non_null(strstr(error.text, message));
}

static void test_bad_budgets(void **state)
{
    (void)state;
    check_budget(0, "budget = 0: must be above 0");
    check_budget(-3, "must be above 0");
    check_budget(1,
                 "budget = 1: is too small, finishing with the largest architecture alone costs");
    check_budget(1e30, " here, which are 2^63 FLOPs");

    struct contest contest = fixture.contest;
    struct error error;
    assert_int_equal(contest_budget(&contest, 1e12, &error), ERROR_ARGUMENT);
    static const char start[] = "budget = 1000000000000: must be at most ";
    assert_memory_equal(error.text, start, sizeof start - 1);
    double most = strtod(error.text + sizeof start - 1, NULL); /* and it is the most */
    assert_int_equal(contest_budget(&contest, most, &error), 0);
    assert_int_equal(contest_budget(&contest, most + 1, &error), ERROR_ARGUMENT);
}

static void test_fraction_of_a_training(void **state)
{
    (void)state;
    struct contest contest = fixture.contest;
    struct error error;
    assert_int_equal(contest_budget(&contest, 7.5, &error), 0);
    assert_true(contest.budget_flops == 7 * contest.unit_flops + contest.unit_flops / 2);
}

/* With the times of a table the ledger counts those: the same rules, another measure. */
static void test_seconds(void **state)
{
    (void)state;
    struct contest contest = fixture.contest;
    struct error error;
    size_t n = (size_t)fixture.isomorphs.distinct * FIXTURE_POINTS;
    uint64_t *times = calloc(n, sizeof *times);
    assert_non_null(times);
    contest.times = times;
    assert_int_equal(contest_budget(&contest, 60, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "training takes no time in this table");
    for (size_t i = 0; i < n; i++) /* a second an epoch; network 0 takes two */
        times[i] = 1000000 * (i % FIXTURE_POINTS + 1) * (i < FIXTURE_POINTS ? 2 : 1);
    assert_int_equal(contest_budget(&contest, 60.25, &error), 0);
    assert_true(contest.budget_flops == 60250000);
    assert_true(contest.reserve_flops == 8000000);
    assert_true(contest.unit_flops >= 4000000 && contest.unit_flops < 4100000);
    assert_true(fabs(contest_trainings(&contest) - 60.25e6 / (double)contest.unit_flops) < 1e-12);
    assert_true(contest_charge(&contest, 0, 0) == 0);
    assert_true(contest_charge(&contest, 0, 3) == 6000000);
    assert_true(contest_charge(&contest, 5, 1) == 1000000);
    assert_int_equal(contest_budget(&contest, 7.5, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "budget = 7.5: is too small, finishing with the largest "
                                    "architecture alone costs 8 GPU seconds");
    free(times);
}

static void test_going_on_costs_the_difference(void **state)
{
    (void)state;
    struct account account;
    uint64_t charge;
    assert_int_equal(account_init(&account, &fixture.contest, NULL), 0);
    uint32_t other = 0, network = shared_network(&other);
    assert_true(account_quote(&account, network, 2) == charge_of(network, 2));
    assert_int_equal(account_charge(&account, network, 1, &charge), NASBED_DONE);
    assert_true(charge == charge_of(network, 1));
    assert_true(account_quote(&account, network, 3) ==
                charge_of(network, 3) - charge_of(network, 1));
    assert_int_equal(account_charge(&account, network, 3, &charge), NASBED_DONE);
    assert_true(charge == charge_of(network, 3) - charge_of(network, 1));
    assert_int_equal(account_charge(&account, network, 2, &charge), NASBED_DONE);
    assert_true(charge == 0); /* an earlier point */
    assert_int_equal(account_charge(&account, network, FIXTURE_POINTS, &charge), NASBED_DONE);
    assert_true(account.ledger.spent ==
                charge_of(network, FIXTURE_POINTS)); /* whatever the steps */
    assert_int_equal(fixture.isomorphs.class_of[other], network);
    assert_true(account_quote(&account, fixture.isomorphs.class_of[other], FIXTURE_POINTS) == 0);
    account_free(&account);
}

static void test_never_overspent(void **state)
{
    (void)state;
    struct account account;
    assert_int_equal(account_init(&account, &fixture.contest, NULL), 0);
    uint64_t limit = fixture.contest.budget_flops - fixture.contest.reserve_flops;
    bool refused = false;
    for (uint32_t c = 0; c < fixture.isomorphs.distinct; c++) {
        uint64_t charge, before = account.ledger.spent;
        enum nasbed_status status = account_charge(&account, c, FIXTURE_POINTS, &charge);
        assert_true(account.ledger.spent <= limit);
        if (status == NASBED_DONE)
            continue;
        assert_int_equal(status, NASBED_REFUSED);
        assert_true(account.ledger.spent == before && charge == 0);
        assert_true(account_quote(&account, c, FIXTURE_POINTS) > limit - before);
        refused = true;
    }
    assert_true(refused);
    account_free(&account);
}

/* What belongs to no schedule: within the ledger, and it ends a row of free answers. */
static void test_spending(void **state)
{
    (void)state;
    struct account account;
    uint64_t charge;
    assert_int_equal(account_init(&account, &fixture.contest, NULL), 0);
    uint64_t limit = fixture.contest.budget_flops - fixture.contest.reserve_flops;
    assert_int_equal(account_charge(&account, 0, 1, &charge), NASBED_DONE);
    limit -= charge;
    for (int i = 0; i < 2 * ACCOUNT_FREE_MOST; i++) {
        assert_int_equal(account_charge(&account, 0, 1, &charge), NASBED_DONE);
        if (i % 900 == 0)
            assert_int_equal(account_spend(&account, 1), NASBED_DONE);
        limit -= i % 900 == 0;
    }
    assert_true(ledger_left(&account.ledger) == limit);
    assert_int_equal(account_spend(&account, limit + 1), NASBED_REFUSED);
    assert_true(ledger_left(&account.ledger) == limit);
    assert_int_equal(account_spend(&account, limit), NASBED_DONE);
    assert_int_equal(account_spend(&account, 0), NASBED_DONE);
    (void)account_settle(&account, 0);
    assert_int_equal(account_spend(&account, 0), NASBED_ENDED);
    account_free(&account);
}

static void test_free_answers_end(void **state)
{
    (void)state;
    struct account account;
    uint64_t charge;
    assert_int_equal(account_init(&account, &fixture.contest, NULL), 0);
    uint32_t other = 0, network = shared_network(&other);
    for (int i = 0; i < ACCOUNT_FREE_MOST; i++) /* the first is paid, 999 are free */
        assert_int_equal(account_charge(&account, network, 1, &charge), NASBED_DONE);
    assert_int_equal(account_charge(&account, network, 2, &charge), NASBED_DONE);
    assert_true(charge > 0); /* which begins the count anew */
    for (int i = 0; i < ACCOUNT_FREE_MOST; i++)
        assert_int_equal(account_charge(&account, network, 2, &charge), NASBED_DONE);
    assert_int_equal(account_charge(&account, network, 2, &charge), NASBED_ENDED);
    assert_int_equal(account_charge(&account, network, 3, &charge), NASBED_ENDED);
    assert_true(charge == 0);
    account_free(&account);
}

static void test_settling(void **state)
{
    (void)state;
    struct account account;
    uint64_t charge;
    uint32_t largest = 0;
    for (uint32_t c = 0; c < fixture.isomorphs.distinct; c++)
        if (charge_of(c, FIXTURE_POINTS) > charge_of(largest, FIXTURE_POINTS))
            largest = c;
    assert_int_equal(account_init(&account, &fixture.contest, NULL), 0);
    for (uint32_t c = 0; c < fixture.isomorphs.distinct; c++)
        if (c != largest)
            (void)account_charge(&account, c, FIXTURE_POINTS, &charge);
    /* Little is left but the reserve, and that pays for the largest. */
    assert_true(ledger_left(&account.ledger) < charge_of(largest, FIXTURE_POINTS));
    assert_true(account_settle(&account, largest) == charge_of(largest, FIXTURE_POINTS));
    assert_true(account.ledger.spent <= account.ledger.total);
    assert_int_equal(account_charge(&account, largest, 1, &charge), NASBED_ENDED);
    account_free(&account);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_unit_and_reserve),
                                       cmocka_unit_test(test_bad_budgets),
                                       cmocka_unit_test(test_fraction_of_a_training),
                                       cmocka_unit_test(test_seconds),
                                       cmocka_unit_test(test_going_on_costs_the_difference),
                                       cmocka_unit_test(test_never_overspent),
                                       cmocka_unit_test(test_spending),
                                       cmocka_unit_test(test_free_answers_end),
                                       cmocka_unit_test(test_settling)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
