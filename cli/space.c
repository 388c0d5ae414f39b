/* nasbed space: what can be searched, listed or shown one by one. */
#include "cli/command.h"

#include "base/text.h"
#include "spaces/space.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    bool csv, whole;
    char order[OPTION_TEXT_SIZE];
    int channels, cells, input, classes, input_channels, stem_stride; /* 0: the space's own */
};

/* Declared before its parts, which fail in its name. */
extern const struct command command_space;

static const struct option_row options[] = {
    {"csv", OPTION_FLAG, offsetof(struct settings, csv), "no", 0, 0,
     "list: comma-separated values with a header line", NULL},
    {"order", OPTION_TEXT, offsetof(struct settings, order), "own", 0, 0,
     "list: rows and index as nasbed numbers them (own) or as the benchmark does (published)",
     NULL},
    {"whole", OPTION_FLAG, offsetof(struct settings, whole), "no", 0, 0,
     "show: the graph before simplification, dead edges included", NULL},
    {"channels", OPTION_INT, offsetof(struct settings, channels), "0", 0, 4096,
     "channels of the first stage (cell), block (chain) or stem (macro); 0 here and below: the "
     "space's "
     "own",
     NULL},
    {"cells", OPTION_INT, offsetof(struct settings, cells), "0", 0, 100, "cells a stage", NULL},
    {"input", OPTION_INT, offsetof(struct settings, input), "0", 0, 1024,
     "side of an image in pixels", NULL},
    {"classes", OPTION_INT, offsetof(struct settings, classes), "0", 0, 100000,
     "classes to tell apart", NULL},
    {"input-channels", OPTION_INT, offsetof(struct settings, input_channels), "0", 0, 4096,
     "channels of an image", NULL},
    {"stem-stride", OPTION_INT, offsetof(struct settings, stem_stride), "0", 0, 2,
     "stride of the first convolution", NULL},
    {.name = NULL}};

/* FLOPs of training on one image: forward and two backward products, two a multiply-accumulate. */
enum { FLOPS_OF_MAC = 2 * 3 };

static void use_if_given(int *field, int given)
{
    if (given)
        *field = given;
}

static struct skeleton skeleton_of(const struct space *space, const struct settings *settings)
{
    struct skeleton skeleton = space->skeleton;
    use_if_given(&skeleton.channels, settings->channels);
    use_if_given(&skeleton.cells, settings->cells);
    use_if_given(&skeleton.input_size, settings->input);
    use_if_given(&skeleton.classes, settings->classes);
    use_if_given(&skeleton.input_channels, settings->input_channels);
    use_if_given(&skeleton.stem_stride, settings->stem_stride);
    return skeleton;
}

/* List ----------------------------------------------------------------------------------------- */

/* order[k]: our index of the architecture in row k. */
static int find_order(const struct space *space, const char *name, uint32_t *order,
                      struct error *error)
{
    if (strcmp(name, "own") == 0) {
        for (uint32_t i = 0; i < space->count; i++)
            order[i] = i;
        return 0;
    }
    if (strcmp(name, "published") != 0)
        return error_set(error, ERROR_ARGUMENT, "order = %s: must be own or published", name);
    if (!space->published_order)
        return error_set(error, ERROR_ARGUMENT, "order = published: no benchmark numbers %s",
                         space->name);
    space->published_order(order);
    return 0;
}

static void list_rows(const struct space *space, const struct isomorphs *isomorphs,
                      const uint32_t *order, bool csv)
{
    char text[ARCHITECTURE_TEXT], canonical[DIGEST_TEXT];
    struct architecture architecture;
    if (csv)
        (void)printf("index,architecture,canonical,params,macs,train_flops\n");
    else
        (void)printf("%6s  %-32s %10s %14s %16s  %s\n", "index", "canonical", "params", "macs",
                     "train_flops", "architecture");
    for (uint32_t k = 0; k < isomorphs->count; k++) {
        uint32_t i = order[k], class = isomorphs->class_of[i];
        uint64_t flops = FLOPS_OF_MAC * isomorphs->train_macs[class];
        space->from_index(i, &architecture);
        space->print(&architecture, text);
        digest_print(isomorphs->canonical[class], canonical);
        if (csv)
            (void)printf("%" PRIu32 ",%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", k, text,
                         canonical, isomorphs->params[i], isomorphs->macs[i], flops);
        else
            (void)printf("%6" PRIu32 "  %-32s %10" PRIu64 " %14" PRIu64 " %16" PRIu64 "  %s\n", k,
                         canonical, isomorphs->params[i], isomorphs->macs[i], flops, text);
    }
}

static int list(const struct space *space, const struct settings *settings, struct error *error)
{
    struct skeleton skeleton = skeleton_of(space, settings);
    struct isomorphs isomorphs = {0};
    uint32_t *order = calloc((size_t)space->count, sizeof *order);
    int status = 0;
    if (!order)
        status = error_set(error, ERROR_MEMORY, "list: out of memory");
    if (!status)
        status = find_order(space, settings->order, order, error);
    if (!status)
        status = isomorphs_init(&isomorphs, space, &skeleton, error);
    if (!status) {
        list_rows(space, &isomorphs, order, settings->csv);
        status = command_flush(error);
    }
    isomorphs_free(&isomorphs);
    free(order);
    return status;
}

/* Show ----------------------------------------------------------------------------------------- */

static int show_names(const struct space *space, const struct architecture *architecture,
                      struct error *error)
{
    char text[ARCHITECTURE_TEXT];
    uint64_t index = space->index(architecture);
    space->print(architecture, text);
    (void)printf("architecture  %s\nspace         %s (%s)\nindex         %" PRIu64 "\n", text,
                 space->name, space->title, index);
    if (space->published_order) {
        uint32_t *order = calloc((size_t)space->count, sizeof *order), k = 0;
        if (!order)
            return error_set(error, ERROR_MEMORY, "show: out of memory");
        space->published_order(order);
        while (order[k] != index)
            k++;
        (void)printf("published     index %" PRIu32 " of the benchmark\n", k);
        free(order);
    }
    if (space->published_class) {
        space->published_class(architecture, text);
        (void)printf("              class %s\n", text);
    }
    struct architecture prefix = *architecture;
    for (prefix.n = 0; prefix.n < architecture->n; prefix.n++)
        (void)printf("%-13s %-14s %s\n", prefix.n ? "" : "decisions", space->decision_name(&prefix),
                     space->option_name(&prefix, architecture->decision[prefix.n]));
    return 0;
}

static int show_neighbours(const struct space *space, const struct architecture *architecture,
                           struct error *error)
{
    enum { NEIGHBOURS_MOST = ARCHITECTURE_MAX * UCHAR_MAX };
    struct architecture *neighbours = calloc(NEIGHBOURS_MOST, sizeof *neighbours);
    if (!neighbours)
        return error_set(error, ERROR_MEMORY, "show: out of memory");
    (void)printf("neighbours    %d\n",
                 architecture_neighbours(space, architecture, neighbours, NEIGHBOURS_MOST));
    free(neighbours);
    return 0;
}

/* One line a function-preserving move; none where the space has none. */
static int show_moves(const struct space *space, const struct architecture *architecture,
                      struct error *error)
{
    enum { MOVES_MOST = 256 };
    struct space_move *moves = calloc(MOVES_MOST, sizeof *moves);
    if (!moves)
        return error_set(error, ERROR_MEMORY, "show: out of memory");
    int n = space->moves ? space->moves(architecture, moves, MOVES_MOST) : 0;
    for (int i = 0; i < n; i++) {
        char text[ARCHITECTURE_TEXT];
        space->print(&moves[i].to, text);
        (void)printf("%-13s %-7s layer %-7d %s\n", i ? "" : "moves", move_name(moves[i].kind),
                     moves[i].layer, text);
    }
    free(moves);
    return 0;
}

static int show_cost(const struct space *space, const struct skeleton *skeleton,
                     const struct architecture *architecture, struct error *error)
{
    struct cost cost;
    int status = architecture_cost(space, skeleton, architecture, &cost, error);
    if (status)
        return status;
    (void)printf("skeleton      channels %d", skeleton->channels);
    if (space->skeleton.cells)
        (void)printf(", cells %d", skeleton->cells);
    if (space->skeleton.stem_stride)
        (void)printf(", stem stride %d", skeleton->stem_stride);
    (void)printf(", input %d x %d x %d, classes %d\n", skeleton->input_channels,
                 skeleton->input_size, skeleton->input_size, skeleton->classes);
    (void)printf("params        %" PRIu64 "%s\n", cost.params,
                 space->published_order ? "  as published" : "");
    (void)printf("macs          %" PRIu64 "  an image%s\n", cost.macs,
                 space->published_order ? ", as published" : "");
    (void)printf("train_flops   %" PRIu64 "  an image: 6 x the %" PRIu64
                 " MACs of what is trained\n",
                 FLOPS_OF_MAC * cost.train_macs, cost.train_macs);
    return 0;
}

/* Classes are the same however often cells repeat, so they are found with one cell a stage. */
static int show_class(const struct space *space, const struct skeleton *skeleton,
                      const struct architecture *architecture, struct error *error)
{
    struct isomorphs isomorphs;
    struct skeleton shallow = *skeleton;
    shallow.cells = shallow.cells > 1 ? 1 : shallow.cells;
    int status = isomorphs_init(&isomorphs, space, &shallow, error);
    if (status)
        return status;
    uint32_t class = isomorphs.class_of[space->index(architecture)], members = 0;
    for (uint32_t i = 0; i < isomorphs.count; i++)
        members += isomorphs.class_of[i] == class;
    struct architecture lowest;
    char text[ARCHITECTURE_TEXT];
    space->from_index(isomorphs.representative[class], &lowest);
    space->print(&lowest, text);
    (void)printf("class         %" PRIu32 " of %" PRIu32 " networks, %" PRIu32
                 " architecture%s, trained as index %" PRIu32 ": %s\n",
                 class, isomorphs.distinct, members, members == 1 ? "" : "s",
                 isomorphs.representative[class], text);
    isomorphs_free(&isomorphs);
    return 0;
}

static void show_node(const struct graph *graph, int i)
{
    const struct node *node = &graph->node[i];
    struct text inputs = {0};
    for (int k = 0; k < node->fan_in; k++)
        text_append(&inputs, "%s%d", k ? "," : "", graph->edge[node->first + k]);
    char shape[40];
    (void)snprintf(shape, sizeof shape, "%dx%dx%d", node->channels, node->rows, node->columns);
    (void)printf("  %4d  %-12s %-12s %s", i, op_name(node->op), inputs.data ? inputs.data : "-",
                 shape);
    if (node->kernel > 0)
        (void)printf("  kernel %d stride %d padding %d", node->kernel, node->stride, node->padding);
    if (node->dilation > 1)
        (void)printf(" dilation %d", node->dilation);
    if (node->groups > 1)
        (void)printf(" groups %d", node->groups);
    (void)printf("\n");
    text_free(&inputs);
}

static int show_graph(const struct space *space, const struct skeleton *skeleton,
                      const struct architecture *architecture, bool whole, struct error *error)
{
    struct graph full = {0}, simple = {0};
    struct digest digest;
    char canonical[DIGEST_TEXT];
    int status = space->graph(architecture, skeleton, &full, error);
    if (!status)
        status = graph_simplify(&full, &simple, error);
    if (!status)
        status = graph_canonical(&simple, &digest, error);
    if (!status) {
        const struct graph *graph = whole ? &full : &simple;
        digest_print(digest, canonical);
        (void)printf("canonical     %s\n\ngraph%s: %d nodes\n", canonical,
                     whole ? ", before simplification" : "", graph->nodes);
        (void)printf("  %4s  %-12s %-12s %s\n", "node", "operation", "inputs", "output");
        for (int i = 0; i < graph->nodes; i++)
            show_node(graph, i);
    }
    graph_free(&simple);
    graph_free(&full);
    return status;
}

static int show(const struct space *space, const char *word, const struct settings *settings,
                struct error *error)
{
    struct skeleton skeleton = skeleton_of(space, settings);
    struct architecture architecture;
    int status = architecture_read(space, word, &architecture, error);
    if (!status)
        status = show_names(space, &architecture, error);
    if (!status)
        status = show_neighbours(space, &architecture, error);
    if (!status)
        status = show_moves(space, &architecture, error);
    if (!status)
        status = show_cost(space, &skeleton, &architecture, error);
    if (!status)
        status = show_class(space, &skeleton, &architecture, error);
    if (!status)
        status = show_graph(space, &skeleton, &architecture, settings->whole, error);
    return status ? status : command_flush(error);
}

/* Command -------------------------------------------------------------------------------------- */

static int act(char **word, int words, const struct settings *settings, struct error *error)
{
    bool lists = words >= 1 && strcmp(word[0], "list") == 0;
    if (words >= 1 && !lists && strcmp(word[0], "show") != 0)
        return error_set(error, ERROR_ARGUMENT, "unknown action \"%s\": list or show", word[0]);
    if (words != (lists ? 2 : 3))
        return error_set(error, ERROR_ARGUMENT,
                         "expected `list SPACE` or `show SPACE ARCHITECTURE`");
    const struct space *space = space_find(word[1], error);
    if (!space)
        return error->code;
    return lists ? list(space, settings, error) : show(space, word[2], settings, error);
}

static int run(int argc, char **argv)
{
    struct settings settings;
    struct error error;
    int words;
    int code = command_parse(&command_space, &settings, argc, argv, 3, &words);
    if (code >= 0)
        return code;
    return act(argv + 1, words, &settings, &error) ? command_fail(&command_space, &error)
                                                   : EXIT_DONE;
}

const struct command command_space = {
    .name = "space",
    .summary = "list the architectures of a space, or show one: names, cost, class, graph",
    .usage =
        "space list SPACE [--csv] [options]\n"
        "       nasbed space show SPACE ARCHITECTURE [options]\n\n"
        "ARCHITECTURE is a string or an index. Columns of list: index, architecture, canonical\n"
        "(equal where two are one network), params and macs as the benchmark counts them (of the\n"
        "whole graph, where there is none), and train_flops: FLOPs of one image forward and\n"
        "backward, 2 x 3 x the multiply-accumulates of the simplified graph.",
    .examples =
        "  nasbed space list cell --csv\n"
        "  nasbed space list cell --csv --order published\n"
        "  nasbed space list cell --channels 8 --cells 1 --stem-stride 2\n"
        "  nasbed space list chain\n"
        "  nasbed space show cell 1462\n"
        "  nasbed space show chain w:3/4w:3-5/4w:5-3+skip\n"
        "  nasbed space show cell "
        "'|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|nor_conv_1x1~2|'\n",
    .options = options,
    .run = run,
};
