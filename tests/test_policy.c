/* The policy: its distribution, its gradient, what may not come, and REINFORCE by enumeration. */
#include "base/numeric.h"
#include "methods/kit/adam.h"
#include "methods/kit/policy.h"
#include "tests/fake_trial.h"
#include "tests/finite_differences.h"
#include "tests/toy_space.h"

#include <stdio.h>

static const struct policy_anchor anchors[] = {
    {"skip 1", "kernel 1.1", "yes"},
    {"skip 2", "kernel 1.1", "yes"}, /* far back */
    {"skip 9", "kernel 9.1", "yes"}, /* not of this space */
    {NULL, NULL, NULL}};

static const struct policy_shape shape = {
    .units = 6, .layers = 2, .range = 0.8, .anchors = anchors};

/* All architectures of the toy, a policy over it and what a loss is made of. */
static struct fake_trial fake;
static struct policy policy;
static struct nasbed_architecture all[TOY_COUNT];
static double advantage[TOY_COUNT], reward[TOY_COUNT], log_p[TOY_COUNT], weight;

static int setup(void **state)
{
    (void)state;
    fake_init(&fake, 1, 1, 3);
    fake_space(&fake, &toy_space);
    assert_int_equal(toy_all((struct architecture){.n = 0}, all, 0), TOY_COUNT);
    assert_true(policy_open(&policy, &fake.face, &shape, TOY_COUNT));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    policy_close(&policy);
    fake_free(&fake);
    return 0;
}

static double sum_of_probabilities(struct policy *p, struct fake_trial *trial,
                                   const struct nasbed_architecture *given, int n)
{
    double sum = 0;
    policy_score(p, &trial->face, n, given, log_p);
    for (int i = 0; i < n; i++)
        sum += numeric_exp(log_p[i]);
    return sum;
}

static void alphabet_of_the_toy(void **state)
{
    (void)state;
    const struct alphabet *alphabet = &policy.alphabet;
    assert_int_equal(alphabet->kinds, 8);
    assert_int_equal(alphabet->decisions, 8);
    assert_int_equal(alphabet->words, 6); /* 1 2 3 5 no yes, whichever block */
    struct nasbed_architecture prefix = {.n = 3, .decision = {0, 1, 0}};
    int token[ALPHABET_TOKENS], options;
    int kind = alphabet_decision(alphabet, &fake.face, &prefix, token, &options);
    assert_string_equal(alphabet->kind[kind].name, "kernel 2.1");
    assert_int_equal(options, 1); /* the one option there is the kind's second token */
    assert_int_equal(alphabet->kind[kind].tokens, 2);
    assert_string_equal(alphabet->kind[kind].token[token[0]], "5");
    assert_int_equal(alphabet_find_kind(alphabet, "kernel 3.1"), -1);
}

/* Sum over all architectures of a space, in batches; `anchored`: decisions that are anchors. */
static double sum_over_space(const char *name, const struct policy_shape *plain, int anchored)
{
    enum { BATCH = 125 };
    struct fake_trial trial;
    struct policy large;
    const struct space *space = space_find(name, NULL);
    struct nasbed_architecture *batch = calloc(BATCH, sizeof *batch);
    double *log_probability = calloc(BATCH, sizeof *log_probability), sum = 0;
    int found = 0;
    assert_true(batch && log_probability);
    fake_init(&trial, 1, 1, 5);
    fake_space(&trial, space);
    assert_true(policy_open(&large, &trial.face, plain, BATCH));
    for (int k = 0; k < large.alphabet.kinds; k++)
        found += large.anchor[k] != NULL;
    assert_int_equal(found, anchored);
    assert_int_equal(space->count % BATCH, 0);
    for (uint64_t first = 0; first < space->count; first += BATCH) {
        for (uint64_t i = 0; i < BATCH; i++) {
            struct architecture a = {.n = 0};
            space->from_index(first + i, &a);
            batch[i] = trial_outward(&a);
        }
        policy_score(&large, &trial.face, BATCH, batch, log_probability);
        for (int i = 0; i < BATCH; i++)
            sum += numeric_exp(log_probability[i]);
    }
    policy_close(&large);
    fake_free(&trial);
    free(batch);
    free(log_probability);
    return sum;
}

/* Over every architecture: of the toy, of `cell`'s 15,625 and of `chain`'s 8,000, whose lengths differ
 * and whose skips are anchors. */
static void probabilities_sum_to_one(void **state)
{
    (void)state;
    static const struct policy_anchor of_chain[] = {{"skip 1", "kernel 1.1", "yes"},
                                                    {"skip 2", "kernel 2.1", "yes"},
                                                    {"skip 3", "kernel 3.1", "yes"},
                                                    {NULL, NULL, NULL}};
    const struct policy_shape plain = {.units = 8, .layers = 1, .range = 1, .anchors = of_chain};
    assert_true(fabs(sum_of_probabilities(&policy, &fake, all, TOY_COUNT) - 1) < 1e-12);
    assert_true(fabs(sum_over_space("cell", &plain, 0) - 1) < 1e-10);
    assert_true(fabs(sum_over_space("chain", &plain, 3) - 1) < 1e-10);
}

/* Architectures of different length in one batch are scored as each alone. */
static void batches_do_not_mix(void **state)
{
    (void)state;
    double together[TOY_COUNT], alone;
    policy_score(&policy, &fake.face, TOY_COUNT, all, together);
    for (int i = 0; i < TOY_COUNT; i++) {
        policy_score(&policy, &fake.face, 1, &all[i], &alone);
        assert_true(fabs(together[i] - alone) < 1e-12);
    }
}

/* - sum A log P - w sum H. */
static double loss(void *context)
{
    double sum = 0;
    (void)context;
    policy_score(&policy, &fake.face, TOY_COUNT, all, log_p);
    for (int i = 0; i < TOY_COUNT; i++)
        sum -= advantage[i] * log_p[i] + weight * policy_entropy(&policy, i);
    return sum;
}

/* Every parameter: start, embeddings, LSTM, heads, and the anchors' v, W_prev and W_curr. */
static void gradient_of_the_loss(void **state)
{
    (void)state;
    struct parameters *p = &policy.parameters;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < TOY_COUNT; i++)
            advantage[i] = random_normal(&fake.stream) / TOY_COUNT;
        weight = pass * 0.7 / TOY_COUNT;
        parameters_clear(p);
        (void)loss(NULL);
        policy_back(&policy, advantage, weight);
        double worst = differences_worst(loss, NULL, p->value, p->gradient, p->n, 1);
        assert_true(worst < 1e-5); /* the differences' own rounding */
        const int places[] = {policy.start, policy.direction, policy.previous.weights,
                              policy.current.weights, policy.embedding[0].table};
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            differences_present(p->gradient + places[i], shape.units, 1);
    }
}

/* C tanh(z / T): the same gradient through it, and no option of K is likelier than
 * e^C / (e^C + (K - 1) e^-C), however large the weights are. */
static void bounded_logits(void **state)
{
    struct parameters *p = &policy.parameters;
    policy.shape.bound = 1.5;
    policy.shape.temperature = 0.8;
    gradient_of_the_loss(state);
    for (int i = 0; i < p->n; i++)
        p->value[i] *= 30;
    double most = 0, cap = exp(1.5) / (exp(1.5) + exp(-1.5)); /* the toy's decisions have two */
    policy_score(&policy, &fake.face, TOY_COUNT, all, log_p);
    for (int t = 0; t < policy.length; t++)
        for (int r = 0; r < policy.rows; r++) {
            const struct policy_choice *choice = &policy.choice[t * policy.rows + r];
            for (int o = 0; choice->options == 2 && o < 2; o++)
                most = fmax(most, choice->probability[o]);
        }
    assert_true(most > 0.9 && most <= cap + 1e-12);
    for (int i = 0; i < p->n; i++)
        p->value[i] /= 30;
    policy.shape.bound = 0;
}

/* J = sum P(a) R(a). */
static double minus_expected(void *context)
{
    double sum = 0;
    (void)context;
    policy_score(&policy, &fake.face, TOY_COUNT, all, log_p);
    for (int i = 0; i < TOY_COUNT; i++)
        sum -= numeric_exp(log_p[i]) * reward[i];
    return sum;
}

/* Unbiased: the mean of REINFORCE over all that can be drawn, sum P(a) (R(a) - b) grad log P(a), is
 * the gradient of J, whatever b. */
static void reinforce_is_unbiased(void **state)
{
    (void)state;
    struct parameters *p = &policy.parameters;
    for (int i = 0; i < TOY_COUNT; i++)
        reward[i] = random_uniform(&fake.stream);
    for (int shift = 0; shift < 2; shift++) {
        policy_score(&policy, &fake.face, TOY_COUNT, all, log_p);
        for (int i = 0; i < TOY_COUNT; i++)
            advantage[i] = numeric_exp(log_p[i]) * (reward[i] - 0.6 * shift);
        parameters_clear(p);
        policy_back(&policy, advantage, 0);
        assert_true(differences_worst(minus_expected, NULL, p->value, p->gradient, p->n, 1) < 1e-4);
    }
}

/* Frequencies of what is drawn are the probabilities: chi-square with 74 degrees of freedom. */
static void draws_follow_the_probabilities(void **state)
{
    (void)state;
    enum { DRAWS = 40000 };
    double seen[TOY_COUNT] = {0}, chi = 0, drawn_log_p[TOY_COUNT];
    struct nasbed_architecture drawn[50];
    for (int i = 0; i < DRAWS; i += 50) {
        policy_sample(&policy, &fake.face, 50, drawn, drawn_log_p);
        for (int k = 0; k < 50; k++)
            for (int a = 0; a < TOY_COUNT; a++)
                seen[a] += drawn[k].n == all[a].n &&
                           memcmp(drawn[k].decision, all[a].decision, (size_t)all[a].n) == 0;
    }
    policy_score(&policy, &fake.face, TOY_COUNT, all, log_p);
    for (int a = 0; a < TOY_COUNT; a++) {
        double expected = DRAWS * numeric_exp(log_p[a]);
        chi += (seen[a] - expected) * (seen[a] - expected) / expected;
    }
    assert_true(chi < 117.4); /* p = 0.001 */
    policy_sample(&policy, &fake.face, 50, drawn, drawn_log_p);
    policy_score(&policy, &fake.face, 50, drawn, log_p);
    assert_memory_equal(drawn_log_p, log_p, 50 * sizeof *log_p);
}

/* A block may not be deep after a deep one. */
static bool one_deep(const void *context, const struct nasbed_trial *trial,
                     const struct nasbed_architecture *prefix, int option)
{
    (void)context;
    (void)trial;
    return option == 0 || prefix->n == 0 || prefix->decision[0] == 0 ||
           strcmp(nasbed_decision_name(trial, prefix), "depth 2") != 0;
}

static void masked_options_never_come(void **state)
{
    (void)state;
    struct policy masked;
    struct policy_shape with = shape;
    struct nasbed_architecture left[TOY_COUNT], drawn[25];
    int n = 0, forbidden = -1;
    with.allows = one_deep;
    assert_true(policy_open(&masked, &fake.face, &with, TOY_COUNT));
    for (int i = 0; i < TOY_COUNT; i++)
        if (all[i].decision[0] && all[i].decision[4])
            forbidden = i;
        else
            left[n++] = all[i];
    assert_true(n < TOY_COUNT && forbidden >= 0);
    assert_true(fabs(sum_of_probabilities(&masked, &fake, left, n) - 1) < 1e-12);
    policy_score(&masked, &fake.face, 1, &all[forbidden], log_p);
    assert_true(isinf(log_p[0]));
    for (int i = 0; i < 40; i++) {
        policy_sample(&masked, &fake.face, 25, drawn, log_p);
        for (int k = 0; k < 25; k++)
            assert_false(drawn[k].decision[0] && drawn[k].decision[4]);
    }
    policy_close(&masked);
}

/* No decision has a likelier option, replayed; nothing is drawn for it. */
static void argmax_is_greedy(void **state)
{
    (void)state;
    struct nasbed_architecture best;
    double log_p_best, next = 0;
    struct random_stream before = fake.stream;
    policy_argmax(&policy, &fake.face, &best, &log_p_best);
    assert_memory_equal(&before, &fake.stream, sizeof before);
    policy_score(&policy, &fake.face, 1, &best, &next);
    assert_true(next == log_p_best);
    for (int t = 0; t < best.n; t++) {
        const struct policy_choice *choice = &policy.choice[t];
        for (int o = 0; o < choice->options; o++)
            assert_true(choice->probability[choice->chosen] >= choice->probability[o]);
    }
    assert_true(log_p_best > -best.n * log1p(1.0)); /* above that of even odds between two */
}

/* A bandit: one token earns 1, all others nothing. */
static void bandit_is_learnt(void **state)
{
    (void)state;
    struct policy learner;
    struct adam adam;
    struct baseline baseline = {.decay = 0.9};
    const struct policy_shape small = {.units = 8, .layers = 1, .range = 0.08, .anchors = anchors};
    struct nasbed_architecture a;
    double log_probability;
    assert_true(policy_open(&learner, &fake.face, &small, TOY_COUNT));
    assert_true(adam_open(&adam, &learner.parameters, 0.01));
    for (int i = 0; i < 800; i++) {
        policy_sample(&learner, &fake.face, 1, &a, &log_probability);
        double earned = a.decision[0] == 1 && a.decision[3] == 1; /* deep, with the skip */
        double gain = earned - baseline_value(&baseline, earned);
        parameters_clear(&learner.parameters);
        policy_back(&learner, &gain, 0);
        adam_step(&adam, &learner.parameters);
        baseline_update(&baseline, earned);
    }
    double share = 0;
    policy_score(&learner, &fake.face, TOY_COUNT, all, log_p);
    for (int i = 0; i < TOY_COUNT; i++)
        share += all[i].decision[0] == 1 && all[i].decision[3] == 1 ? numeric_exp(log_p[i]) : 0;
    assert_true(share > 0.95);
    adam_close(&adam);
    policy_close(&learner);
}

/* The average of what came before, whatever its start; then nothing moves. */
static void baseline_is_corrected(void **state)
{
    (void)state;
    struct baseline baseline = {.decay = 0.9};
    assert_true(baseline_value(&baseline, 42) == 42);
    baseline_update(&baseline, 3);
    assert_true(fabs(baseline_value(&baseline, 42) - 3) < 1e-15);
    baseline_update(&baseline, 1); /* (0.9 x 3 + 1) / (0.9 + 1) */
    assert_true(fabs(baseline_value(&baseline, 42) - 3.7 / 1.9) < 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alphabet_of_the_toy),
        cmocka_unit_test(probabilities_sum_to_one),
        cmocka_unit_test(batches_do_not_mix),
        cmocka_unit_test(gradient_of_the_loss),
        cmocka_unit_test(bounded_logits),
        cmocka_unit_test(reinforce_is_unbiased),
        cmocka_unit_test(draws_follow_the_probabilities),
        cmocka_unit_test(masked_options_never_come),
        cmocka_unit_test(argmax_is_greedy),
        cmocka_unit_test(bandit_is_learnt),
        cmocka_unit_test(baseline_is_corrected),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
