#include "spaces/macro.h"
#include "spaces/space.h"
#include "spaces/string.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const int macro_stage_layers[MACRO_STAGES] = {2, 3, 3};

static const char *const operation_names[MACRO_OPERATIONS] = {"identity", "mb3_k3", "mb6_k5"};

/* Of the MobileNetV2 blocks. */
static const struct {
    int expansion, kernel;
} blocks[MACRO_OPERATIONS] = {[MACRO_MB3_K3] = {3, 3}, [MACRO_MB6_K5] = {6, 5}};

/* Channels before the global pool for each channel of the stem: the benchmark has 1280 and 32. */
enum { HEAD = 40 };

/* Decisions and index ------------------------------------------------------------------------- */

static int macro_options(const struct architecture *prefix)
{
    return prefix->n < MACRO_LAYERS ? MACRO_OPERATIONS : 0;
}

static const char *macro_decision_name(const struct architecture *prefix)
{
    static const char *const names[MACRO_LAYERS] = {"layer 1", "layer 2", "layer 3", "layer 4",
                                                    "layer 5", "layer 6", "layer 7", "layer 8"};
    assert(prefix->n >= 0 && prefix->n < MACRO_LAYERS);
    return names[prefix->n];
}

static const char *macro_option_name(const struct architecture *prefix, int option)
{
    (void)prefix;
    assert(option >= 0 && option < MACRO_OPERATIONS);
    return operation_names[option];
}

static uint64_t macro_index(const struct architecture *architecture)
{
    uint64_t index = 0;
    for (int i = 0; i < MACRO_LAYERS; i++)
        index = index * MACRO_OPERATIONS + architecture->decision[i];
    return index;
}

static void macro_from_index(uint64_t index, struct architecture *architecture)
{
    *architecture = (struct architecture){.n = MACRO_LAYERS};
    for (int i = MACRO_LAYERS - 1; i >= 0; i--) {
        architecture->decision[i] = (unsigned char)(index % MACRO_OPERATIONS);
        index /= MACRO_OPERATIONS;
    }
}

/* Strings: 22212220 ---------------------------------------------------------------------------- */

static void macro_print(const struct architecture *architecture, char text[ARCHITECTURE_TEXT])
{
    for (int i = 0; i < MACRO_LAYERS; i++)
        text[i] = (char)('0' + architecture->decision[i]);
    text[MACRO_LAYERS] = '\0';
}

static int macro_parse(const char *text, struct architecture *architecture, struct error *error)
{
    struct architecture read = {.n = MACRO_LAYERS};
    struct string_place at = {.text = text, .place = text, .ends = ""};
    for (int i = 0; i < MACRO_LAYERS; i++, at.place++) {
        if (*at.place < '0' || *at.place >= '0' + MACRO_OPERATIONS)
            return string_fail(&at, "expected 0, 1 or 2", "", error);
        read.decision[i] = (unsigned char)(*at.place - '0');
    }
    if (*at.place)
        return string_fail(&at, "expected the end", "", error);
    *architecture = read;
    return 0;
}

/* Graph: the benchmark's network --------------------------------------------------------------- */

static int skeleton_check(const struct skeleton *s, struct error *error)
{
    int multiple = 1 << MACRO_STAGES;
    if (s->input_size < multiple || s->input_size % multiple)
        return error_set(
            error, ERROR_ARGUMENT,
            "macro: input of %d pixels: must be a multiple of %d (it is halved %d times)",
            s->input_size, multiple, MACRO_STAGES);
    if (s->input_channels < 1 || s->channels < 1 || s->classes < 1)
        return error_set(error, ERROR_ARGUMENT,
                         "macro: input_channels = %d, channels = %d, classes = %d: each must be at "
                         "least 1",
                         s->input_channels, s->channels, s->classes);
    return 0;
}

static int conv_bn(struct graph *graph, int input, int channels, int kernel, int stride, int groups)
{
    int conv = graph_conv(graph, input, channels, kernel, stride, kernel / 2, 1, groups);
    return graph_batch_norm(graph, conv, true);
}

/* Sandler et al., MobileNetV2, CVPR 2018, Figure 4, with ReLU in place of ReLU6 as the benchmark
 * has it: expand, depthwise, project; its input added where the shapes are one. */
static int append_block(struct graph *graph, int input, int in, int out, int stride,
                        enum macro_operation operation)
{
    int hidden = in * blocks[operation].expansion;
    int x = graph_relu(graph, conv_bn(graph, input, hidden, 1, 1, 1));
    x = graph_relu(graph, conv_bn(graph, x, hidden, blocks[operation].kernel, stride, hidden));
    x = conv_bn(graph, x, out, 1, 1, 1);
    return stride == 1 && in == out ? graph_sum(graph, (int[]){x, input}, 2) : x;
}

static int append_layer(struct graph *graph, int input, int in, int out, int stride,
                        enum macro_operation operation)
{
    if (operation != MACRO_IDENTITY)
        return append_block(graph, input, in, out, stride, operation);
    return stride == 1 ? input : conv_bn(graph, input, out, 1, stride, 1);
}

static void mark_layer(struct graph *graph, int first, int layer)
{
    for (int i = first; i < graph->nodes && !graph->failed; i++)
        graph->node[i].layer = layer;
}

static int macro_graph(const struct architecture *architecture, const struct skeleton *skeleton,
                       struct graph *out, struct error *error)
{
    int status = skeleton_check(skeleton, error), channels = skeleton->channels;
    if (status)
        return status;
    int x = graph_input(out, skeleton->input_channels, skeleton->input_size, skeleton->input_size);
    x = graph_relu(out, conv_bn(out, x, channels, 3, 1, 1));
    for (int stage = 0, layer = 0; stage < MACRO_STAGES; stage++, channels *= 2)
        for (int i = 0; i < macro_stage_layers[stage]; i++, layer++) {
            int first = out->nodes;
            x = append_layer(out, x, i ? 2 * channels : channels, 2 * channels, i ? 1 : 2,
                             (enum macro_operation)architecture->decision[layer]);
            mark_layer(out, first, layer);
        }
    x = graph_relu(out, conv_bn(out, x, HEAD * skeleton->channels, 1, 1, 1));
    x = graph_global_pool(out, x);
    (void)graph_linear(out, x, skeleton->classes);
    return out->failed ? error_set(error, ERROR_MEMORY, "macro: graph: out of memory") : 0;
}

/* Cost as the publication counts it ------------------------------------------------------------ */

struct count {
    uint64_t macs, params;
};

/* A convolution and the batch norm behind it, with output side `size`; `in` channels read by each
 * output channel. */
static void count_conv(struct count *count, uint64_t in, uint64_t out, uint64_t kernel,
                       uint64_t size)
{
    uint64_t weights = in * out * kernel * kernel;
    count->macs += weights * size * size;
    count->params += weights + 2 * out;
}

/* `size`: side of the layer's output. */
static void count_layer(struct count *count, uint64_t in, uint64_t out, uint64_t stride,
                        uint64_t size, enum macro_operation operation)
{
    uint64_t hidden = in * (uint64_t)blocks[operation].expansion;
    if (operation == MACRO_IDENTITY && stride == 2)
        count_conv(count, in, out, 1, size);
    if (operation == MACRO_IDENTITY)
        return;
    count_conv(count, in, hidden, 1, size * stride);
    count_conv(count, 1, hidden, (uint64_t)blocks[operation].kernel, size);
    count_conv(count, hidden, out, 1, size);
}

/* Convolutions and the linear layer without its bias; batch norm, ReLU, pooling and sums count
 * nothing. */
static void macro_published_cost(const struct architecture *architecture,
                                 const struct skeleton *skeleton, uint64_t *macs, uint64_t *params)
{
    struct count count = {0, 0};
    uint64_t c = (uint64_t)skeleton->channels, classes = (uint64_t)skeleton->classes;
    uint64_t size = (uint64_t)skeleton->input_size, head = HEAD * c;
    count_conv(&count, (uint64_t)skeleton->input_channels, c, 3, size);
    for (int stage = 0, layer = 0; stage < MACRO_STAGES; stage++, c *= 2) {
        size /= 2;
        for (int i = 0; i < macro_stage_layers[stage]; i++, layer++)
            count_layer(&count, i ? 2 * c : c, 2 * c, i ? 1 : 2, size,
                        (enum macro_operation)architecture->decision[layer]);
    }
    count_conv(&count, c, head, 1, size);
    *macs = count.macs + head * classes;
    *params = count.params + head * classes + classes;
}

const struct space space_macro = {
    .name = "macro",
    .title = "NAS-Bench-Macro: 8 layers in 3 stages, each identity or one of 2 MobileNetV2 blocks",
    .source =
        "Su et al., Prioritized Architecture Sampling with Monto-Carlo Tree Search, CVPR 2021",
    .count = MACRO_ARCHITECTURES,
    .decisions_max = MACRO_LAYERS,
    .skeleton = {.input_channels = 3, .input_size = 32, .classes = 10, .channels = 32},
    .options = macro_options,
    .decision_name = macro_decision_name,
    .option_name = macro_option_name,
    .index = macro_index,
    .from_index = macro_from_index,
    .print = macro_print,
    .parse = macro_parse,
    .graph = macro_graph,
    .published_cost = macro_published_cost,
};
