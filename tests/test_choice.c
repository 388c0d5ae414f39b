/* Choice graphs: their choices are the space's decisions; under a path they are the architecture's own
 * network; programs that make no sense are named. */
#include "spaces/cell.h"
#include "spaces/choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static const struct skeleton skeletons[2] = {
    {.input_channels = 3,
     .input_size = 32,
     .classes = 10,
     .channels = 4,
     .cells = 2,
     .stem_stride = 2},
    {.input_channels = 3, .input_size = 32, .classes = 10, .channels = 4}};

static const struct space *open_choices(int i, struct choice_graph *choices)
{
    static const char *const names[2] = {"cell", "chain"};
    struct error error;
    const struct space *space = space_find(names[i], &error);
    *choices = (struct choice_graph){0};
    assert_non_null(space);
    assert_int_equal(space->choices(&skeletons[i], choices, &error), 0);
    return space;
}

static void select_program(const struct choice_graph *choices, const struct choice_program *program,
                           struct graph *out)
{
    struct error error;
    *out = (struct graph){0};
    if (choice_select(choices, program, out, &error))
        fail_msg("%s", error.text);
}

static void test_choices_of_cell(void **state)
{
    (void)state;
    struct choice_graph choices;
    (void)open_choices(0, &choices);
    assert_int_equal(choices.choices, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(choices.choice[i].options, 5);
        assert_int_equal(choices.choice[i].parent, -1);
        assert_int_equal(choices.choice[i].mask, -1);
    }
    assert_string_equal(choices.choice[2].name, "edge 1>2");
    choice_graph_free(&choices);
}

static void test_choices_of_chain(void **state)
{
    (void)state;
    struct choice_graph choices;
    (void)open_choices(1, &choices);
    assert_int_equal(choices.choices, 15);
    for (int b = 0; b < 3; b++) {
        const struct choice *choice = &choices.choice[5 * b];
        for (int i = 0; i < 5; i++) {
            assert_int_equal(choice[i].options, 2);
            assert_int_equal(choice[i].parent, i < 3 ? -1 : 5 * b); /* kernel 2, skip: depth 2 */
            assert_int_equal(choice[i].parent_option, i < 3 ? 0 : 1);
            assert_int_equal(choice[i].mask, i == 2 || i == 3 ? 5 * b + 1 : -1);
        }
    }
    assert_string_equal(choices.choice[8].name, "kernel 2.2");
    choice_graph_free(&choices);
}

/* All batch norms alike: those that are chosen have no gain in a supernet. */
static struct digest digest_without_gains(struct graph *graph)
{
    struct digest digest;
    for (int i = 0; i < graph->nodes; i++)
        graph->node[i].affine = false;
    assert_int_equal(graph_canonical(graph, &digest, NULL), 0);
    return digest;
}

/* Every 7th architecture of `cell`, every 3rd of `chain`. */
static void test_a_path_is_the_architecture(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct choice_graph choices;
        const struct space *space = open_choices(i, &choices);
        for (uint64_t index = 0; index < space->count; index += i ? 3 : 7) {
            struct architecture a;
            struct choice_program path;
            struct graph whole = {0}, own = {0}, selected;
            space->from_index(index, &a);
            choice_path(&choices, space, &a, &path);
            assert_null(choice_program_wrong(&choices, &path));
            select_program(&choices, &path, &selected);
            assert_int_equal(space->graph(&a, &skeletons[i], &whole, NULL), 0);
            assert_int_equal(graph_simplify(&whole, &own, NULL), 0);
            assert_int_equal(graph_macs(&selected), graph_macs(&own));
            struct digest x = digest_without_gains(&selected), y = digest_without_gains(&own);
            if (x.high != y.high || x.low != y.low)
                fail_msg("%s %u: another network", space->name, (unsigned)index);
            graph_free(&whole);
            graph_free(&own);
            graph_free(&selected);
        }
        choice_graph_free(&choices);
    }
}

static int weighed_nodes(const struct graph *graph)
{
    int n = 0;
    for (int i = 0; i < graph->nodes; i++)
        n += graph->node[i].weighing > 0;
    return n;
}

/* Six cells with four terms an edge; three blocks with two kernels twice, a skip, two depths. */
static void test_everything(void **state)
{
    (void)state;
    static const int terms[2] = {6 * 6 * 4, 3 * 7};
    static const uint64_t macs[2] = {
        /* stem; cells: 10 C^2 on 6 edges, 2 a stage; reductions; linear */
        256 * 108 + 6 * 2 * 10 * (256 * 16 + 64 * 64 + 16 * 256) + 64 * (9 * 32 + 9 * 64 + 32) +
            16 * (9 * 128 + 9 * 256 + 128) + 160,
        /* 34 taps a pair of channels, 256 / 64 / 16 pixels, widths 8, 16, 32; linear */
        34 * (256 * (3 * 8 + 64) + 64 * (8 * 16 + 256) + 16 * (16 * 32 + 1024)) + 320};
    for (int i = 0; i < 2; i++) {
        struct choice_graph choices;
        struct choice_program program;
        struct graph graph;
        (void)open_choices(i, &choices);
        choice_everything(&choices, &program);
        select_program(&choices, &program, &graph);
        assert_int_equal(weighed_nodes(&graph), 0);
        assert_int_equal(graph_macs(&graph), macs[i]);
        graph_free(&graph);
        program.weighed = true;
        select_program(&choices, &program, &graph);
        assert_int_equal(weighed_nodes(&graph), terms[i]);
        assert_int_equal(graph_macs(&graph), macs[i]);
        graph_free(&graph);
        choice_graph_free(&choices);
    }
}

/* A set of options is their sum: an edge with both convolutions costs both. */
static void test_masks(void **state)
{
    (void)state;
    struct choice_graph choices;
    struct choice_program one, both;
    struct architecture a;
    struct graph small, large;
    const struct space *space = open_choices(0, &choices);
    space->from_index(15624, &a);  /* six pools */
    a.decision[3] = CELL_CONV_1X1; /* 0>3 */
    choice_path(&choices, space, &a, &one);
    both = one;
    both.present[3][CELL_CONV_3X3] = true;
    select_program(&choices, &one, &small);
    select_program(&choices, &both, &large);
    assert_int_equal(graph_macs(&large) - graph_macs(&small),
                     2 * 9 * (256 * 16 + 64 * 64 + 16 * 256));
    graph_free(&small);
    graph_free(&large);
    choice_graph_free(&choices);
}

static void test_wrong_programs(void **state)
{
    (void)state;
    struct choice_graph choices;
    struct choice_program program;
    (void)open_choices(1, &choices);
    choice_everything(&choices, &program);
    assert_null(choice_program_wrong(&choices, &program));
    program.present[3][0] = program.present[3][1] = false; /* kernel 1.2 */
    assert_string_equal(choice_program_wrong(&choices, &program), "a choice without an option");
    program.present[0][1] = false; /* there is no second layer */
    assert_null(choice_program_wrong(&choices, &program));
    program.weight[1][1] = -0.5;
    assert_null(choice_program_wrong(&choices, &program)); /* not weighed */
    program.weighed = true;
    assert_string_equal(choice_program_wrong(&choices, &program),
                        "a weight that is negative or not finite");
    choice_graph_free(&choices);
}

static void test_refuses_a_skeleton(void **state)
{
    (void)state;
    struct skeleton odd = skeletons[1];
    struct choice_graph choices = {0};
    struct error error;
    odd.input_size = 20;
    assert_int_equal(space_find("chain", NULL)->choices(&odd, &choices, &error), ERROR_ARGUMENT);
    assert_non_null(strstr(error.text, "chain: input of 20 pixels: must be a multiple of 8"));
    choice_graph_free(&choices);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choices_of_cell),
        cmocka_unit_test(test_choices_of_chain),
        cmocka_unit_test(test_a_path_is_the_architecture),
        cmocka_unit_test(test_everything),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_wrong_programs),
        cmocka_unit_test(test_refuses_a_skeleton),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
