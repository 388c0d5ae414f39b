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

/* The whole graph under a program, before it is simplified. */
struct selecting {
    const struct choice_graph *choices;
    const struct choice_program *program;
    bool *wanted; /* [nodes] read by something that is there, or a sum, which is there always */
    int *image;   /* [nodes] number in `out`, -1: not there (yet) */
    int *inputs;  /* [edges] scratch */
    struct graph out;
};

static bool is_absent(const struct selecting *s, const struct node *node)
{
    int choice, option;
    if (!node->weighing)
        return false;
    choice_of_weighing(node->weighing, &choice, &option);
    return !s->program->present[choice][option];
}

static void find_wanted(struct selecting *s)
{
    const struct graph *graph = &s->choices->graph;
    s->wanted[graph->nodes - 1] = s->wanted[0] = true; /* the INPUT is in every network */
    for (int i = graph->nodes - 1; i >= 0; i--) {
        const struct node *node = &graph->node[i];
        s->wanted[i] = s->wanted[i] || (node->op == OP_SUM && !is_absent(s, node));
        for (int k = 0; k < node->fan_in && s->wanted[i] && !is_absent(s, node); k++)
            s->wanted[graph->edge[node->first + k]] = true;
    }
}

static void select_node(struct selecting *s, int number)
{
    const struct graph *graph = &s->choices->graph;
    struct node node = graph->node[number];
    bool absent = is_absent(s, &node);
    node.layer = number;
    for (int k = 0; k < node.fan_in && !absent; k++) {
        int input = graph->edge[node.first + k];
        if (s->image[input] < 0 && graph->node[input].op == OP_RELU)
            select_node(s, input);
    }
    for (int k = 0; k < node.fan_in; k++)
        s->inputs[k] = absent ? 0 : s->image[graph->edge[node.first + k]];
    if (node.width && !s->program->present[node.width - 1][1])
        node.channels /= 2;
    if (absent)
        node.op = OP_ZERO;
    if (node.weighing && !absent && !s->program->weighed) {
        s->image[number] = s->inputs[0];
        return;
    }
    node.weighing = absent ? 0 : node.weighing;
    s->image[number] = graph_append(&s->out, &node, s->inputs);
}

/* A ReLU comes right before the first that reads it: there the space's own graph has it, and the order
 * of nodes is the order of sums in the backward pass. */
static void select_nodes(struct selecting *s)
{
    const struct graph *graph = &s->choices->graph;
    find_wanted(s);
    for (int i = 0; i < graph->nodes; i++)
        s->image[i] = -1;
    for (int i = 0; i < graph->nodes; i++)
        if (graph->node[i].op != OP_RELU && (s->wanted[i] || is_absent(s, &graph->node[i])))
            select_node(s, i);
}

int choice_select(const struct choice_graph *choices, const struct choice_program *program,
                  struct graph *out, struct error *error)
{
    size_t nodes = (size_t)choices->graph.nodes, edges = (size_t)choices->graph.edges + 1;
    struct selecting s = {.choices = choices,
                          .program = program,
                          .wanted = calloc(nodes, sizeof *s.wanted),
                          .image = calloc(nodes, sizeof *s.image),
                          .inputs = calloc(edges, sizeof *s.inputs)};
    int status = ERROR_MEMORY;
    if (s.wanted && s.image && s.inputs) {
        select_nodes(&s);
        status = graph_simplify(&s.out, out, error);
    } else {
        (void)error_set(error, ERROR_MEMORY, "choice graph: out of memory");
    }
    graph_free(&s.out);
    free(s.inputs);
    free(s.image);
    free(s.wanted);
    return status;
}

struct digest choice_digest(const struct graph *selected)
{
    struct digest digest = {0, 0};
    for (int i = 0; i < selected->nodes; i++) {
        const struct node *node = &selected->node[i];
        bool weighs = node->op == OP_CONV || node->op == OP_BATCH_NORM || node->op == OP_LINEAR;
        const int said[] = {(int)node->op, node->fan_in, node->channels, node->kernel,
                            node->stride,  node->rows,   node->weighing, weighs ? node->layer : -1};
        digest = digest_chain(digest, said, sizeof said);
        digest = digest_chain(digest, selected->edge + node->first,
                              (size_t)node->fan_in * sizeof *selected->edge);
    }
    return digest;
}
