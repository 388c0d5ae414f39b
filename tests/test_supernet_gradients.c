/* Finite differences of the supernet: shared weights, and the weights of options, under paths, masks,
 * gates and mixtures. Strict in the double-precision build; in float only that nothing is far off. */
#include "tests/supernet_fixture.h"

#ifdef NASBED_DOUBLE
static const double STEP = 1e-6, TOLERANCE = 1e-5;
#else
static const double STEP = 2e-3, TOLERANCE = 0.3;
#endif

enum { WEIGHTS = 40 };

/* The largest |analytic - numeric| over some weights that have a gradient, relative to the largest. */
static double worst_weight(struct net_fixture *f, const struct choice_program *program)
{
    struct supernet *s = &f->supernet;
    struct supernet_pass pass;
    double scale = 1e-3, worst = 0;
    (void)net_run(f, program, true, &pass);
    supernet_collect(s, &pass);
    supernet_pass_close(&pass);
    for (size_t i = 0; i < s->size; i++)
        scale = fmax(scale, fabs((double)s->gradient[i]));
    for (int n = 0; n < WEIGHTS;) {
        size_t i = random_below(&f->stream, (uint32_t)s->size);
        if (!s->moved[i])
            continue;
        real was = s->value[i];
        s->value[i] = was + (real)STEP;
        double up = net_loss(f, program);
        s->value[i] = was - (real)STEP;
        double down = net_loss(f, program);
        s->value[i] = was;
        worst = fmax(worst, fabs((up - down) / (2 * STEP) - (double)s->gradient[i]) / scale);
        n++;
    }
    supernet_forget(s);
    return worst;
}

/* The same over all weights of options. */
static double worst_choice(struct net_fixture *f, const struct choice_program *program)
{
    struct choice_program moved = *program;
    struct supernet_pass pass;
    struct choice_gradient gradient;
    double scale = 1e-3, worst = 0;
    (void)net_run(f, program, true, &pass);
    supernet_pass_choices(&f->supernet, &pass, &gradient);
    supernet_pass_close(&pass);
    for (int i = 0; i < CHOICES_MAX; i++)
        for (int k = 0; k < CHOICE_OPTIONS_MAX; k++)
            scale = fmax(scale, fabs(gradient.of[i][k]));
    for (int i = 0; i < f->supernet.choices.choices; i++)
        for (int k = 0; k < f->supernet.choices.choice[i].options; k++) {
            if (!program->present[i][k]) {
                assert_true(gradient.of[i][k] == 0);
                continue;
            }
            moved.weight[i][k] = program->weight[i][k] + STEP;
            double up = net_loss(f, &moved);
            moved.weight[i][k] = program->weight[i][k] - STEP;
            double down = net_loss(f, &moved);
            moved.weight[i][k] = program->weight[i][k];
            worst = fmax(worst, fabs((up - down) / (2 * STEP) - gradient.of[i][k]) / scale);
        }
    return worst;
}

static void check(const char *what, double worst)
{
    if (!(worst < TOLERANCE))
        fail_msg("%s: relative error %.3g", what, worst);
}

static void check_space(const char *space)
{
    struct net_fixture f;
    struct choice_program program;
    net_open(&f, space, 8);
    for (int n = 0; n < 3; n++) {
        struct architecture a;
        net_architecture(&f, &a);
        choice_path(&f.supernet.choices, f.space, &a, &program);
        check("weights under a path", worst_weight(&f, &program));
        program.weighed = true;
        for (int i = 0; i < f.supernet.choices.choices; i++)
            for (int k = 0; k < f.supernet.choices.choice[i].options; k++)
                program.weight[i][k] = net_weight(&f.stream);
        check("weights under a gate", worst_weight(&f, &program));
        check("gates", worst_choice(&f, &program));
    }
    choice_everything(&f.supernet.choices, &program);
    check("weights under a mask", worst_weight(&f, &program));
    net_mixture(&f, &program);
    check("weights under a mixture", worst_weight(&f, &program));
    check("a mixture's own weights", worst_choice(&f, &program));
    net_close(&f);
}

static void test_cell(void **state)
{
    (void)state;
    check_space("cell");
}

static void test_chain(void **state)
{
    (void)state;
    check_space("chain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cell), cmocka_unit_test(test_chain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
