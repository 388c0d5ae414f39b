/* The supernet: a path is the stand-alone network, to the bit; so is a mixture that is certain; steps
 * move what took part and nothing else; scores do not depend on threads or order. */
#include "base/pool.h"
#include "tests/supernet_fixture.h"

#include "spaces/cell.h"
#include "spaces/chain.h"

/* ---- Against the stand-alone network ------------------------------------------------------------- */

/* The stand-alone network of an architecture, given the shared weights by what its layers mean. */
struct alone {
    struct graph graph;
    struct network network;
    struct workspace *workspace;
};

static const struct shared *tensor_number(const struct supernet *supernet, enum role role, int n)
{
    for (int i = 0; i < supernet->tensors; i++)
        if (supernet->tensor[i].role == role && n-- == 0)
            return &supernet->tensor[i];
    fail();
    return NULL;
}

/* In `cell` the kernels are: stem, then a stage: 6 edges x {1x1, 3x3}, and 3 of the reduction. */
static int kernel_in_cell(const struct node *node, int *skeleton)
{
    static const int outside[] = {0, 13, 14, 15, 28, 29, 30}; /* stem, reductions */
    if (node->op == OP_LINEAR)
        return 43;
    if (node->layer < 0)
        return outside[(*skeleton)++];
    return 1 + 15 * (node->layer / CELL_EDGES) + 2 * (node->layer % CELL_EDGES) +
           (node->kernel == 3);
}

/* In `chain`: two of each layer, then linear. */
static int kernel_in_chain(const struct node *node)
{
    return node->layer < 0 ? 2 * CHAIN_LAYERS : 2 * node->layer + (node->kernel == 5);
}

static void put_kernel(const struct supernet *supernet, const struct shared *t,
                       const struct conv *conv, real *to)
{
    size_t squares = (size_t)t->kernel * (size_t)t->kernel;
    assert_int_equal(conv->kernel, t->kernel);
    for (size_t o = 0; o < (size_t)conv->out_channels; o++)
        for (size_t i = 0; i < (size_t)conv->in_channels; i++)
            for (size_t k = 0; k < squares; k++)
                to[(o * (size_t)conv->in_channels + i) * squares + k] =
                    supernet->value[t->first + (o * (size_t)t->in + i) * squares + k];
}

static void put_norm(const struct net_fixture *f, struct alone *alone, const struct norm *m,
                     int *skeleton)
{
    for (int k = 0; k < m->channels; k++) {
        bool chosen = alone->graph.node[m->node].layer >= 0;
        const struct supernet *s = &f->supernet;
        alone->network.weights[m->gain + (size_t)k] =
            chosen ? 1 : s->value[tensor_number(s, ROLE_GAIN, *skeleton)->first + (size_t)k];
        alone->network.weights[m->offset + (size_t)k] =
            chosen ? 0 : s->value[tensor_number(s, ROLE_OFFSET, *skeleton)->first + (size_t)k];
    }
    *skeleton += alone->graph.node[m->node].layer < 0;
}

static int by_node(const void *a, const void *b)
{
    return ((const struct norm *)a)->node - ((const struct norm *)b)->node;
}

/* Which kernel of the supernet a convolution or linear layer alone has; called in order of the nodes. */
static int kernel_of(const struct net_fixture *f, const struct node *node, int *skeleton)
{
    return strcmp(f->space->name, "cell") == 0 ? kernel_in_cell(node, skeleton)
                                               : kernel_in_chain(node);
}

static void put_weights(const struct net_fixture *f, struct alone *alone)
{
    const struct plan *plan = &alone->network.plan;
    int skeleton = 0, norms = 0;
    for (int node = 0; node < alone->graph.nodes; node++)
        for (int i = 0; i < plan->steps; i++) {
            const struct step *s = &plan->step[i];
            if (s->node != node || (s->kind != STEP_CONV && s->kind != STEP_LINEAR))
                continue;
            int number = kernel_of(f, &alone->graph.node[node], &skeleton);
            put_kernel(&f->supernet, tensor_number(&f->supernet, ROLE_KERNEL, number), &s->conv,
                       alone->network.weights + s->weight);
            if (s->kind == STEP_LINEAR)
                memcpy(alone->network.weights + s->bias,
                       f->supernet.value + tensor_number(&f->supernet, ROLE_BIAS, 0)->first,
                       10 * sizeof(real));
        }
    struct norm sorted[64];
    memcpy(sorted, plan->norm, (size_t)plan->norms * sizeof *sorted);
    qsort(sorted, (size_t)plan->norms, sizeof *sorted, by_node);
    for (int i = 0; i < plan->norms; i++)
        put_norm(f, alone, &sorted[i], &norms);
}

/* Forward; returns the mean loss. */
static double alone_run(struct net_fixture *f, const struct architecture *a, struct alone *alone)
{
    struct graph whole = {0};
    struct error error;
    *alone = (struct alone){.workspace = workspace_open()};
    assert_int_equal(f->space->graph(a, &f->skeleton, &whole, &error), 0);
    assert_int_equal(graph_simplify(&whole, &alone->graph, &error), 0);
    graph_free(&whole);
    assert_int_equal(network_open(&alone->network, &alone->graph, NET_BLOCKS, alone->workspace,
                                  f->kernels, 0.1, 1e-5, &error),
                     0);
    put_weights(f, alone);
    memcpy(network_input(&alone->network), f->images, f->image_reals * sizeof(real));
    network_forward(&alone->network, NET_BLOCKS, true);
    return network_loss(&alone->network, f->labels, NET_IMAGES, 0.1, false).sum / NET_IMAGES;
}

static void alone_close(struct alone *alone)
{
    network_close(&alone->network);
    workspace_close(alone->workspace);
    graph_free(&alone->graph);
}

static void same_logits(const struct network *a, const struct network *b)
{
    for (size_t i = 0; i < (size_t)NET_IMAGES * 10; i++)
        if (network_logits(a)[i] != network_logits(b)[i])
            fail_msg("logit %zu: %.9g and %.9g", i, (double)network_logits(a)[i],
                     (double)network_logits(b)[i]);
}

static const struct binding *binding_of(const struct net_fixture *f,
                                        const struct supernet_pass *pass, int kernel)
{
    const struct shared *t = tensor_number(&f->supernet, ROLE_KERNEL, kernel);
    for (int i = 0; i < pass->bindings; i++)
        if (&f->supernet.tensor[pass->binding[i].tensor] == t)
            return &pass->binding[i];
    fail();
    return NULL;
}

/* Of all kernels; both networks have been run forward. */
static void same_gradients(struct net_fixture *f, struct supernet_pass *pass, struct alone *alone)
{
    struct network *both[2] = {&pass->network, &alone->network};
    const struct plan *plan = &alone->network.plan;
    int skeleton = 0;
    for (int i = 0; i < 2; i++) {
        (void)network_loss(both[i], f->labels, NET_IMAGES, 0.1, true);
        network_backward(both[i]);
    }
    for (int node = 0; node < alone->graph.nodes; node++)
        for (int i = 0; i < plan->steps; i++) {
            const struct step *s = &plan->step[i];
            if (s->node != node || (s->kind != STEP_CONV && s->kind != STEP_LINEAR))
                continue;
            const struct binding *b =
                binding_of(f, pass, kernel_of(f, &alone->graph.node[node], &skeleton));
            assert_memory_equal(pass->network.gradient + b->network,
                                alone->network.gradient + s->weight,
                                b->rows * b->reals * sizeof(real));
        }
}

/* Logits, loss, cost and the gradients of all convolutions, 100 architectures a space. */
static void test_a_path_is_the_network_alone(void **state)
{
    (void)state;
    static const char *const names[2] = {"cell", "chain"};
    for (int space = 0; space < 2; space++) {
        struct net_fixture f;
        net_open(&f, names[space], 16);
        for (int n = 0; n < 100; n++) {
            struct architecture a;
            struct choice_program path;
            struct supernet_pass pass;
            struct alone alone;
            net_architecture(&f, &a);
            choice_path(&f.supernet.choices, f.space, &a, &path);
            double loss = net_run(&f, &path, false, &pass);
            assert_true(loss == alone_run(&f, &a, &alone));
            same_logits(&pass.network, &alone.network);
            same_gradients(&f, &pass, &alone);
            assert_int_equal(pass.macs, graph_macs(&alone.graph));
            supernet_pass_close(&pass);
            alone_close(&alone);
        }
        net_close(&f);
    }
}

/* A path applies a batch norm in the next node's sum where a skip_connect is all that reads it: one
 * rounding less than a mixture, which sums node by node. Whether it does so anywhere. */
static bool fuses_across(const struct supernet *supernet, const struct choice_program *path)
{
    const struct graph *whole = &supernet->choices.graph;
    struct graph graph = {0};
    int across = 0;
    assert_int_equal(choice_select(&supernet->choices, path, &graph, NULL), 0);
    for (int i = 0; i < graph.nodes; i++) {
        const struct node *sum = &graph.node[i], *origin = &whole->node[sum->layer];
        for (int k = 0; k < sum->fan_in && sum->op == OP_SUM; k++) {
            const struct node *term = &graph.node[graph.edge[sum->first + k]];
            bool own = term->op != OP_BATCH_NORM;
            for (int t = 0; t < origin->fan_in; t++) {
                int weighed = whole->edge[origin->first + t];
                own = own || weighed == term->layer ||
                      whole->edge[whole->node[weighed].first] == term->layer;
            }
            across += !own;
        }
    }
    bool alive = graph.node[graph.nodes - 1].op == OP_LINEAR && graph.nodes > 3;
    graph_free(&graph);
    return across > 0 || !alive;
}

/* All options computed, one of each choice with weight 1: the bits of the path, but for the rounding
 * that fuses_across tells of; a cell without a path is no network at all there. */
static void test_a_certain_mixture_is_the_path(void **state)
{
    (void)state;
    static const char *const names[2] = {"cell", "chain"};
    for (int space = 0; space < 2; space++) {
        struct net_fixture f;
        int exact = 0;
        net_open(&f, names[space], 16);
        for (int n = 0; n < 100; n++) {
            struct architecture a;
            struct choice_program path, mixture;
            struct supernet_pass one, all;
            struct workspace *own = f.workspace;
            net_architecture(&f, &a);
            choice_path(&f.supernet.choices, f.space, &a, &path);
            if (fuses_across(&f.supernet, &path))
                continue;
            choice_everything(&f.supernet.choices, &mixture);
            mixture.weighed = true;
            for (int i = 0; i < f.supernet.choices.choices; i++)
                for (int k = 0; k < f.supernet.choices.choice[i].options; k++)
                    mixture.weight[i][k] = path.present[i][k];
            double loss = net_run(&f, &path, false, &one);
            f.workspace = workspace_open();
            assert_true(loss == net_run(&f, &mixture, false, &all));
            same_logits(&one.network, &all.network);
            supernet_pass_close(&one);
            supernet_pass_close(&all);
            workspace_close(f.workspace);
            f.workspace = own;
            exact++;
        }
        assert_true(exact >= (space ? 100 : 70));
        net_close(&f);
    }
}

/* The others: to rounding. */
static void test_a_certain_mixture_is_near_the_path(void **state)
{
    (void)state;
    struct net_fixture f;
    int near = 0;
    net_open(&f, "cell", 16);
    for (int n = 0; n < 100; n++) {
        struct architecture a;
        struct choice_program path, mixture;
        struct supernet_pass one;
        net_architecture(&f, &a);
        choice_path(&f.supernet.choices, f.space, &a, &path);
        double loss = net_run(&f, &path, false, &one);
        bool alive = one.network.plan.steps > 2;
        supernet_pass_close(&one);
        if (!alive || !fuses_across(&f.supernet, &path))
            continue;
        choice_everything(&f.supernet.choices, &mixture);
        mixture.weighed = true;
        for (int i = 0; i < 6; i++)
            for (int k = 0; k < 5; k++)
                mixture.weight[i][k] = path.present[i][k];
        assert_true(fabs(net_loss(&f, &mixture) / loss - 1) < 1e-5);
        near++;
    }
    assert_true(near > 0);
    net_close(&f);
}

/* One option with weight 1 (a gate) is the path too, and what it costs. */
static void test_a_gate_of_one_is_the_path(void **state)
{
    (void)state;
    struct net_fixture f;
    net_open(&f, "chain", 16);
    for (int n = 0; n < 20; n++) {
        struct architecture a;
        struct choice_program path, gate;
        uint64_t macs, gated;
        struct error error;
        net_architecture(&f, &a);
        choice_path(&f.supernet.choices, f.space, &a, &path);
        gate = path;
        gate.weighed = true;
        for (int i = 0; i < f.supernet.choices.choices; i++)
            for (int k = 0; k < f.supernet.choices.choice[i].options; k++)
                gate.weight[i][k] = 1;
        assert_true(net_loss(&f, &path) == net_loss(&f, &gate));
        assert_int_equal(supernet_macs(&f.supernet, &path, &macs, &error), 0);
        assert_int_equal(supernet_macs(&f.supernet, &gate, &gated, &error), 0);
        assert_int_equal(macs, gated);
    }
    net_close(&f);
}

/* ---- Steps ----------------------------------------------------------------------------------------- */

static void step_path(struct net_fixture *f, const struct architecture *a,
                      const struct supernet_rule *rule, double *norm)
{
    struct choice_program path;
    struct supernet_pass pass;
    choice_path(&f->supernet.choices, f->space, a, &path);
    (void)net_run(f, &path, true, &pass);
    supernet_collect(&f->supernet, &pass);
    supernet_pass_close(&pass);
    *norm = supernet_step(&f->supernet, rule);
}

/* All 3x3 steps the 3x3 kernels and the skeleton: neither the 1x1 kernels nor their moments, though
 * these have moved before. */
static void test_a_step_moves_what_took_part(void **state)
{
    (void)state;
    const struct supernet_rule rule = {
        .rate = 0.05, .momentum = 0.9, .decay = 1e-3, .nesterov = true};
    struct net_fixture f;
    struct architecture ones = {.n = 6, .decision = {2, 2, 2, 2, 2, 2}};
    struct architecture threes = {.n = 6, .decision = {3, 3, 3, 3, 3, 3}};
    double norm;
    net_open(&f, "cell", 16);
    step_path(&f, &ones, &rule, &norm);
    size_t bytes = f.supernet.size * sizeof(real);
    real *value = malloc(bytes), *moment = malloc(bytes);
    memcpy(value, f.supernet.value, bytes);
    memcpy(moment, f.supernet.moment, bytes);
    step_path(&f, &threes, &rule, &norm);
    assert_true(norm > 0);
    for (int i = 0; i < f.supernet.tensors; i++) {
        const struct shared *t = &f.supernet.tensor[i];
        const struct graph *g = &f.supernet.choices.graph;
        bool chosen_1x1 = t->role == ROLE_KERNEL && t->kernel == 1 &&
                          g->node[t->node].op == OP_CONV && t->in == t->out;
        bool same =
            memcmp(value + t->first, f.supernet.value + t->first, t->count * sizeof(real)) == 0;
        assert_int_equal(same, chosen_1x1);
        if (chosen_1x1)
            assert_memory_equal(moment + t->first, f.supernet.moment + t->first,
                                t->count * sizeof(real));
    }
    free(value);
    free(moment);
    net_close(&f);
}

/* Narrow blocks move the first half of the channels alone. */
static void test_a_step_moves_a_slice(void **state)
{
    (void)state;
    const struct supernet_rule rule = {.rate = 0.05};
    struct net_fixture f;
    struct architecture a;
    double norm;
    net_open(&f, "chain", 16);
    f.space->from_index(0, &a); /* one narrow layer of 3x3 a block */
    real *value = malloc(f.supernet.size * sizeof(real));
    memcpy(value, f.supernet.value, f.supernet.size * sizeof(real));
    step_path(&f, &a, &rule, &norm);
    const struct shared *t = tensor_number(&f.supernet, ROLE_KERNEL, 4); /* block 2, layer 1, 3x3 */
    assert_int_equal(t->out, 16);
    assert_int_equal(t->in, 8);
    for (size_t k = 0; k < t->count; k++) {
        bool inside = k / 72 < 8 && k % 72 / 9 < 4;
        bool same = value[t->first + k] == f.supernet.value[t->first + k];
        assert_int_equal(same, !inside);
    }
    free(value);
    net_close(&f);
}

/* The rule in closed form: twice the same gradient 1 on a weight 2, clipped from norm 1 to 0.5. */
static void check_rule(bool nesterov)
{
    const struct supernet_rule rule = {
        .rate = 0.1, .momentum = 0.5, .decay = 0.25, .clip = 0.5, .nesterov = nesterov};
    struct net_fixture f;
    net_open(&f, "cell", 16);
    struct shared *t = &f.supernet.tensor[0];
    double w = 2, m = 0;
    f.supernet.value[t->first] = 2;
    for (int step = 0; step < 2; step++) {
        t->moved = true;
        f.supernet.moved[t->first] = 1;
        f.supernet.gradient[t->first] = 1;
        assert_true(supernet_step(&f.supernet, &rule) == 1.0);
        double g = 0.5 + 0.25 * w;
        m = 0.5 * m + g;
        w -= 0.1 * (nesterov ? g + 0.5 * m : m);
        assert_true(fabs((double)f.supernet.value[t->first] - w) < 1e-6);
        assert_false(t->moved); /* forgotten */
        assert_true(f.supernet.gradient[t->first] == 0);
    }
    net_close(&f);
}

static void test_the_rule(void **state)
{
    (void)state;
    check_rule(false);
    check_rule(true);
}

/* ---- Scores ------------------------------------------------------------------------------------------ */

static void test_refusals(void **state)
{
    (void)state;
    struct net_fixture f;
    struct choice_program nothing = {.weighed = false};
    struct supernet_pass pass;
    struct supernet supernet;
    struct error error;
    net_open(&f, "cell", 16);
    assert_int_equal(
        supernet_pass_open(&pass, &f.supernet, &nothing, 1, f.workspace, f.kernels, &error),
        ERROR_ARGUMENT);
    assert_string_equal(error.text, "program: a choice without an option");
    struct space bare = *f.space;
    bare.choices = NULL;
    assert_int_equal(supernet_open(&supernet, &bare, &f.skeleton, net_training(), 0, &error),
                     ERROR_UNSUPPORTED);
    assert_string_equal(error.text, "cell has no choice graph to share weights in");
    net_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_path_is_the_network_alone),
        cmocka_unit_test(test_a_certain_mixture_is_the_path),
        cmocka_unit_test(test_a_certain_mixture_is_near_the_path),
        cmocka_unit_test(test_a_gate_of_one_is_the_path),
        cmocka_unit_test(test_a_step_moves_what_took_part),
        cmocka_unit_test(test_a_step_moves_a_slice),
        cmocka_unit_test(test_the_rule),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
