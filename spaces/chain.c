#include "spaces/chain.h"
#include "spaces/choice.h"
#include "spaces/string.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Decisions of a block, in order; a block of one layer ends after KERNEL_1. */
enum field { DEPTH, WIDTH, KERNEL_1, KERNEL_2, SKIP, FIELDS };

enum { FIELDS_OF_ONE = KERNEL_2, CODES_OF_ONE = 4 }; /* of a block of one layer */

static const char *const width_names[CHAIN_BLOCKS][2] = {{"w", "2w"}, {"2w", "4w"}, {"4w", "8w"}};
static const char *const kernel_names[2] = {"3", "5"};

/* Decisions and index ------------------------------------------------------------------------- */

/* The decision that follows a prefix; block CHAIN_BLOCKS: none. */
struct place {
    int block;
    enum field field;
};

static struct place place_of(const struct architecture *prefix)
{
    struct place place = {0, DEPTH};
    int first = 0;
    for (; place.block < CHAIN_BLOCKS && first < prefix->n; place.block++) {
        int fields = prefix->decision[first] ? FIELDS : FIELDS_OF_ONE;
        if (prefix->n < first + fields) {
            place.field = (enum field)(prefix->n - first);
            return place;
        }
        first += fields;
    }
    return place;
}

static int chain_options(const struct architecture *prefix)
{
    return place_of(prefix).block < CHAIN_BLOCKS ? 2 : 0;
}

static const char *const field_names[CHAIN_BLOCKS][FIELDS] = {
    {"depth 1", "width 1", "kernel 1.1", "kernel 1.2", "skip 1"},
    {"depth 2", "width 2", "kernel 2.1", "kernel 2.2", "skip 2"},
    {"depth 3", "width 3", "kernel 3.1", "kernel 3.2", "skip 3"}};

static const char *chain_decision_name(const struct architecture *prefix)
{
    struct place place = place_of(prefix);
    assert(place.block < CHAIN_BLOCKS);
    return field_names[place.block][place.field];
}

static const char *chain_option_name(const struct architecture *prefix, int option)
{
    static const char *const depths[2] = {"1", "2"}, *const skips[2] = {"no", "yes"};
    struct place place = place_of(prefix);
    assert(place.block < CHAIN_BLOCKS && option >= 0 && option < 2);
    const char *const *names[FIELDS] = {depths, width_names[place.block], kernel_names,
                                        kernel_names, skips};
    return names[place.field][option];
}

void chain_blocks(const struct architecture *architecture, struct chain_block block[CHAIN_BLOCKS])
{
    const unsigned char *d = architecture->decision;
    for (int b = 0; b < CHAIN_BLOCKS; b++) {
        block[b] = (struct chain_block){
            .layers = 1 + d[DEPTH], .wide = d[WIDTH], .kernel = {3 + 2 * d[KERNEL_1]}};
        if (d[DEPTH]) {
            block[b].kernel[1] = 3 + 2 * d[KERNEL_2];
            block[b].skip = d[SKIP];
        }
        d += d[DEPTH] ? FIELDS : FIELDS_OF_ONE;
    }
}

void chain_architecture(const struct chain_block block[CHAIN_BLOCKS],
                        struct architecture *architecture)
{
    *architecture = (struct architecture){.n = 0};
    for (int b = 0; b < CHAIN_BLOCKS; b++) {
        unsigned char *d = architecture->decision + architecture->n;
        d[DEPTH] = block[b].layers == 2;
        d[WIDTH] = block[b].wide;
        d[KERNEL_1] = block[b].kernel[0] == 5;
        if (block[b].layers == 2) {
            d[KERNEL_2] = block[b].kernel[1] == 5;
            d[SKIP] = block[b].skip;
        }
        architecture->n += block[b].layers == 2 ? FIELDS : FIELDS_OF_ONE;
    }
}

/* Lexicographic: the blocks of one layer come first. */
static int code_of(const struct chain_block *block)
{
    int code = 2 * block->wide + (block->kernel[0] == 5);
    if (block->layers == 1)
        return code;
    return CODES_OF_ONE + 4 * code + 2 * (block->kernel[1] == 5) + block->skip;
}

static struct chain_block block_of(int code)
{
    bool deep = code >= CODES_OF_ONE;
    int rest = deep ? code - CODES_OF_ONE : 0, first = deep ? rest / 4 : code;
    struct chain_block block = {
        .layers = 1 + deep, .wide = first / 2, .kernel = {3 + 2 * (first % 2)}};
    if (deep) {
        block.kernel[1] = 3 + 2 * (rest / 2 % 2);
        block.skip = rest % 2;
    }
    return block;
}

static uint64_t chain_index(const struct architecture *architecture)
{
    struct chain_block block[CHAIN_BLOCKS];
    uint64_t index = 0;
    chain_blocks(architecture, block);
    for (int b = 0; b < CHAIN_BLOCKS; b++)
        index = index * CHAIN_CHOICES + (uint64_t)code_of(&block[b]);
    return index;
}

static void chain_from_index(uint64_t index, struct architecture *architecture)
{
    struct chain_block block[CHAIN_BLOCKS];
    for (int b = CHAIN_BLOCKS - 1; b >= 0; b--) {
        block[b] = block_of((int)(index % CHAIN_CHOICES));
        index /= CHAIN_CHOICES;
    }
    chain_architecture(block, architecture);
}

/* Strings: w:3/4w:3-5/4w:5-3+skip ---------------------------------------------------------------- */

static void chain_print(const struct architecture *architecture, char text[ARCHITECTURE_TEXT])
{
    struct chain_block block[CHAIN_BLOCKS];
    size_t used = 0;
    chain_blocks(architecture, block);
    for (int b = 0; b < CHAIN_BLOCKS; b++) {
        char second[16] = "";
        if (block[b].layers == 2)
            (void)snprintf(second, sizeof second, "-%d%s", block[b].kernel[1],
                           block[b].skip ? "+skip" : "");
        used += (size_t)snprintf(text + used, ARCHITECTURE_TEXT - used, "%s%s:%d%s", b ? "/" : "",
                                 width_names[b][block[b].wide], block[b].kernel[0], second);
    }
}

/* One of two words, each followed by `end`; *choice becomes which. */
static int parse_choice(struct string_place *at, const char *const words[2], const char *end,
                        int *choice, struct error *error)
{
    char what[64];
    for (*choice = 0; *choice < 2; ++*choice) {
        struct string_place after = *at;
        if (string_next(&after, words[*choice]) && string_next(&after, end)) {
            *at = after;
            return 0;
        }
    }
    (void)snprintf(what, sizeof what, "expected \"%s%s\" or \"%s%s\"", words[0], end, words[1],
                   end);
    return string_fail(at, what, "", error);
}

static int parse_kernel(struct string_place *at, int *kernel, struct error *error)
{
    int choice, status = parse_choice(at, kernel_names, "", &choice, error);
    if (!status)
        *kernel = 3 + 2 * choice;
    return status;
}

/* What comes between blocks: "/", or after the last the end. `more` is what could have stood there
 * instead, or "". */
static int parse_between(struct string_place *at, int block, const char *more, struct error *error)
{
    char what[64];
    bool last = block == CHAIN_BLOCKS - 1;
    if (last ? !*at->place : string_next(at, "/"))
        return 0;
    (void)snprintf(what, sizeof what, "expected %s%s", more, last ? "the end" : "\"/\"");
    return string_fail(at, what, "", error);
}

static int parse_block(struct string_place *at, int number, struct chain_block *block,
                       struct error *error)
{
    int wide, status = parse_choice(at, width_names[number], ":", &wide, error);
    *block = (struct chain_block){.layers = 1, .wide = wide};
    if (!status)
        status = parse_kernel(at, &block->kernel[0], error);
    if (status)
        return status;
    const char *more = "\"-\" or ";
    if (string_next(at, "-")) {
        block->layers = 2;
        status = parse_kernel(at, &block->kernel[1], error);
        if (status)
            return status;
        block->skip = string_next(at, "+skip");
        more = block->skip ? "" : "\"+skip\" or ";
    }
    return parse_between(at, number, more, error);
}

static int chain_parse(const char *text, struct architecture *architecture, struct error *error)
{
    struct string_place at = {.text = text, .place = text, .ends = "/"};
    struct chain_block block[CHAIN_BLOCKS];
    for (int b = 0; b < CHAIN_BLOCKS; b++) {
        int status = parse_block(&at, b, &block[b], error);
        if (status)
            return status;
    }
    chain_architecture(block, architecture);
    return 0;
}

/* Graph ----------------------------------------------------------------------------------------- */

enum {
    SHRINKS = 3
}; /* times that a block's images are half of what came in: stride and two pools */

static int skeleton_check(const struct skeleton *s, struct error *error)
{
    int multiple = 1 << SHRINKS;
    if (s->input_size < multiple || s->input_size % multiple)
        return error_set(
            error, ERROR_ARGUMENT,
            "chain: input of %d pixels: must be a multiple of %d (it is halved %d times)",
            s->input_size, multiple, SHRINKS);
    if (s->input_channels < 1 || s->channels < 1 || s->classes < 1)
        return error_set(error, ERROR_ARGUMENT,
                         "chain: input_channels = %d, width = %d, classes = %d: each must be at "
                         "least 1",
                         s->input_channels, s->channels, s->classes);
    return 0;
}

/* Channels of a block's layers: the base width doubles from block to block. */
static int block_channels(const struct skeleton *skeleton, int number,
                          const struct chain_block *block)
{
    return skeleton->channels << (number + block->wide);
}

/* Convolution, batch norm, with `skip` its input added, ReLU. */
static int append_layer(struct graph *graph, int input, int channels, int kernel, int stride,
                        bool skip, int layer)
{
    int first = graph->nodes;
    int x = graph_conv(graph, input, channels, kernel, stride, kernel / 2, 1, 1);
    x = graph_batch_norm(graph, x, true);
    if (skip)
        x = graph_sum(graph, (int[]){x, input}, 2);
    x = graph_relu(graph, x);
    for (int i = first; i < graph->nodes && !graph->failed; i++)
        graph->node[i].layer = layer;
    return x;
}

static int chain_graph(const struct architecture *architecture, const struct skeleton *skeleton,
                       struct graph *out, struct error *error)
{
    struct chain_block block[CHAIN_BLOCKS];
    int status = skeleton_check(skeleton, error);
    if (status)
        return status;
    chain_blocks(architecture, block);
    int x = graph_input(out, skeleton->input_channels, skeleton->input_size, skeleton->input_size);
    for (int b = 0; b < CHAIN_BLOCKS; b++) {
        int channels = block_channels(skeleton, b, &block[b]);
        if (b > 0)
            x = graph_pool(out, OP_MAX_POOL, x, 2, 2, 0);
        for (int i = 0; i < block[b].layers; i++)
            x = append_layer(out, x, channels, block[b].kernel[i], b + i == 0 ? 2 : 1,
                             i == 1 && block[b].skip, 2 * b + i);
    }
    x = graph_global_pool(out, x);
    (void)graph_linear(out, x, skeleton->classes);
    return out->failed ? error_set(error, ERROR_MEMORY, "chain: graph: out of memory") : 0;
}

/* Choices: those of block b are 5 b + field. ---------------------------------------------------- */

/* A block's choices. Width scales what the kernels give; the second kernel and the skip are chosen where
 * there is a second layer. */
static void append_block_choices(struct choice_graph *choices, int number)
{
    for (int field = DEPTH; field < FIELDS; field++)
        (void)choice_append(choices, field_names[number][field], 2);
    struct choice *choice = &choices->choice[number * FIELDS];
    choice[KERNEL_1].mask = choice[KERNEL_2].mask = number * FIELDS + WIDTH;
    choice[KERNEL_2].parent = choice[SKIP].parent = number * FIELDS + DEPTH;
    choice[KERNEL_2].parent_option = choice[SKIP].parent_option = 1;
}

/* A layer with either kernel, each its own convolution and batch norm without gain and offset, joined
 * before the ReLU; `skip` (the choice, -1: none) adds the input there. */
static int append_choice_layer(struct choice_graph *choices, int input, int channels, int stride,
                               int kernel, int skip)
{
    struct graph *graph = &choices->graph;
    int terms[3], n = 0;
    for (; n < 2; n++) {
        int size = 3 + 2 * n;
        int x = graph_conv(graph, input, channels, size, stride, size / 2, 1, 1);
        terms[n] = choice_term(choices, graph_batch_norm(graph, x, false), kernel, n);
    }
    if (skip >= 0)
        terms[n++] = choice_term(choices, input, skip, 1);
    return graph_relu(graph, graph_sum(graph, terms, n));
}

/* A block at its full width, and the pool behind it; the sum of what one layer and what two give. */
static int append_choice_block(struct choice_graph *choices, int input, int channels, int number)
{
    struct graph *graph = &choices->graph;
    int first = graph->nodes, choice = number * FIELDS;
    int one =
        append_choice_layer(choices, input, channels, number == 0 ? 2 : 1, choice + KERNEL_1, -1);
    int two = append_choice_layer(choices, one, channels, 1, choice + KERNEL_2, choice + SKIP);
    int terms[2] = {choice_term(choices, one, choice + DEPTH, 0),
                    choice_term(choices, two, choice + DEPTH, 1)};
    int x = graph_sum(graph, terms, 2);
    x = number < CHAIN_BLOCKS - 1 ? graph_pool(graph, OP_MAX_POOL, x, 2, 2, 0)
                                  : graph_global_pool(graph, x);
    choice_width(choices, first, choice + WIDTH);
    return x;
}

static int chain_choices(const struct skeleton *skeleton, struct choice_graph *out,
                         struct error *error)
{
    int status = skeleton_check(skeleton, error);
    if (status)
        return status;
    int x = graph_input(&out->graph, skeleton->input_channels, skeleton->input_size,
                        skeleton->input_size);
    for (int b = 0; b < CHAIN_BLOCKS; b++) {
        append_block_choices(out, b);
        x = append_choice_block(out, x, skeleton->channels << (b + 1), b);
    }
    (void)graph_linear(&out->graph, x, skeleton->classes);
    return out->graph.failed ? error_set(error, ERROR_MEMORY, "chain: graph: out of memory") : 0;
}

/* Nobody has published a count: that of the graph, in closed form. */
static void chain_cost(const struct architecture *architecture, const struct skeleton *skeleton,
                       uint64_t *macs, uint64_t *params)
{
    struct chain_block block[CHAIN_BLOCKS];
    uint64_t in = (uint64_t)skeleton->input_channels, classes = (uint64_t)skeleton->classes;
    chain_blocks(architecture, block);
    *macs = *params = 0;
    for (int b = 0; b < CHAIN_BLOCKS; b++) {
        uint64_t out = (uint64_t)block_channels(skeleton, b, &block[b]);
        uint64_t size = (uint64_t)skeleton->input_size >> (b + 1);
        for (int i = 0; i < block[b].layers; i++, in = out) {
            uint64_t kernel = (uint64_t)block[b].kernel[i], weights = in * out * kernel * kernel;
            *macs += weights * size * size;
            *params += weights + 2 * out;
        }
    }
    *macs += in * classes;
    *params += in * classes + classes;
}

/* Moves ------------------------------------------------------------------------------------------ */

struct move_list {
    struct chain_block block[CHAIN_BLOCKS]; /* of the architecture that is left */
    struct space_move *move;
    int count, capacity;
};

static void add_move(struct move_list *list, enum move_kind kind, int layer,
                     struct chain_block changed)
{
    struct chain_block block[CHAIN_BLOCKS];
    if (list->count == list->capacity)
        return;
    struct space_move *move = &list->move[list->count++];
    memcpy(block, list->block, sizeof block);
    block[layer / 2] = changed;
    *move = (struct space_move){.kind = kind, .layer = layer};
    chain_architecture(block, &move->to);
}

static void add_moves_of_block(struct move_list *list, int number)
{
    const struct chain_block *block = &list->block[number];
    struct chain_block changed = *block;
    int first = 2 * number, second = first + 1;
    changed.layers = 2;
    for (changed.kernel[1] = 3; block->layers == 1 && changed.kernel[1] <= 5;
         changed.kernel[1] += 2)
        add_move(list, MOVE_DEEPEN, second, changed);
    changed = *block;
    changed.wide = true;
    if (!block->wide)
        add_move(list, MOVE_WIDEN, first, changed);
    for (int i = 0; i < block->layers; i++) {
        changed = *block;
        changed.kernel[i] = 5;
        if (block->kernel[i] == 3)
            add_move(list, MOVE_GROW, first + i, changed);
    }
    changed = *block;
    changed.skip = true;
    if (block->layers == 2 && !block->skip)
        add_move(list, MOVE_SKIP, second, changed);
}

static int chain_moves(const struct architecture *architecture, struct space_move *out,
                       int capacity)
{
    struct move_list list = {.move = out, .capacity = capacity};
    chain_blocks(architecture, list.block);
    for (int b = 0; b < CHAIN_BLOCKS; b++)
        add_moves_of_block(&list, b);
    return list.count;
}

const struct space space_chain = {
    .name = "chain",
    .title = "global chain: 3 blocks of 1 or 2 layers, 2 widths, kernels 3 or 5, optional skips",
    .source = "Ren et al., A Comprehensive Survey of Neural Architecture Search: Challenges and "
              "Solutions, ACM Computing Surveys 54 (2021), Figure 2",
    .count = CHAIN_CHOICES * CHAIN_CHOICES * CHAIN_CHOICES,
    .decisions_max = CHAIN_BLOCKS * FIELDS,
    .skeleton = {.input_channels = 3, .input_size = 32, .classes = 10, .channels = 4},
    .options = chain_options,
    .decision_name = chain_decision_name,
    .option_name = chain_option_name,
    .index = chain_index,
    .from_index = chain_from_index,
    .print = chain_print,
    .parse = chain_parse,
    .graph = chain_graph,
    .choices = chain_choices,
    .published_cost = chain_cost,
    .moves = chain_moves,
};
