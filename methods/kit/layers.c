#include "methods/kit/layers.h"

#include <stdlib.h>
#include <string.h>

/* What a block's decisions say. */
struct block {
    int width, kernel[LAYER_DEPTH], layers;
    bool skip;
};

static int width_of(const char *name)
{
    static const char *const names[LAYER_WIDTHS] = {"w", "2w", "4w", "8w"};
    for (int i = 0; i < LAYER_WIDTHS; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}

/* One decision, by its name: "depth 1", "width 1", "kernel 1.2", "skip 1". */
static bool read_decision(const char *name, const char *option, struct block *blocks)
{
    const char *number = strchr(name, ' ');
    char *end;
    long b = number ? strtol(number + 1, &end, 10) : 0;
    if (b < 1 || b > LAYER_BLOCKS)
        return false;
    struct block *block = &blocks[b - 1];
    if (strncmp(name, "depth ", 6) == 0) {
        block->layers = atoi(option);
        return block->layers >= 1 && block->layers <= LAYER_DEPTH;
    }
    if (strncmp(name, "width ", 6) == 0) {
        block->width = width_of(option);
        return block->width >= 0;
    }
    if (strncmp(name, "kernel ", 7) == 0 && *end == '.') {
        long i = strtol(end + 1, NULL, 10);
        if (i < 1 || i > LAYER_DEPTH)
            return false;
        block->kernel[i - 1] = strcmp(option, "5") == 0;
        return true;
    }
    block->skip = strcmp(option, "yes") == 0;
    return strncmp(name, "skip ", 5) == 0;
}

static void append_block(struct layer_string *string, int b, const struct block *block)
{
    if (b > 0)
        string->token[string->n++] = (struct layer_token){.word = 0, .block = b, .layer = -1};
    for (int i = 0; i < block->layers; i++) {
        bool skip = i == 1 && block->skip;
        int word = 1 + (block->width * LAYER_KERNELS + block->kernel[i]) * 2 + skip;
        string->token[string->n++] = (struct layer_token){.word = word,
                                                          .block = b,
                                                          .index = i,
                                                          .layer = LAYER_DEPTH * b + i,
                                                          .kernel = block->kernel[i]};
    }
}

bool layers_read(const struct nasbed_trial *trial, const struct nasbed_architecture *architecture,
                 struct layer_string *string)
{
    struct block block[LAYER_BLOCKS] = {{0}};
    struct nasbed_architecture prefix = *architecture;
    *string = (struct layer_string){.n = 0};
    for (prefix.n = 0; prefix.n < architecture->n; prefix.n++) {
        const char *option = nasbed_option_name(trial, &prefix, architecture->decision[prefix.n]);
        if (!read_decision(nasbed_decision_name(trial, &prefix), option, block))
            return false;
    }
    for (int b = 0; b < LAYER_BLOCKS; b++) {
        if (!block[b].layers)
            return false;
        append_block(string, b, &block[b]);
    }
    return true;
}
