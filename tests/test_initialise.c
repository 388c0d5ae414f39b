/* Initial weights of both kinds: their distribution, their streams, their bits. */
#include "evaluator/network.h"
#include "spaces/graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

/* conv 3x3 16 > 64 (9,216 weights), batch norm, global pooling, linear 64 > 10. */
enum { IN = 16, OUT = 64, CLASSES = 10, CONV_FAN_IN = 9 * IN, CONV_FAN_OUT = 9 * OUT };

struct fixture {
    struct workspace workspace;
    struct network network;
};

static void begin(struct fixture *f, enum initialisation kind, uint64_t seed)
{
    struct error error;
    struct graph g = {0};
    *f = (struct fixture){0};
    int at =
        graph_batch_norm(&g, graph_conv(&g, graph_input(&g, IN, 8, 8), OUT, 3, 1, 1, 1, 1), true);
    (void)graph_linear(&g, graph_global_pool(&g, graph_relu(&g, at)), CLASSES);
    if (network_open(&f->network, &g, 1, &f->workspace, kernels_find("portable"), 0.1, 1e-5,
                     &error))
        fail_msg("%s", error.text);
    network_initialise(&f->network, kind, seed);
    graph_free(&g);
}

static void end(struct fixture *f)
{
    network_close(&f->network);
    free(f->workspace.arena);
    free(f->workspace.weights);
}

static const struct step *step_of(const struct fixture *f, enum step_kind kind)
{
    for (int i = 0; i < f->network.plan.steps; i++)
        if (f->network.plan.step[i].kind == kind)
            return &f->network.plan.step[i];
    fail_msg("no such step");
    return NULL;
}

struct moments {
    double mean, deviation, largest;
};

static struct moments moments_of(const real *w, size_t n)
{
    double sum = 0, squares = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)w[i];
        squares += (double)w[i] * (double)w[i];
        largest = fmax(largest, fabs((double)w[i]));
    }
    double mean = sum / (double)n;
    return (struct moments){mean, sqrt(squares / (double)n - mean * mean), largest};
}

/* A sample's mean and deviation lie within 5 standard errors of what was asked. */
static void assert_moments(struct moments m, double deviation, size_t n)
{
    double error = 5 * deviation / sqrt((double)n);
    assert_true(fabs(m.mean) < error && fabs(m.deviation - deviation) < error);
}

static void test_fan_out_is_normal(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, INITIALISE_FAN_OUT, 1);
    const real *w = f.network.weights;
    const struct step *conv = step_of(&f, STEP_CONV), *linear = step_of(&f, STEP_LINEAR);
    struct moments m = moments_of(w + conv->weight, IN * CONV_FAN_OUT);
    assert_moments(m, sqrt(2.0 / CONV_FAN_OUT), IN * CONV_FAN_OUT);
    assert_true(m.largest > 3 * m.deviation); /* a uniform one has no such tail */
    assert_moments(moments_of(w + linear->weight, OUT * CLASSES), 0.01, OUT * CLASSES);
    for (size_t i = 0; i < CLASSES; i++)
        assert_true(w[linear->bias + i] == 0);
    end(&f);
}

static void test_fan_in_is_uniform(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, INITIALISE_FAN_IN, 1);
    const real *w = f.network.weights;
    const struct step *conv = step_of(&f, STEP_CONV), *linear = step_of(&f, STEP_LINEAR);
    double bound = 1 / sqrt(CONV_FAN_IN);
    struct moments m = moments_of(w + conv->weight, IN * CONV_FAN_OUT);
    assert_moments(m, bound / sqrt(3), IN * CONV_FAN_OUT);
    assert_true(m.largest <= bound && m.largest > 0.99 * bound);
    bound = 1 / sqrt(OUT);
    m = moments_of(w + linear->weight, OUT * CLASSES);
    assert_moments(m, bound / sqrt(3), OUT * CLASSES);
    assert_true(m.largest <= bound && m.largest > 0.95 * bound);
    m = moments_of(w + linear->bias, CLASSES);
    assert_true(m.deviation > 0.2 * bound && m.largest <= bound);
    end(&f);
}

static void test_streams(void **state)
{
    (void)state;
    for (int kind = INITIALISE_FAN_OUT; kind <= INITIALISE_FAN_IN; kind++) {
        struct fixture a, b, other;
        begin(&a, (enum initialisation)kind, 1);
        begin(&b, (enum initialisation)kind, 1);
        begin(&other, (enum initialisation)kind, 2);
        size_t bytes = a.network.plan.weights * sizeof(real);
        assert_memory_equal(a.network.weights, b.network.weights, bytes);
        size_t at = step_of(&a, STEP_CONV)->weight;
        assert_true(a.network.weights[at] != other.network.weights[at]);
        end(&a);
        end(&b);
        end(&other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fan_out_is_normal),
        cmocka_unit_test(test_fan_in_is_uniform),
        cmocka_unit_test(test_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
