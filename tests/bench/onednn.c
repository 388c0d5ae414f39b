#include "tests/bench/onednn.h"

#include <stdlib.h>

#ifdef NASBED_ONEDNN
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <string.h>

enum { PARTS = 3, ARGUMENTS = 3 };

struct part {
    dnnl_primitive_t primitive;
    dnnl_memory_t memory[ARGUMENTS];
    dnnl_exec_arg_t argument[ARGUMENTS];
};

struct onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    struct part part[PARTS];
};

/* What a part reads and writes, as oneDNN names it. */
static const int arguments[PARTS][ARGUMENTS] = {
    {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
    {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
    {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST}};
static const dnnl_query_t queries[PARTS][ARGUMENTS] = {
    {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
    {dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
    {dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md}};

static bool fill(struct onednn *peer, struct part *part, int number,
                 const_dnnl_primitive_desc_t desc)
{
    for (int i = 0; i < ARGUMENTS; i++) {
        const dnnl_memory_desc_t *md = dnnl_primitive_desc_query_md(desc, queries[number][i], 0);
        void *data;
        if (!md || dnnl_memory_create(&part->memory[i], md, peer->engine, DNNL_MEMORY_ALLOCATE) ||
            dnnl_memory_get_data_handle(part->memory[i], &data))
            return false;
        /* Small numbers everywhere, none denormal. */
        size_t n = dnnl_memory_desc_get_size(md) / sizeof(float);
        for (size_t k = 0; k < n; k++)
            ((float *)data)[k] = 0.125f;
        part->argument[i] = (dnnl_exec_arg_t){arguments[number][i], part->memory[i]};
    }
    return dnnl_primitive_create(&part->primitive, desc) == dnnl_success;
}

static bool open_parts(struct onednn *peer, const struct conv *c, int batch)
{
    dnnl_dims_t x = {batch, c->in_channels, c->in_rows, c->in_columns};
    dnnl_dims_t y = {batch, c->out_channels, c->out_rows, c->out_columns};
    dnnl_dims_t w = {c->out_channels, c->in_channels, c->kernel, c->kernel};
    dnnl_dims_t wg = {c->groups, c->out_channels / c->groups, c->in_channels / c->groups, c->kernel,
                      c->kernel};
    dnnl_dims_t stride = {c->stride, c->stride}, dilation = {c->dilation - 1, c->dilation - 1};
    dnnl_dims_t low = {c->padding, c->padding}, high;
    for (int i = 0; i < 2; i++)
        high[i] = (c->out_rows - 1) * c->stride + (c->kernel - 1) * c->dilation + 1 - c->in_rows -
                  c->padding;
    dnnl_memory_desc_t xd, yd, wd;
    if (dnnl_memory_desc_init_by_tag(&xd, 4, x, dnnl_f32, dnnl_format_tag_any) ||
        dnnl_memory_desc_init_by_tag(&yd, 4, y, dnnl_f32, dnnl_format_tag_any) ||
        dnnl_memory_desc_init_by_tag(&wd, c->groups > 1 ? 5 : 4, c->groups > 1 ? wg : w, dnnl_f32,
                                     dnnl_format_tag_any))
        return false;
    dnnl_convolution_desc_t forward, data, weight;
    dnnl_primitive_desc_t desc[PARTS] = {NULL, NULL, NULL};
    bool done =
        !dnnl_dilated_convolution_forward_desc_init(&forward, dnnl_forward_training,
                                                    dnnl_convolution_auto, &xd, &wd, NULL, &yd,
                                                    stride, dilation, low, high) &&
        !dnnl_dilated_convolution_backward_data_desc_init(&data, dnnl_convolution_auto, &xd, &wd,
                                                          &yd, stride, dilation, low, high) &&
        !dnnl_dilated_convolution_backward_weights_desc_init(
            &weight, dnnl_convolution_auto, &xd, &wd, NULL, &yd, stride, dilation, low, high) &&
        !dnnl_primitive_desc_create(&desc[0], &forward, NULL, peer->engine, NULL) &&
        !dnnl_primitive_desc_create(&desc[1], &data, NULL, peer->engine, desc[0]) &&
        !dnnl_primitive_desc_create(&desc[2], &weight, NULL, peer->engine, desc[0]);
    for (int i = 0; done && i < PARTS; i++)
        done = fill(peer, &peer->part[i], i, desc[i]);
    for (int i = 0; i < PARTS; i++)
        if (desc[i])
            (void)dnnl_primitive_desc_destroy(desc[i]);
    return done;
}

struct onednn *onednn_open(const struct conv *conv, int batch)
{
    struct onednn *peer = calloc(1, sizeof *peer);
    if (!peer || dnnl_engine_create(&peer->engine, dnnl_cpu, 0) ||
        dnnl_stream_create(&peer->stream, peer->engine, dnnl_stream_default_flags) ||
        !open_parts(peer, conv, batch)) {
        onednn_close(peer);
        return NULL;
    }
    return peer;
}

void onednn_close(struct onednn *peer)
{
    if (!peer)
        return;
    for (int i = 0; i < PARTS; i++) {
        for (int k = 0; k < ARGUMENTS; k++)
            if (peer->part[i].memory[k])
                (void)dnnl_memory_destroy(peer->part[i].memory[k]);
        if (peer->part[i].primitive)
            (void)dnnl_primitive_destroy(peer->part[i].primitive);
    }
    if (peer->stream)
        (void)dnnl_stream_destroy(peer->stream);
    if (peer->engine)
        (void)dnnl_engine_destroy(peer->engine);
    free(peer);
}

void onednn_run(void *peer, int part)
{
    struct onednn *self = peer;
    (void)dnnl_primitive_execute(self->part[part].primitive, self->stream, ARGUMENTS,
                                 self->part[part].argument);
    (void)dnnl_stream_wait(self->stream);
}

const char *onednn_version(void)
{
    return "oneDNN " NASBED_ONEDNN;
}

#else

struct onednn *onednn_open(const struct conv *conv, int batch)
{
    (void)conv;
    (void)batch;
    return NULL;
}

void onednn_close(struct onednn *peer)
{
    (void)peer;
}

void onednn_run(void *peer, int part)
{
    (void)peer;
    (void)part;
}

const char *onednn_version(void)
{
    return "nothing (built without oneDNN)";
}

#endif
