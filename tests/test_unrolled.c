/* DARTS's second-order gradient: its finite-difference product against the mixed second derivative,
 * taken along the weights of the options; what must not change. Strictest in the double-precision build. */
#include "evaluator/trainer_parts.h"
#include "evaluator/unrolled.h"
#include "tests/made_data.h"

#include <math.h>

#ifdef NASBED_DOUBLE
static const double STEP = 1e-5, TOLERANCE = 0.01;
#else /* rounding and the larger step make 0.01 of it: half of the product, or twice, is not let pass */
static const double STEP = 1e-2, TOLERANCE = 0.05;
#endif

static struct made_data made;
static struct supernet supernet;
static struct feed feed;
static struct choice_program program;

/* No ReLU at a kink, where second derivatives are not what differences see: all that they read is well
 * above 0, by the offsets and by the weight of the skips. */
static void lift(void)
{
    for (int i = 0; i < supernet.tensors; i++) {
        const struct shared *t = &supernet.tensor[i];
        bool shortcut = t->role == ROLE_KERNEL && t->kernel == 1 && t->out == 2 * t->in;
        for (size_t k = t->first; k < t->first + t->count; k++)
            supernet.value[k] = t->role == ROLE_OFFSET ? 10
                                : shortcut             ? supernet.value[k] / 100
                                                       : supernet.value[k];
    }
}

static int setup(void **state)
{
    struct error error;
    struct random_stream stream = random_stream(17, RANDOM_TEST, 0, 0);
    (void)state;
    made_open(&made);
    const struct skeleton *skeleton = protocol_skeleton(&made.protocol, "cell", &error);
    int status = supernet_open(&supernet, space_find("cell", &error), skeleton,
                               &made.protocol.training, 7, &error);
    if (!status)
        status = feed_open(&feed, made.trainer, 1, &error);
    lift();
    choice_everything(&supernet.choices, &program);
    program.weighed = true;
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 5; k++)
            program.weight[i][k] = 0.1 + 0.2 * random_uniform(&stream);
    for (size_t i = 0; i < supernet.size; i++)
        supernet.moment[i] = (real)(0.01 * random_normal(&stream));
    return status;
}

static int teardown(void **state)
{
    (void)state;
    feed_close(&feed);
    supernet_close(&supernet);
    made_close(&made);
    return 0;
}

/* One batch: gradients of the options, and of the weights into `weights` [size] where it is wanted. */
static void run(const struct choice_program *p, enum feed_part part,
                struct choice_gradient *choices, double *weights)
{
    struct supernet_pass pass;
    struct error error;
    assert_int_equal(supernet_pass_open(&pass, &supernet, p, 2, made.workspace[0],
                                        made.trainer->kernels, &error),
                     0);
    feed_load(&feed, part, network_input(&pass.network));
    network_forward(&pass.network, 2, true);
    (void)network_loss(&pass.network, feed.labels, 32, 0, true);
    network_backward(&pass.network);
    supernet_pass_choices(&supernet, &pass, choices);
    supernet_collect(&supernet, &pass);
    for (size_t i = 0; weights && i < supernet.size; i++)
        weights[i] = (double)supernet.gradient[i];
    supernet_forget(&supernet);
    supernet_pass_close(&pass);
}

static void unroll(const struct supernet_rule *rule, struct choice_gradient *gradient)
{
    struct unrolled unrolled;
    struct loss loss;
    struct error error;
    assert_int_equal(unrolled_open(&unrolled, &supernet, &feed, made.workspace[0], &error), 0);
    assert_int_equal(unrolled_gradient(&unrolled, &program, rule, gradient, &loss, &error), 0);
    unrolled_close(&unrolled);
}

/* v . grad_w of the training loss. */
static double slope_along(const struct choice_program *p, const double *v)
{
    struct choice_gradient unwanted;
    double sum = 0, *g = calloc(supernet.size, sizeof *g);
    run(p, FEED_TRAINING, &unwanted, g);
    for (size_t i = 0; i < supernet.size; i++)
        sum += g[i] * v[i];
    free(g);
    return sum;
}

static void test_the_product(void **state)
{
    (void)state;
    const struct supernet_rule rule = {.rate = 0.025, .momentum = 0.9, .decay = 3e-4};
    struct choice_gradient got, first, unwanted;
    size_t n = supernet.size;
    double *g = calloc(n, sizeof *g), *v = calloc(n, sizeof *v), most = 0, worst = 0;
    real *kept = calloc(n, sizeof *kept);
    memcpy(kept, supernet.value, n * sizeof *kept);
    unroll(&rule, &got);
    assert_memory_equal(kept, supernet.value, n * sizeof *kept);
    run(&program, FEED_TRAINING, &unwanted, g);
    for (size_t i = 0; i < n; i++) /* what has no gradient here is a tensor's padding */
        supernet.value[i] = (real)((double)kept[i] - 0.025 * (0.9 * (double)supernet.moment[i] +
                                                              g[i] + 3e-4 * (double)kept[i]));
    run(&program, FEED_VALIDATION, &first, v);
    memcpy(supernet.value, kept, n * sizeof *kept);
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 5; k++) {
            struct choice_program moved = program;
            moved.weight[i][k] += STEP;
            double above = slope_along(&moved, v);
            moved.weight[i][k] -= 2 * STEP;
            double product = 0.025 * (above - slope_along(&moved, v)) / (2 * STEP);
            most = fmax(most, fabs(product));
            worst = fmax(worst, fabs(first.of[i][k] - product - got.of[i][k]));
        }
    assert_true(most > 0);
    if (!(worst < TOLERANCE * most))
        fail_msg("off by %.3g of %.3g", worst, most);
    free(g);
    free(v);
    free(kept);
}

/* Rate 0: the first-order gradient, to the bit; and another one otherwise. */
static void test_first_order(void **state)
{
    (void)state;
    const struct supernet_rule none = {.rate = 0}, some = {.rate = 0.05};
    struct choice_gradient zero, unrolled, first;
    unroll(&none, &zero);
    unroll(&some, &unrolled);
    run(&program, FEED_VALIDATION, &first, NULL);
    assert_memory_equal(&zero, &first, sizeof first);
    assert_memory_not_equal(&unrolled, &first, sizeof first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_product),
        cmocka_unit_test(test_first_order),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
