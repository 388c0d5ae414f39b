#include "spaces/choice.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Building ---------------------------------------------------------------------------------- */

int choice_append(struct choice_graph *choices, const char *name, int options)
{
    assert(choices->choices < CHOICES_MAX && options >= 1 && options <= CHOICE_OPTIONS_MAX);
    choices->choice[choices->choices] =
        (struct choice){.name = name, .options = options, .parent = -1, .mask = -1};
    return choices->choices++;
}

int choice_weighing(int choice, int option)
{
    return 1 + choice * CHOICE_OPTIONS_MAX + option;
}

void choice_of_weighing(int weighing, int *choice, int *option)
{
    assert(weighing > 0);
    *choice = (weighing - 1) / CHOICE_OPTIONS_MAX;
    *option = (weighing - 1) % CHOICE_OPTIONS_MAX;
}

int choice_term(struct choice_graph *choices, int input, int choice, int option)
{
    assert(choice >= 0 && choice < choices->choices);
    assert(option >= 0 && option < choices->choice[choice].options);
    return graph_weigh(&choices->graph, input, choice_weighing(choice, option));
}

void choice_width(struct choice_graph *choices, int first, int choice)
{
    struct graph *graph = &choices->graph;
    assert(choices->choice[choice].options == 2);
    for (int i = first; i < graph->nodes && !graph->failed; i++) {
        assert(graph->node[i].channels % 2 == 0);
        graph->node[i].width = 1 + choice;
    }
}

void choice_graph_free(struct choice_graph *choices)
{
    graph_free(&choices->graph);
    *choices = (struct choice_graph){0};
}

/* ---- Programs ---------------------------------------------------------------------------------- */

static int find_choice(const struct choice_graph *choices, const char *name)
{
    for (int i = 0; i < choices->choices; i++)
        if (strcmp(choices->choice[i].name, name) == 0)
            return i;
    assert(!"a decision of the space is a choice of its graph");
    return 0;
}

void choice_path(const struct choice_graph *choices, const struct space *space,
                 const struct architecture *architecture, struct choice_program *program)
{
    struct architecture prefix = {.n = 0};
    *program = (struct choice_program){.weighed = false};
    for (int i = 0; i < architecture->n; i++) {
        int choice = find_choice(choices, space->decision_name(&prefix));
        program->present[choice][architecture->decision[i]] = true;
        prefix.decision[prefix.n++] = architecture->decision[i];
    }
}

void choice_everything(const struct choice_graph *choices, struct choice_program *program)
{
    *program = (struct choice_program){.weighed = false};
    for (int i = 0; i < choices->choices; i++)
        for (int k = 0; k < choices->choice[i].options; k++)
            program->present[i][k] = true;
}

/* Whether the option that brings a choice about is there. */
static bool is_made(const struct choice_graph *choices, const struct choice_program *program,
                    int number)
{
    const struct choice *choice = &choices->choice[number];
    return choice->parent < 0 || (program->present[choice->parent][choice->parent_option] &&
                                  is_made(choices, program, choice->parent));
}

const char *choice_program_wrong(const struct choice_graph *choices,
                                 const struct choice_program *program)
{
    for (int i = 0; i < choices->choices; i++) {
        bool any = false;
        for (int k = 0; k < choices->choice[i].options; k++) {
            any = any || program->present[i][k];
            if (program->weighed && program->present[i][k] &&
                !(program->weight[i][k] >= 0 && isfinite(program->weight[i][k])))
                return "a weight that is negative or not finite";
        }
        if (!any && is_made(choices, program, i))
            return "a choice without an option";
    }
    return NULL;
}

/* ---- Selecting --------------------------------------------------------------------------------- */

/* One node of the whole graph under a program; returns its number in `out`. `image` has those of the
 * nodes before it. */
static int select_node(const struct choice_graph *choices, const struct choice_program *program,
                       int number, const int *image, int *inputs, struct graph *out)
{
    const struct graph *graph = &choices->graph;
    struct node node = graph->node[number];
    node.layer = number;
    for (int k = 0; k < node.fan_in; k++)
        inputs[k] = image[graph->edge[node.first + k]];
    if (node.width && !program->present[node.width - 1][1])
        node.channels /= 2;
    if (node.weighing) {
        int choice, option;
        choice_of_weighing(node.weighing, &choice, &option);
        if (!program->present[choice][option])
            node.op = OP_ZERO;
        else if (!program->weighed)
            return inputs[0];
        if (node.op == OP_ZERO)
            node.weighing = 0;
    }
    return graph_append(out, &node, inputs);
}

int choice_select(const struct choice_graph *choices, const struct choice_program *program,
                  struct graph *out, struct error *error)
{
    const struct graph *graph = &choices->graph;
    struct graph whole = {0};
    int *image = calloc((size_t)graph->nodes, sizeof *image);
    int *inputs = calloc((size_t)graph->edges + 1, sizeof *inputs);
    int status = 0;
    if (!image || !inputs) {
        status = error_set(error, ERROR_MEMORY, "choice graph: out of memory");
        goto out;
    }
    for (int i = 0; i < graph->nodes; i++)
        image[i] = select_node(choices, program, i, image, inputs, &whole);
    status = graph_simplify(&whole, out, error);
out:
    graph_free(&whole);
    free(inputs);
    free(image);
    return status;
}

struct digest choice_digest(const struct graph *selected)
{
    struct digest digest = {0, 0};
    for (int i = 0; i < selected->nodes; i++) {
        const struct node *node = &selected->node[i];
        bool weighs = node->op == OP_CONV || node->op == OP_BATCH_NORM || node->op == OP_LINEAR;
        const int said[] = {(int)node->op,   node->fan_in,       node->channels,
                            node->kernel,    node->stride,       node->rows,
                            node->weighing,  weighs ? node->layer : -1};
        digest = digest_chain(digest, said, sizeof said);
        digest = digest_chain(digest, selected->edge + node->first,
                              (size_t)node->fan_in * sizeof *selected->edge);
    }
    return digest;
}
