/* The meta-controller of EAS: strings, masks, probabilities, gradients, and that it can learn. */
#include "base/numeric.h"
#include "methods/kit/actors.h"
#include "methods/kit/adam.h"
#include "tests/fake_trial.h"
#include "tests/finite_differences.h"

#include <string.h>

static struct fake_trial fake;
static struct actors actors;

static int setup(void **state)
{
    (void)state;
    fake_init(&fake, 1, 1, 11);
    fake_space(&fake, space_find("chain", NULL));
    assert_true(actors_open(&actors, &fake.face, 5, 4, false, false));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    actors_close(&actors);
    fake_free(&fake);
    return 0;
}

static struct nasbed_architecture parse(const char *text)
{
    struct architecture a;
    struct error error;
    if (fake.space->parse(text, &a, &error))
        fail_msg("%s", error.text);
    return trial_outward(&a);
}

static const char *print(const struct nasbed_architecture *a)
{
    static char text[ARCHITECTURE_TEXT];
    struct architecture inward = trial_inward(a);
    fake.space->print(&inward, text);
    return text;
}

/* Strings -------------------------------------------------------------------------------------- */

static void strings_have_a_token_a_layer(void **state)
{
    (void)state;
    struct nasbed_architecture a = parse("w:3/4w:3-5/4w:5-3+skip");
    struct layer_string s;
    assert_true(layers_read(&fake.face, &a, &s));
    /* conv-w-3, pool, conv-4w-3, conv-4w-5, pool, conv-4w-5, conv-4w-3-skip */
    static const int words[] = {1, 0, 9, 11, 0, 11, 10}, layers[] = {0, -1, 2, 3, -1, 4, 5};
    assert_int_equal(s.n, 7);
    for (int i = 0; i < s.n; i++) {
        assert_int_equal(s.token[i].word, words[i]);
        assert_int_equal(s.token[i].layer, layers[i]);
    }
    assert_int_equal(s.token[3].index, 1);
    assert_int_equal(s.token[6].block, 2);
}

/* All 8,000 strings are different; the longest fit. */
static void strings_tell_architectures_apart(void **state)
{
    (void)state;
    enum { COUNT = 8000 };
    static struct layer_string all[COUNT];
    bool used[LAYER_WORDS] = {false};
    for (uint64_t i = 0; i < COUNT; i++) {
        struct architecture a = {.n = 0};
        fake.space->from_index(i, &a);
        struct nasbed_architecture outward = trial_outward(&a);
        assert_true(layers_read(&fake.face, &outward, &all[i]));
        assert_in_range(all[i].n, 5, LAYER_TOKENS);
        for (int t = 0; t < all[i].n; t++)
            used[all[i].token[t].word] = true;
    }
    for (int w = 0; w < LAYER_WORDS; w++)
        assert_true(used[w]);
    for (uint64_t i = 0; i < COUNT; i += 7)
        for (uint64_t j = 0; j < i; j += 11) {
            bool same = all[i].n == all[j].n;
            for (int t = 0; same && t < all[i].n; t++)
                same = all[i].token[t].word == all[j].token[t].word;
            assert_false(same);
        }
}

static void other_spaces_are_no_chain(void **state)
{
    (void)state;
    struct fake_trial cell;
    struct layer_string s;
    struct nasbed_architecture a;
    fake_init(&cell, 1, 1, 1);
    fake_space(&cell, space_find("cell", NULL));
    nasbed_random(&cell.face, &a);
    assert_false(layers_read(&cell.face, &a, &s));
    fake_free(&cell);
}

/* Masks ---------------------------------------------------------------------------------------- */

static void check_mask(enum actor actor, const char *text, const char *mask)
{
    struct nasbed_architecture a = parse(text);
    struct actor_step step;
    actors_sample(&actors, &fake.face, actor, &a, &step);
    assert_int_equal(step.string.n, strlen(mask));
    for (int i = 0; i < step.string.n; i++)
        assert_int_equal(step.counts[i], mask[i] == '1');
}

/* A block's width is decided at its first layer; pools, wide blocks and second layers are masked.
 */
static void masks_are_the_moves(void **state)
{
    (void)state;
    check_mask(ACTOR_WIDER, "w:3/2w:3-5/4w:3", "101001");
    check_mask(ACTOR_WIDER, "2w:3/2w:3-5/8w:3", "001000");
    check_mask(ACTOR_WIDER, "2w:3/4w:3-5/8w:3-3", "0000000");
    check_mask(ACTOR_GROWER, "w:3/2w:3-5/4w:5-3", "1010001");
    check_mask(ACTOR_SKIPPER, "w:3/2w:3-5/4w:5-3+skip", "0001000");
}

/* A full block cannot be chosen; a block of one layer has one place for another. */
static void deepening_keeps_to_blocks_with_room(void **state)
{
    (void)state;
    struct nasbed_architecture a = parse("w:3-3/2w:3/4w:3-5+skip");
    int kernels[LAYER_KERNELS] = {0};
    for (int i = 0; i < 60; i++) {
        struct actor_step step;
        struct nasbed_architecture to = a;
        struct nasbed_move move;
        actors_sample(&actors, &fake.face, ACTOR_DEEPER, &a, &step);
        assert_true(!step.allowed[0][0] && step.allowed[0][1] && !step.allowed[0][2]);
        assert_true(step.allowed[1][0] && !step.allowed[1][1]);
        assert_true(step.allowed[2][0] && step.allowed[2][1]);
        assert_int_equal(step.turn[0], 1);
        assert_int_equal(step.turn[1], 0);
        assert_int_equal(actors_moves(&step, &fake.face, &to, &move), 1);
        assert_int_equal(move.kind, NASBED_DEEPEN);
        assert_string_equal(print(&to),
                            step.turn[2] ? "w:3-3/2w:3-5/4w:3-5+skip" : "w:3-3/2w:3-3/4w:3-5+skip");
        kernels[step.turn[2]]++;
    }
    assert_true(kernels[0] > 0 && kernels[1] > 0);
    struct nasbed_architecture full = parse("w:3-3/2w:3-3/4w:3-3"), to = full;
    struct actor_step step;
    struct nasbed_move move;
    double log_p, entropy;
    actors_sample(&actors, &fake.face, ACTOR_DEEPER, &full, &step);
    assert_int_equal(actors_moves(&step, &fake.face, &to, &move), 0);
    assert_memory_equal(&to, &full, sizeof to);
    actors_score(&actors, &step, &log_p, &entropy);
    assert_true(log_p == 0 && entropy == 0);
}

/* Where it may, the deeper stops as one more option of the block, which ends the step; a network without
 * room leaves it nothing to decide. */
static void the_deeper_can_stop(void **state)
{
    (void)state;
    struct nasbed_architecture a = parse("w:3-3/2w:3/4w:3"), full = parse("w:3-3/2w:3-3/4w:3-3");
    struct actor_step step;
    struct nasbed_move move;
    int stopped = 0;
    actors.stops = true;
    for (int i = 0; i < 200; i++) {
        struct nasbed_architecture to = a;
        actors_sample(&actors, &fake.face, ACTOR_DEEPER, &a, &step);
        assert_true(!step.allowed[0][0] && step.allowed[0][1] && step.allowed[0][2]);
        assert_true(step.allowed[0][ACTOR_STOP]);
        assert_int_equal(actors_moves(&step, &fake.face, &to, &move), !actors_stopped(&step));
        stopped += actors_stopped(&step);
        if (actors_stopped(&step))
            assert_memory_equal(&to, &a, sizeof to);
    }
    assert_in_range(stopped, 1, 199);
    actors_sample(&actors, &fake.face, ACTOR_DEEPER, &full, &step);
    assert_false(step.allowed[0][ACTOR_STOP] || actors_stopped(&step));
    actors.stops = false;
    for (int i = 0; i < 200; i++) {
        actors_sample(&actors, &fake.face, ACTOR_DEEPER, &a, &step);
        assert_false(step.allowed[0][ACTOR_STOP] || actors_stopped(&step));
    }
}

/* What is chosen happens, each in its place, one after the other; what is masked does not. */
static void choices_become_moves(void **state)
{
    (void)state;
    struct nasbed_architecture a = parse("w:3/2w:3-5/4w:3");
    struct actor_step step;
    struct nasbed_move moves[ACTOR_MOVES];
    actors_sample(&actors, &fake.face, ACTOR_WIDER, &a, &step);
    for (int i = 0; i < step.string.n; i++)
        step.chosen[i] = i != 2; /* masked ones too */
    assert_int_equal(actors_moves(&step, &fake.face, &a, moves), 2);
    assert_string_equal(print(&a), "2w:3/2w:3-5/8w:3");
    assert_int_equal(moves[0].layer, 0);
    assert_int_equal(moves[1].layer, 4);
    actors_sample(&actors, &fake.face, ACTOR_GROWER, &a, &step);
    memset(step.chosen, 1, sizeof step.chosen);
    assert_int_equal(actors_moves(&step, &fake.face, &a, moves), 3);
    assert_string_equal(print(&a), "2w:5/2w:5-5/8w:5");
    actors_sample(&actors, &fake.face, ACTOR_SKIPPER, &a, &step);
    memset(step.chosen, 1, sizeof step.chosen);
    assert_int_equal(actors_moves(&step, &fake.face, &a, moves), 1);
    assert_string_equal(print(&a), "2w:5/2w:5-5+skip/8w:5");
}

/* Probabilities and gradients ------------------------------------------------------------------ */

/* Over everything that a step could have decided the probabilities sum to 1. */
static void probabilities_sum_to_one(void **state)
{
    (void)state;
    struct nasbed_architecture a = parse("w:3/2w:3/4w:3-5");
    struct actor_step step;
    double log_p, entropy, sum = 0, expected = 0;
    actors_sample(&actors, &fake.face, ACTOR_WIDER, &a, &step);
    for (int bits = 0; bits < 64; bits++) {
        for (int i = 0; i < step.string.n; i++)
            step.chosen[i] = bits >> i & 1;
        actors_score(&actors, &step, &log_p, &entropy);
        sum += numeric_exp(log_p) / 8; /* three tokens are masked: eight of each */
        expected -= log_p * numeric_exp(log_p) / 8;
    }
    assert_int_equal(step.string.n, 6);
    assert_true(fabs(sum - 1) < 1e-12);
    assert_true(fabs(expected / 3 - entropy) < 1e-12); /* mean over the three that count */
    sum = 0;
    actors_sample(&actors, &fake.face, ACTOR_DEEPER, &a, &step);
    for (int block = 0; block < 2; block++)
        for (int kernel = 0; kernel < 2; kernel++) {
            step.turn[0] = block;
            step.turn[1] = 0;
            step.turn[2] = kernel;
            actors_score(&actors, &step, &log_p, &entropy);
            sum += numeric_exp(log_p);
        }
    assert_true(fabs(sum - 1) < 1e-12);
    actors.stops = true;
    actors_sample(&actors, &fake.face, ACTOR_DEEPER, &a, &step);
    actors.stops = false;
    sum = 0;
    for (int block = 0; block <= ACTOR_STOP; block++)
        for (int kernel = 0; kernel < (block == ACTOR_STOP ? 1 : 2); kernel++) {
            if (block == 2) /* full */
                continue;
            memset(step.allowed[1], 0, sizeof step.allowed[1]);
            memset(step.allowed[2], 0, sizeof step.allowed[2]);
            step.allowed[1][0] = step.allowed[2][0] = step.allowed[2][1] = block != ACTOR_STOP;
            step.turn[0] = block;
            step.turn[1] = 0;
            step.turn[2] = kernel;
            actors_score(&actors, &step, &log_p, &entropy);
            sum += numeric_exp(log_p);
        }
    assert_true(fabs(sum - 1) < 1e-12);
}

enum { STEPS = 6 };
static struct actor_step steps[STEPS];
static const double advantage[STEPS] = {0.7, -1.3, 0.4, 1.1, 0.9, -0.6};
static const double weight = 0.3;

/* - sum A log P - w sum H. */
static double loss(void *context)
{
    double sum = 0;
    (void)context;
    for (int s = 0; s < STEPS; s++) {
        double log_p, entropy;
        actors_score(&actors, &steps[s], &log_p, &entropy);
        sum -= advantage[s] * log_p + weight * entropy;
    }
    return sum;
}

/* All four actors, through both LSTMs and the decoder's first state; the deeper also where it could
 * have stopped, and where it did. */
static void gradients(void **state)
{
    (void)state;
    static const char *const texts[] = {[ACTOR_WIDER] = "w:3/4w:3-5/4w:3",
                                        [ACTOR_GROWER] = "w:3/2w:3-5/4w:5-3+skip",
                                        [ACTOR_SKIPPER] = "2w:3-3/2w:3-5/4w:5",
                                        [ACTOR_DEEPER] = "2w:3/2w:5-5/4w:5"};
    struct parameters *p = &actors.parameters;
    parameters_clear(p);
    for (int s = 0; s < STEPS; s++) {
        enum actor actor = s < ACTORS ? (enum actor)s : ACTOR_DEEPER;
        struct nasbed_architecture a = parse(texts[actor]);
        actors.stops = s >= ACTORS;
        do
            actors_sample(&actors, &fake.face, actor, &a, &steps[s]);
        while (actors_stopped(&steps[s]) != (s == STEPS - 1));
        actors.stops = false;
        actors_back(&actors, &steps[s], advantage[s], weight);
    }
    assert_true(differences_worst(loss, NULL, p->value, p->gradient, p->n, 1) < 1e-6);
    differences_present(p->gradient, p->n, 0.4);
}

/* A decision that is masked leaves no trace in the gradient, whichever way it was drawn. */
static void masked_decisions_count_for_nothing(void **state)
{
    (void)state;
    struct nasbed_architecture a = parse("2w:3/2w:3/8w:3"), full = parse("2w:3/4w:3/8w:3");
    struct parameters *p = &actors.parameters;
    struct actor_step step;
    double *first = malloc((size_t)p->n * sizeof *first);
    assert_non_null(first);
    actors_sample(&actors, &fake.face, ACTOR_WIDER, &a, &step);
    parameters_clear(p);
    actors_back(&actors, &step, 1, 0.1);
    memcpy(first, p->gradient, (size_t)p->n * sizeof *first);
    for (int i = 0; i < step.string.n; i++)
        step.chosen[i] ^= !step.counts[i];
    parameters_clear(p);
    actors_back(&actors, &step, 1, 0.1);
    assert_memory_equal(first, p->gradient, (size_t)p->n * sizeof *first);
    actors_sample(&actors, &fake.face, ACTOR_WIDER, &full, &step);
    parameters_clear(p);
    actors_back(&actors, &step, 1, 0.1);
    for (int i = 0; i < p->n; i++)
        assert_true(p->gradient[i] == 0);
    free(first);
}

/* The control: even odds, whatever the weights. */
static void the_control_is_even(void **state)
{
    (void)state;
    struct actors random;
    struct nasbed_architecture a = parse("w:3/2w:3/4w:3-5");
    struct actor_step step;
    double log_p, entropy;
    int widened = 0, blocks[LAYER_BLOCKS] = {0};
    assert_true(actors_open(&random, &fake.face, 5, 4, true, false));
    for (int i = 0; i < 600; i++) {
        actors_sample(&random, &fake.face, ACTOR_WIDER, &a, &step);
        widened += step.chosen[0];
        actors_score(&random, &step, &log_p, &entropy);
        assert_true(fabs(log_p + 3 * numeric_log(2)) < 1e-12);
        actors_sample(&random, &fake.face, ACTOR_DEEPER, &a, &step);
        blocks[step.turn[0]]++;
        actors_score(&random, &step, &log_p, &entropy);
        assert_true(fabs(log_p + 2 * numeric_log(2)) < 1e-12);
    }
    assert_in_range(widened, 250, 350);
    assert_in_range(blocks[0], 250, 350);
    assert_int_equal(blocks[2], 0);
    actors_close(&random);
}

/* With a stop, even odds make all depths alike: 0 to 3 new layers, a quarter each. */
static void the_control_has_all_depths(void **state)
{
    (void)state;
    struct actors random;
    int deepened[LAYER_BLOCKS + 1] = {0};
    assert_true(actors_open(&random, &fake.face, 5, 4, true, true));
    for (int i = 0; i < 1200; i++) {
        struct nasbed_architecture a = parse("w:3/2w:3/4w:3");
        struct nasbed_move move;
        struct actor_step step;
        int n = 0;
        do {
            actors_sample(&random, &fake.face, ACTOR_DEEPER, &a, &step);
            n += actors_moves(&step, &fake.face, &a, &move);
        } while (n < LAYER_BLOCKS && !actors_stopped(&step));
        deepened[n]++;
    }
    for (int n = 0; n <= LAYER_BLOCKS; n++)
        assert_in_range(deepened[n], 300 - 4 * 15, 300 + 4 * 15);
    actors_close(&random);
}

/* A restart leaves nothing of what was learned: the weights are those of an opening. */
static void it_can_begin_again(void **state)
{
    (void)state;
    struct actors learner;
    struct adam adam;
    struct nasbed_architecture a = parse("w:3/2w:3/4w:3");
    struct actor_step step;
    struct random_stream stream = fake.stream;
    assert_true(actors_open(&learner, &fake.face, 5, 4, false, true));
    size_t bytes = (size_t)learner.parameters.n * sizeof(double);
    double *first = malloc(bytes);
    assert_non_null(first);
    memcpy(first, learner.parameters.value, bytes);
    assert_true(adam_open(&adam, &learner.parameters, 0.02));
    actors_sample(&learner, &fake.face, ACTOR_DEEPER, &a, &step);
    parameters_clear(&learner.parameters);
    actors_back(&learner, &step, 1, 0.1);
    adam_step(&adam, &learner.parameters);
    assert_memory_not_equal(first, learner.parameters.value, bytes);
    fake.stream = stream;
    actors_restart(&learner, &fake.face);
    assert_memory_equal(first, learner.parameters.value, bytes);
    free(first);
    adam_close(&adam);
    actors_close(&learner);
}

/* REINFORCE on one step: what is rewarded becomes likely. */
static void it_learns_what_is_rewarded(void **state)
{
    (void)state;
    struct actors learner;
    struct adam adam;
    struct nasbed_architecture a = parse("w:3/2w:3/4w:3");
    struct actor_step step;
    assert_true(actors_open(&learner, &fake.face, 8, 8, false, false));
    assert_true(adam_open(&adam, &learner.parameters, 0.02));
    for (int i = 0; i < 300;
         i++) { /* widen the first block, not the last; deepen the second with 5 */
        parameters_clear(&learner.parameters);
        actors_sample(&learner, &fake.face, ACTOR_WIDER, &a, &step);
        actors_back(&learner, &step, step.chosen[0] - step.chosen[4], 0);
        actors_sample(&learner, &fake.face, ACTOR_DEEPER, &a, &step);
        actors_back(&learner, &step, (step.turn[0] == 1) + (step.turn[2] == 1) - 1.0, 0);
        adam_step(&adam, &learner.parameters);
    }
    actors_sample(&learner, &fake.face, ACTOR_WIDER, &a, &step);
    assert_true(learner.p[0] > 0.9 && learner.p[4] < 0.1);
    actors_sample(&learner, &fake.face, ACTOR_DEEPER, &a, &step);
    assert_true(learner.q[0][1] > 0.9 && learner.q[2][1] > 0.9);
    adam_close(&adam);
    actors_close(&learner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_have_a_token_a_layer),
        cmocka_unit_test(strings_tell_architectures_apart),
        cmocka_unit_test(other_spaces_are_no_chain),
        cmocka_unit_test(masks_are_the_moves),
        cmocka_unit_test(deepening_keeps_to_blocks_with_room),
        cmocka_unit_test(the_deeper_can_stop),
        cmocka_unit_test(choices_become_moves),
        cmocka_unit_test(probabilities_sum_to_one),
        cmocka_unit_test(gradients),
        cmocka_unit_test(masked_decisions_count_for_nothing),
        cmocka_unit_test(the_control_is_even),
        cmocka_unit_test(the_control_has_all_depths),
        cmocka_unit_test(it_can_begin_again),
        cmocka_unit_test(it_learns_what_is_rewarded),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
