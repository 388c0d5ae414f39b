#include "spaces/cell.h"
#include "spaces/choice.h"
#include "spaces/nb201.h"
#include "spaces/space.h"
#include "spaces/string.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct cell_edge cell_edges[CELL_EDGES] = {{0, 1}, {0, 2}, {1, 2}, {0, 3}, {1, 3}, {2, 3}};

const char *const cell_operations[CELL_OPERATIONS] = {"none", "skip_connect", "nor_conv_1x1",
                                                      "nor_conv_3x3", "avg_pool_3x3"};

enum { STAGES = 3 };

/* Decisions and index ------------------------------------------------------------------------- */

static int cell_options(const struct architecture *prefix)
{
    return prefix->n < CELL_EDGES ? CELL_OPERATIONS : 0;
}

static const char *const edge_names[CELL_EDGES] = {"edge 0>1", "edge 0>2", "edge 1>2",
                                                   "edge 0>3", "edge 1>3", "edge 2>3"};

static const char *cell_decision_name(const struct architecture *prefix)
{
    assert(prefix->n >= 0 && prefix->n < CELL_EDGES);
    return edge_names[prefix->n];
}

static const char *cell_option_name(const struct architecture *prefix, int option)
{
    (void)prefix;
    assert(option >= 0 && option < CELL_OPERATIONS);
    return cell_operations[option];
}

static uint64_t cell_index(const struct architecture *architecture)
{
    uint64_t index = 0;
    for (int i = 0; i < CELL_EDGES; i++)
        index = index * CELL_OPERATIONS + architecture->decision[i];
    return index;
}

static void cell_from_index(uint64_t index, struct architecture *architecture)
{
    *architecture = (struct architecture){.n = CELL_EDGES};
    for (int i = CELL_EDGES - 1; i >= 0; i--) {
        architecture->decision[i] = (unsigned char)(index % CELL_OPERATIONS);
        index /= CELL_OPERATIONS;
    }
}

/* Strings: |op~0|+|op~0|op~1|+|op~0|op~1|op~2| ------------------------------------------------- */

/* An edge's string begins its node's group. */
static bool begins_group(int edge)
{
    return cell_edges[edge].from == 0;
}

static void cell_print(const struct architecture *architecture, char text[ARCHITECTURE_TEXT])
{
    size_t used = 0;
    for (int i = 0; i < CELL_EDGES; i++) {
        const char *opening = i == 0 ? "|" : begins_group(i) ? "+|" : "";
        used += (size_t)snprintf(text + used, ARCHITECTURE_TEXT - used, "%s%s~%d|", opening,
                                 cell_operations[architecture->decision[i]], cell_edges[i].from);
    }
}

static int parse_operation(struct string_place *at, unsigned char *operation, struct error *error)
{
    size_t length = strcspn(at->place, "~|+");
    for (int i = 0; i < CELL_OPERATIONS; i++) {
        if (strlen(cell_operations[i]) == length &&
            strncmp(at->place, cell_operations[i], length) == 0) {
            *operation = (unsigned char)i;
            at->place += length;
            return 0;
        }
    }
    char what[64];
    (void)snprintf(what, sizeof what, "unknown operation \"%.*s\"", length > 32 ? 32 : (int)length,
                   at->place);
    return string_fail(
        at, what, ": one of none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3", error);
}

static int cell_parse(const char *text, struct architecture *architecture, struct error *error)
{
    struct architecture read = {.n = CELL_EDGES};
    struct string_place at = {.text = text, .place = text, .ends = "+"};
    int status = 0;
    for (int i = 0; i < CELL_EDGES; i++) {
        char from[8];
        (void)snprintf(from, sizeof from, "~%d|", cell_edges[i].from);
        if (begins_group(i))
            status = string_word(&at, i == 0 ? "|" : "+|", error);
        if (!status)
            status = parse_operation(&at, &read.decision[i], error);
        if (!status)
            status = string_word(&at, from, error);
        if (status)
            return status;
    }
    if (*at.place)
        return string_fail(&at, "expected the end", "", error);
    *architecture = read;
    return 0;
}

/* Graph: NAS-Bench-201's inference network ----------------------------------------------------- */

static int skeleton_check(const struct skeleton *skeleton, struct error *error)
{
    const struct skeleton *s = skeleton;
    if (s->stem_stride != 1 && s->stem_stride != 2)
        return error_set(error, ERROR_ARGUMENT, "cell: stem_stride = %d: must be 1 or 2",
                         s->stem_stride);
    int multiple = s->stem_stride << (STAGES - 1);
    if (s->input_size < multiple || s->input_size % multiple)
        return error_set(
            error, ERROR_ARGUMENT,
            "cell: input of %d pixels: must be a multiple of %d (it is halved %d times)",
            s->input_size, multiple, STAGES - 2 + s->stem_stride);
    if (s->input_channels < 1 || s->channels < 1 || s->cells < 1 || s->classes < 1)
        return error_set(error, ERROR_ARGUMENT,
                         "cell: input_channels = %d, channels = %d, cells = %d, classes = %d: each "
                         "must be at least 1",
                         s->input_channels, s->channels, s->cells, s->classes);
    return 0;
}

static int relu_conv_bn(struct graph *graph, int input, int channels, int kernel, int stride)
{
    int relu = graph_relu(graph, input);
    int conv = graph_conv(graph, relu, channels, kernel, stride, kernel / 2, 1, 1);
    return graph_batch_norm(graph, conv, true);
}

/* One cell being built: ReLUs of a node are one node, made when first needed. */
struct cell {
    struct graph *graph;
    int channels;
    bool affine;          /* batch norms of its edges have gain and offset */
    int node[CELL_NODES]; /* graph nodes */
    int relu[CELL_NODES]; /* graph nodes, -1: not made */
};

static int cell_conv(struct cell *cell, int from, int kernel)
{
    if (cell->relu[from] < 0)
        cell->relu[from] = graph_relu(cell->graph, cell->node[from]);
    int conv =
        graph_conv(cell->graph, cell->relu[from], cell->channels, kernel, 1, kernel / 2, 1, 1);
    return graph_batch_norm(cell->graph, conv, cell->affine);
}

static int cell_operation(struct cell *cell, int from, enum cell_operation operation)
{
    switch (operation) {
    case CELL_NONE:
        return graph_zero(cell->graph, cell->node[from], 1);
    case CELL_SKIP_CONNECT:
        return cell->node[from];
    case CELL_CONV_1X1:
        return cell_conv(cell, from, 1);
    case CELL_CONV_3X3:
        return cell_conv(cell, from, 3);
    case CELL_AVG_POOL_3X3:
        return graph_pool(cell->graph, OP_AVG_POOL, cell->node[from], 3, 1, 1);
    }
    assert(!"an operation of the cell");
    return 0;
}

/* The nodes that an edge makes get `layer` = 6 x (number of the cell in the network) + edge; a
 * node's ReLU and sum, which no edge owns alone, count as skeleton. */
static void mark_layer(struct graph *graph, int first, int layer)
{
    for (int i = first; i < graph->nodes && !graph->failed; i++)
        if (graph->node[i].op != OP_RELU)
            graph->node[i].layer = layer;
}

static struct cell cell_begin(struct graph *graph, int input, int channels, bool affine)
{
    return (struct cell){.graph = graph,
                         .channels = channels,
                         .affine = affine,
                         .node = {input},
                         .relu = {-1, -1, -1, -1}};
}

static int append_cell(struct graph *graph, int input, int channels, int number,
                       const struct architecture *architecture)
{
    struct cell cell = cell_begin(graph, input, channels, true);
    for (int to = 1, edge = 0; to < CELL_NODES; to++) {
        int terms[CELL_NODES];
        for (int from = 0; from < to; from++, edge++) {
            int first = graph->nodes;
            terms[from] = cell_operation(&cell, from, architecture->decision[edge]);
            mark_layer(graph, first, number * CELL_EDGES + edge);
        }
        cell.node[to] = graph_sum(graph, terms, to);
    }
    return cell.node[CELL_NODES - 1];
}

/* A cell with every operation on every edge, each a term of its option; `none` has none. All cells make
 * the same choices, with weights of their own. Gains would absorb the weights of a mixture: there are
 * none (Liu et al., DARTS, ICLR 2019, appendix A.1.1). */
static int append_choices(struct choice_graph *choices, int input, int channels)
{
    struct cell cell = cell_begin(&choices->graph, input, channels, false);
    for (int to = 1, edge = 0; to < CELL_NODES; to++) {
        int terms[CELL_NODES * CELL_OPERATIONS], n = 0;
        for (int from = 0; from < to; from++, edge++)
            for (int o = CELL_NONE + 1; o < CELL_OPERATIONS; o++)
                terms[n++] = choice_term(
                    choices, cell_operation(&cell, from, (enum cell_operation)o), edge, o);
        cell.node[to] = graph_sum(&choices->graph, terms, n);
    }
    return cell.node[CELL_NODES - 1];
}

/* The published ResNet basic block of stride 2 between stages. */
static int append_reduction(struct graph *graph, int input, int channels)
{
    int main = relu_conv_bn(graph, input, channels, 3, 2);
    main = relu_conv_bn(graph, main, channels, 3, 1);
    int shortcut = graph_pool(graph, OP_AVG_POOL, input, 2, 2, 0);
    shortcut = graph_conv(graph, shortcut, channels, 1, 1, 0, 1, 1);
    return graph_sum(graph, (int[]){shortcut, main}, 2);
}

/* The network whose cells are those of an architecture or else, in `choices`, of all. */
static int append_network(struct graph *out, const struct skeleton *skeleton,
                          const struct architecture *architecture, struct choice_graph *choices,
                          struct error *error)
{
    int x = graph_input(out, skeleton->input_channels, skeleton->input_size, skeleton->input_size);
    x = graph_conv(out, x, skeleton->channels, 3, skeleton->stem_stride, 1, 1, 1);
    x = graph_batch_norm(out, x, true);
    for (int stage = 0, number = 0; stage < STAGES; stage++) {
        int channels = skeleton->channels << stage;
        if (stage > 0)
            x = append_reduction(out, x, channels);
        for (int i = 0; i < skeleton->cells; i++)
            x = choices ? append_choices(choices, x, channels)
                        : append_cell(out, x, channels, number++, architecture);
    }
    x = graph_batch_norm(out, x, true);
    x = graph_relu(out, x);
    x = graph_global_pool(out, x);
    (void)graph_linear(out, x, skeleton->classes);
    return out->failed ? error_set(error, ERROR_MEMORY, "cell: graph: out of memory") : 0;
}

static int cell_graph(const struct architecture *architecture, const struct skeleton *skeleton,
                      struct graph *out, struct error *error)
{
    int status = skeleton_check(skeleton, error);
    return status ? status : append_network(out, skeleton, architecture, NULL, error);
}

static int cell_choices(const struct skeleton *skeleton, struct choice_graph *out,
                        struct error *error)
{
    int status = skeleton_check(skeleton, error);
    if (status)
        return status;
    for (int i = 0; i < CELL_EDGES; i++)
        (void)choice_append(out, edge_names[i], CELL_OPERATIONS);
    return append_network(&out->graph, skeleton, NULL, out, error);
}

/* Cost as the publication counts it ------------------------------------------------------------ */

struct count {
    uint64_t macs, params;
};

/* A square convolution with output side `size`; with or without a batch norm behind it. */
static void count_conv(struct count *count, uint64_t in, uint64_t out, uint64_t kernel,
                       uint64_t size, uint64_t times, bool norm)
{
    uint64_t weights = in * out * kernel * kernel;
    count->macs += times * weights * size * size;
    count->params += times * (weights + (norm ? 2 * out : 0));
}

/* Convolutions of all edges, dead ones too, and the linear layer with its bias, which counts as one
 * multiply-accumulate a class; pooling, batch norm, ReLU and sums count nothing. */
static void cell_published_cost(const struct architecture *architecture,
                                const struct skeleton *skeleton, uint64_t *macs, uint64_t *params)
{
    struct count count = {0, 0};
    uint64_t uses[CELL_OPERATIONS] = {0};
    for (int i = 0; i < CELL_EDGES; i++)
        uses[architecture->decision[i]]++;
    uint64_t c = (uint64_t)skeleton->channels, classes = (uint64_t)skeleton->classes;
    uint64_t size = (uint64_t)(skeleton->input_size / skeleton->stem_stride);
    uint64_t cells = (uint64_t)skeleton->cells;
    count_conv(&count, (uint64_t)skeleton->input_channels, c, 3, size, 1, true);
    for (int stage = 0; stage < STAGES; stage++) {
        if (stage > 0) {
            c *= 2;
            size /= 2;
            count_conv(&count, c / 2, c, 3, size, 1, true);
            count_conv(&count, c, c, 3, size, 1, true);
            count_conv(&count, c / 2, c, 1, size, 1, false);
        }
        count_conv(&count, c, c, 1, size, cells * uses[CELL_CONV_1X1], true);
        count_conv(&count, c, c, 3, size, cells * uses[CELL_CONV_3X3], true);
    }
    *macs = count.macs + c * classes + classes;
    *params = count.params + 2 * c + c * classes + classes;
}

const struct space space_cell = {
    .name = "cell",
    .title = "NAS-Bench-201 topology: 4 nodes, 6 edges, 5 operations",
    .source = "Dong and Yang, NAS-Bench-201: Extending the Scope of Reproducible Neural "
              "Architecture Search, ICLR 2020",
    .count = NB201_ARCHITECTURES,
    .decisions_max = CELL_EDGES,
    .skeleton = {.input_channels = 3,
                 .input_size = 32,
                 .classes = 10,
                 .channels = 16,
                 .cells = 5,
                 .stem_stride = 1},
    .options = cell_options,
    .decision_name = cell_decision_name,
    .option_name = cell_option_name,
    .index = cell_index,
    .from_index = cell_from_index,
    .print = cell_print,
    .parse = cell_parse,
    .graph = cell_graph,
    .choices = cell_choices,
    .published_cost = cell_published_cost,
    .published_order = nb201_order,
    .published_class = nb201_class,
};
