/* Fast kernels of every instruction set against the reference: equal to the bit, on odd sizes too. */
#include "base/random.h"
#include "evaluator/kernels/kernels.h"
#include "evaluator/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* in, out channels; rows, columns; kernel, stride, padding, dilation, groups; blocks */
static const struct {
    int in, out, rows, columns, kernel, stride, padding, dilation, groups, blocks;
} cases[] = {{8, 8, 16, 16, 3, 1, 1, 1, 1, 2},  {16, 16, 8, 8, 3, 1, 1, 1, 1, 3},
             {32, 32, 4, 4, 3, 1, 1, 1, 1, 2},  {3, 8, 32, 32, 3, 2, 1, 1, 1, 1},
             {8, 16, 16, 16, 3, 2, 1, 1, 1, 2}, {8, 8, 16, 16, 1, 1, 0, 1, 1, 2},
             {5, 7, 9, 11, 3, 1, 1, 1, 1, 1},   {6, 5, 7, 5, 3, 2, 1, 1, 1, 2},
             {4, 6, 10, 9, 5, 1, 2, 1, 1, 1},   {3, 4, 12, 12, 5, 2, 2, 1, 1, 1},
             {4, 4, 11, 13, 3, 1, 2, 2, 1, 1},  {6, 6, 8, 8, 3, 1, 1, 1, 6, 2},
             {8, 12, 9, 9, 3, 2, 1, 1, 4, 1},   {2, 3, 13, 10, 7, 2, 3, 1, 1, 1},
             {10, 10, 1, 1, 1, 1, 0, 1, 1, 3},  {4, 4, 3, 3, 3, 1, 1, 1, 1, 1},
             {7, 9, 2, 4, 3, 1, 1, 1, 1, 1},    {4, 4, 2, 2, 3, 1, 1, 1, 1, 2},
             {1, 8, 32, 32, 3, 2, 1, 1, 1, 1},  {3, 3, 6, 6, 1, 2, 0, 1, 1, 1},
             {40, 24, 8, 8, 3, 1, 1, 1, 1, 1},  {9, 9, 16, 16, 3, 1, 1, 1, 9, 2},
             {8, 8, 16, 16, 3, 2, 1, 1, 8, 1},  {6, 6, 16, 8, 5, 1, 2, 1, 6, 1},
             {5, 5, 7, 9, 3, 1, 2, 2, 5, 1},    {4, 4, 8, 8, 1, 1, 0, 1, 4, 2},
             {8, 8, 12, 12, 7, 1, 3, 1, 8, 1},  {6, 6, 16, 16, 5, 2, 2, 1, 6, 2},
             {8, 8, 8, 8, 5, 1, 2, 1, 8, 3},    {6, 12, 16, 16, 1, 2, 0, 1, 1, 2}};
enum { CASES = sizeof cases / sizeof *cases };

static struct conv conv_of(int i)
{
    struct conv c = {.in_channels = cases[i].in,
                     .in_rows = cases[i].rows,
                     .in_columns = cases[i].columns,
                     .out_channels = cases[i].out,
                     .kernel = cases[i].kernel,
                     .stride = cases[i].stride,
                     .padding = cases[i].padding,
                     .dilation = cases[i].dilation,
                     .groups = cases[i].groups};
    int span = c.dilation * (c.kernel - 1) + 1;
    c.out_rows = (c.in_rows + 2 * c.padding - span) / c.stride + 1;
    c.out_columns = (c.in_columns + 2 * c.padding - span) / c.stride + 1;
    return c;
}

static real *buffer(size_t n, struct random_stream *stream)
{
    real *data = aligned_alloc(64, (n * sizeof *data + 63) / 64 * 64);
    assert_non_null(data);
    for (size_t i = 0; i < n; i++)
        data[i] = stream ? (real)(2 * random_uniform(stream) - 1) : 0;
    return data;
}

static size_t tensor_size(int channels, int rows, int columns, int blocks)
{
    return (size_t)blocks * (size_t)channels * tensor_plane(rows, columns) * LANES;
}

static void same(const char *what, const struct kernels *k, int i, const real *a, const real *b,
                 size_t n)
{
    for (size_t j = 0; j < n; j++)
        if (memcmp(&a[j], &b[j], sizeof *a))
            fail_msg("%s, %s, case %d: value %zu is %.9g, reference %.9g", what, k->name, i, j,
                     (double)a[j], (double)b[j]);
}

static void conv_matches(const struct kernels *k, int i)
{
    struct conv c = conv_of(i);
    int blocks = cases[i].blocks;
    size_t nx = tensor_size(c.in_channels, c.in_rows, c.in_columns, blocks);
    size_t ny = tensor_size(c.out_channels, c.out_rows, c.out_columns, blocks);
    size_t nw = (size_t)(c.out_channels * c.in_channels / c.groups * c.kernel * c.kernel);
    size_t ns = 2 * (size_t)c.out_channels * LANES;
    struct random_stream stream = random_stream(7, RANDOM_TEST, 0, (uint32_t)i);
    real *x = buffer(nx, &stream), *w = buffer(nw, &stream), *gy = buffer(ny, &stream);
    real *y[2], *s[2], *gx[2], *gw[2];
    for (int side = 0; side < 2; side++) {
        y[side] = buffer(ny, NULL);
        s[side] = buffer(ns, NULL);
        gx[side] = buffer(nx, NULL);
        gw[side] = buffer(nw, NULL);
    }
    reference_conv_forward(&c, blocks, x, w, y[0], s[0], NULL);
    k->conv_forward(&c, blocks, x, w, y[1], s[1]);
    same("forward", k, i, y[1], y[0], ny);
    same("statistics", k, i, s[1], s[0], ns);
    for (int round = 0; round < 2; round++) { /* the second continues the first and masks by x */
        reference_conv_data(&c, blocks, gy, w, gx[0], round == 1, round ? x : NULL, NULL);
        k->conv_data(&c, blocks, gy, w, gx[1], round == 1, round ? x : NULL);
        same("data gradient", k, i, gx[1], gx[0], nx);
    }
    reference_conv_weight(&c, blocks, x, gy, gw[0], NULL);
    k->conv_weight(&c, blocks, x, gy, gw[1]);
    same("weight gradient", k, i, gw[1], gw[0], nw);
    real *all[] = {x, w, gy, y[0], y[1], s[0], s[1], gx[0], gx[1], gw[0], gw[1]};
    for (size_t j = 0; j < sizeof all / sizeof *all; j++)
        free(all[j]);
}

static void test_conv(void **state)
{
    (void)state;
    for (int t = 0; kernels_at(t); t++)
        for (int i = 0; i < CASES; i++)
            conv_matches(kernels_at(t), i);
}

static void pool_matches(const struct kernels *k, struct pool_window p, int i)
{
    p.out_rows = (p.in_rows + 2 * p.padding - p.kernel) / p.stride + 1;
    p.out_columns = (p.in_columns + 2 * p.padding - p.kernel) / p.stride + 1;
    size_t nx = tensor_size(p.channels, p.in_rows, p.in_columns, 2);
    size_t ny = tensor_size(p.channels, p.out_rows, p.out_columns, 2);
    struct random_stream stream = random_stream(8, RANDOM_TEST, 0, (uint32_t)i);
    real *x = buffer(nx, &stream), *gy = buffer(ny, &stream);
    real *y[2] = {buffer(ny, NULL), buffer(ny, NULL)},
         *gx[2] = {buffer(nx, NULL), buffer(nx, NULL)};
    reference_avg_forward(&p, 2, x, y[0]);
    k->avg_forward(&p, 2, x, y[1]);
    same("mean pool", k, i, y[1], y[0], ny);
    for (int round = 0; round < 2; round++) {
        reference_avg_data(&p, 2, gy, round == 1, gx[0]);
        k->avg_data(&p, 2, gy, round == 1, gx[1]);
        same("mean pool gradient", k, i, gx[1], gx[0], nx);
    }
    reference_max_forward(&p, 2, x, y[0]);
    k->max_forward(&p, 2, x, y[1]);
    same("max pool", k, i, y[1], y[0], ny);
    real *all[] = {x, gy, y[0], y[1], gx[0], gx[1]};
    for (size_t j = 0; j < sizeof all / sizeof *all; j++)
        free(all[j]);
}

static void test_pool(void **state)
{
    (void)state;
    static const struct pool_window windows[] = {
        {.channels = 3, .in_rows = 16, .in_columns = 16, .kernel = 3, .stride = 1, .padding = 1},
        {.channels = 2, .in_rows = 8, .in_columns = 8, .kernel = 2, .stride = 2, .padding = 0},
        {.channels = 5, .in_rows = 7, .in_columns = 9, .kernel = 3, .stride = 2, .padding = 1},
        {.channels = 1, .in_rows = 4, .in_columns = 4, .kernel = 3, .stride = 1, .padding = 1},
        {.channels = 2, .in_rows = 9, .in_columns = 5, .kernel = 5, .stride = 1, .padding = 2}};
    for (int t = 0; kernels_at(t); t++)
        for (int i = 0; i < (int)(sizeof windows / sizeof *windows); i++)
            pool_matches(kernels_at(t), windows[i], i);
}

/* Elementwise kernels have no reference of their own: every instruction set must agree with the
 * portable one to the bit. */
static void test_pointwise(void **state)
{
    (void)state;
    enum { CHANNELS = 3, PIXELS = 21, BLOCKS = 2, Y = 4 };
    const size_t n = (size_t)BLOCKS * CHANNELS * (PIXELS | 1) * LANES;
    struct random_stream stream = random_stream(9, RANDOM_TEST, 0, 0);
    real *x[Y], *coefficient = buffer(3 * CHANNELS, &stream), *mask = buffer(n, &stream);
    const real *mean[Y];
    for (int i = 0; i < Y; i++) {
        x[i] = buffer(n, &stream);
        mean[i] = coefficient;
    }
    const struct term terms[Y] = {
        {x[0], NULL}, {x[1], coefficient}, {x[2], coefficient + CHANNELS}, {x[3], NULL}};
    real *first[3] = {NULL, NULL, NULL};
    for (int t = 0; kernels_at(t); t++) {
        const struct kernels *k = kernels_at(t);
        real *out = buffer(10 * n, NULL), *sums[Y];
        k->combine(CHANNELS, PIXELS, BLOCKS, terms, Y, NULL, out, out + n);
        k->combine(CHANNELS, PIXELS, BLOCKS, terms + 1, 2, coefficient, out + 2 * n, NULL);
        k->norm_data(CHANNELS, PIXELS, BLOCKS, x[0], x[1], coefficient, coefficient + CHANNELS,
                     coefficient + 2 * CHANNELS, false, out + 3 * n);
        k->norm_data(CHANNELS, PIXELS, BLOCKS, x[2], x[1], coefficient, coefficient + CHANNELS,
                     coefficient + 2 * CHANNELS, true, out + 3 * n);
        k->add(CHANNELS, PIXELS, BLOCKS, x[0], false, NULL, out + 4 * n);
        k->add(CHANNELS, PIXELS, BLOCKS, x[1], true, mask, out + 4 * n);
        k->global_forward(CHANNELS, PIXELS, BLOCKS, x[0], out + 5 * n);
        k->global_data(CHANNELS, PIXELS, BLOCKS, x[0], false, out + 6 * n);
        k->global_data(CHANNELS, PIXELS, BLOCKS, x[1], true, out + 6 * n);
        for (int i = 0; i < Y; i++)
            sums[i] = out + 7 * n + (size_t)(i + 1) * CHANNELS * LANES;
        k->norm_sums(CHANNELS, PIXELS, BLOCKS, mask, Y, (const real *const *)x, mean, out + 7 * n,
                     sums);
        k->statistics(CHANNELS, PIXELS, BLOCKS, mask, sums[Y - 1] + CHANNELS * LANES);
        memcpy(out + 8 * n, x[0], n * sizeof *out);
        k->drop(CHANNELS, PIXELS, BLOCKS, x[0], x[1], false, false, out + 9 * n);
        k->drop(CHANNELS, PIXELS, BLOCKS, x[2], x[3], true, true, out + 9 * n);
        real *moment = buffer(n, NULL);
        for (int step = 0; step < 3; step++)
            k->nesterov(n, out + 8 * n, x[1], moment, (real)0.1, (real)0.9, (real)5e-4);
        if (t == 0)
            first[0] = out;
        else {
            same("elementwise", k, t, out, first[0], 10 * n);
            free(out);
        }
        free(moment);
    }
    /* And what they mean, spelled out on one value. */
    size_t at = ((size_t)1 * CHANNELS + 2) * (PIXELS | 1) * LANES + 5 * LANES + 3;
    double want = (double)x[0][at] + (double)x[1][at] * (double)coefficient[2] +
                  (double)x[2][at] * (double)coefficient[CHANNELS + 2] + (double)x[3][at];
    assert_true((double)first[0][at] - want < 1e-6 && want - (double)first[0][at] < 1e-6);
    assert_true(first[0][n + at] == (first[0][at] > 0 ? first[0][at] : 0));
    want = (double)x[0][at] * (double)x[1][at] + (double)x[2][at] * (double)x[3][LANES + 3];
    assert_true((double)first[0][9 * n + at] - want < 1e-6 &&
                want - (double)first[0][9 * n + at] < 1e-6);
    free(first[0]);
    for (int i = 0; i < Y; i++)
        free(x[i]);
    free(coefficient);
    free(mask);
}

/* Packing against its definition, a number of pixels that 16 does not divide. */
static void test_pack(void **state)
{
    (void)state;
    enum { CHANNELS = 2, PIXELS = 37 };
    uint8_t bytes[LANES][CHANNELS * PIXELS];
    const uint8_t *image[LANES];
    struct random_stream stream = random_stream(10, RANDOM_TEST, 0, 0);
    for (int l = 0; l < LANES; l++) {
        image[l] = bytes[l];
        for (int i = 0; i < CHANNELS * PIXELS; i++)
            bytes[l][i] = (uint8_t)random_below(&stream, 256);
    }
    const real scale[CHANNELS] = {2, 3}, offset[CHANNELS] = {-1, 5};
    for (int t = 0; kernels_at(t); t++) {
        real *x = buffer((size_t)CHANNELS * (PIXELS | 1) * LANES, NULL);
        kernels_at(t)->pack(CHANNELS, PIXELS, image, scale, offset, x);
        for (size_t c = 0; c < CHANNELS; c++)
            for (size_t p = 0; p < PIXELS; p++)
                for (size_t l = 0; l < LANES; l++)
                    assert_true(x[(c * (PIXELS | 1) + p) * LANES + l] ==
                                (real)bytes[l][c * PIXELS + p] * scale[c] + offset[c]);
        free(x);
    }
}

/* Nesterov against the textbook recurrence, in double. */
static void test_nesterov(void **state)
{
    (void)state;
    real w[LANES] __attribute__((aligned(64))), g[LANES] __attribute__((aligned(64)));
    real m[LANES] __attribute__((aligned(64))) = {0};
    double ww = 0.5, mm = 0;
    for (int i = 0; i < LANES; i++) {
        w[i] = (real)0.5;
        g[i] = (real)0.25;
    }
    for (int step = 0; step < 5; step++) {
        kernels_at(0)->nesterov(LANES, w, g, m, (real)0.1, (real)0.9, (real)0.01);
        double gg = 0.25 + 0.01 * ww;
        mm = 0.9 * mm + gg;
        ww -= 0.1 * (gg + 0.9 * mm);
    }
    assert_true((double)w[7] - ww < 1e-6 && ww - (double)w[7] < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conv), cmocka_unit_test(test_pool), cmocka_unit_test(test_pointwise),
        cmocka_unit_test(test_nesterov), cmocka_unit_test(test_pack)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
