/* Regressors: the gradient of both kinds, what they can learn, what an ensemble is; and tau-b. */
#include "methods/kit/rank.h"
#include "methods/kit/regressor.h"
#include "reports/correlation.h"
#include "tests/fake_trial.h"
#include "tests/finite_differences.h"

enum { IDS = 9, BLOCK = 2, EXAMPLES = 20 };

static struct fake_trial fake;
static struct example examples[EXAMPLES];
static struct regressor regressor;
static int chosen[EXAMPLES];

/* Strings of 2, 4 and 6 tokens, some of one embedding, in that order; targets in .2 .. .8. */
static int setup(void **state)
{
    (void)state;
    fake_init(&fake, 1, 1, 11);
    for (int i = 0; i < EXAMPLES; i++) {
        struct string *string = &examples[i].string;
        string->n = BLOCK * (1 + i * 3 / EXAMPLES);
        for (int t = 0; t < string->n; t++) {
            string->id[t][0] = (short)nasbed_below(&fake.face, IDS);
            string->id[t][1] = (short)((int)nasbed_below(&fake.face, IDS + 1) - 1);
        }
        examples[i].target = 0.2 + 0.6 * nasbed_uniform(&fake.face);
        chosen[i] = i;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

static void open_kind(bool recurrent, int members, int width)
{
    const struct regressor_shape shape = {.recurrent = recurrent,
                                          .block = BLOCK,
                                          .ids = IDS,
                                          .width = width,
                                          .members = members,
                                          .range = 0.5};
    assert_true(regressor_open(&regressor, &shape));
}

static double loss(void *context)
{
    (void)context;
    return regressor_loss(&regressor, 1, examples, chosen, EXAMPLES);
}

/* Sigmoid, absolute error (random weights are away from its kink), both networks, embeddings. */
static void gradient_of_both_kinds(void **state)
{
    (void)state;
    for (int recurrent = 0; recurrent < 2; recurrent++) {
        open_kind(recurrent, 2, 5);
        struct parameters *p = &regressor.member[1];
        regressor_reset(&regressor, 1, 0.5, &fake.face);
        double *gradient = doubles_open((size_t)p->n);
        assert_non_null(gradient);
        parameters_clear(p);
        (void)loss(NULL);
        memcpy(gradient, p->gradient, (size_t)p->n * sizeof *gradient);
        assert_true(differences_worst(loss, NULL, p->value, gradient, p->n, 1) < 1e-4);
        differences_present(gradient, p->n, 0.5);
        free(gradient);
        regressor_close(&regressor);
    }
}

/* Before any step y is about the mean of the data. */
static void starts_at_the_mean(void **state)
{
    (void)state;
    double y[EXAMPLES];
    struct string strings[EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++)
        strings[i] = examples[i].string;
    for (int recurrent = 0; recurrent < 2; recurrent++) {
        open_kind(recurrent, 1, 5);
        regressor.shape.range = 1e-9;
        regressor_reset(&regressor, 0, 0.858, &fake.face);
        regressor_read(&regressor, 0, strings, EXAMPLES, y);
        for (int i = 0; i < EXAMPLES; i++)
            assert_true(fabs(y[i] - 0.858) < 1e-6);
        regressor_close(&regressor);
    }
}

/* 20 strings by heart: a mean error below .01. */
static void learns_by_heart(void **state)
{
    (void)state;
    for (int recurrent = 0; recurrent < 2; recurrent++) {
        open_kind(recurrent, 1, 24);
        assert_true(regressor_fit(&regressor, examples, EXAMPLES, 1500, 0.003, &fake.face));
        assert_true(regressor_loss(&regressor, 0, examples, chosen, EXAMPLES) < 0.01);
        regressor_close(&regressor);
    }
}

/* The MLP's blocks may change places, the LSTM's tokens may not: where a place matters to an MLP, one id
 * of a token has to stand for its option there. */
static void only_the_lstm_knows_the_order(void **state)
{
    (void)state;
    struct string pair[2] = {examples[EXAMPLES - 1].string, examples[EXAMPLES - 1].string};
    double y[2];
    memcpy(pair[1].id[0], pair[0].id[BLOCK], BLOCK * sizeof pair[0].id[0]);
    memcpy(pair[1].id[BLOCK], pair[0].id[0], BLOCK * sizeof pair[0].id[0]);
    assert_memory_not_equal(pair[0].id, pair[1].id, sizeof pair[0].id);
    for (int recurrent = 0; recurrent < 2; recurrent++) {
        open_kind(recurrent, 1, 8);
        regressor_reset(&regressor, 0, 0.5, &fake.face);
        regressor_read(&regressor, 0, pair, 2, y);
        assert_true(recurrent == (fabs(y[0] - y[1]) > 1e-9));
        regressor_close(&regressor);
    }
}

/* The ensemble's mean is that of its members; a member never sees its own fifth: one wild target moves
 * all members but one. */
static void each_member_is_blind_to_a_part(void **state)
{
    (void)state;
    enum { MEMBERS = 5 };
    double before[MEMBERS], after[MEMBERS], mean, scratch;
    struct example wild[EXAMPLES];
    memcpy(wild, examples, sizeof wild);
    open_kind(false, MEMBERS, 8);
    for (int run = 0; run < 2; run++) {
        fake.stream = random_stream(77, RANDOM_TEST, 0, 0); /* the same parts and weights */
        wild[7].target = run == 0 ? 0.1 : 0.9;
        assert_true(regressor_fit(&regressor, wild, EXAMPLES, 5, 0.01, &fake.face));
        double sum = 0;
        for (int m = 0; m < MEMBERS; m++) {
            double *y = run == 0 ? before : after;
            regressor_read(&regressor, m, &wild[3].string, 1, &y[m]);
            sum += y[m] / MEMBERS;
        }
        regressor_predict(&regressor, &wild[3].string, 1, &mean, &scratch);
        assert_true(fabs(mean - sum) < 1e-15);
    }
    int moved = 0;
    for (int m = 0; m < MEMBERS; m++)
        moved += before[m] != after[m];
    assert_int_equal(moved, MEMBERS - 1);
    regressor_close(&regressor);
}

/* Golden: tau-b of a published shape of ties, and the reports' own count of pairs. */
static void tau_b_is_that_of_the_reports(void **state)
{
    (void)state;
    const double x[] = {12, 2, 1, 12, 2}, y[] = {1, 4, 7, 1, 0};
    assert_true(fabs(rank_tau_b(x, y, 5) + 0.4714045207910316) <
                1e-15); /* - sqrt(2) / 3, by hand */
    for (int n = 2; n < 80; n += 7) {
        double a[80], b[80];
        struct pairs pairs;
        for (int i = 0; i < n; i++) {
            a[i] = nasbed_below(&fake.face, 9);
            b[i] = a[i] + nasbed_below(&fake.face, 9);
        }
        assert_int_equal(pairs_count(a, b, (size_t)n, &pairs, NULL), 0);
        double wanted = kendall_tau_b(&pairs), found = rank_tau_b(a, b, n);
        assert_true(isnan(wanted) ? isnan(found) : fabs(found - wanted) < 1e-12);
    }
    assert_true(isnan(rank_tau_b(x, (double[]){3, 3, 3, 3, 3}, 5)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_of_both_kinds),
        cmocka_unit_test(starts_at_the_mean),
        cmocka_unit_test(learns_by_heart),
        cmocka_unit_test(only_the_lstm_knows_the_order),
        cmocka_unit_test(each_member_is_blind_to_a_part),
        cmocka_unit_test(tau_b_is_that_of_the_reports),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
