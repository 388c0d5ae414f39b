/* Weight gradient: register tiles of output channels x input channels x kernel columns, one kernel row
 * a pass; the 16 lanes are summed once at the end of a pass. */
#include "evaluator/kernels/isa.h"

#include <assert.h>

#define COLUMNS_MAX 5  /* kernel columns that one pass can hold */
#define TILE_MAX    64 /* accumulators of one tile, at most */

/* One pass: kernel row `dy`, kernel columns dx[0..n), over some blocks and all output pixels. */
struct pass {
    const struct conv *conv;
    size_t x_plane, gy_plane, x_block, gy_block; /* reals */
    int blocks;
    int rows_from, rows_to; /* output rows whose input row is inside */
    bool deep;              /* depthwise: output channel o reads input channel o */
    int dy;
    int dx[COLUMNS_MAX];
    int inner_from, inner_to; /* output columns where every kernel column is inside */
    bool
        bordered; /* at the first pixel only the first column is outside, at the last only the last */
};

/* One output pixel, kernel columns [FROM, TO) of the pass's N. */
INLINE void pixel(const bool DEEP, const int OC, const int IC, const int FROM, const int TO,
                  vec acc[4][4][COLUMNS_MAX], const struct pass *p, const real *x, const real *gy)
{
    vec g[4];
    UNROLL
    for (int o = 0; o < OC; o++) {
        g[o] = vec_load(gy + (size_t)o * p->gy_plane);
        VEC_KEEP(g[o]);
    }
    if (DEEP) {
        UNROLL
        for (int t = FROM; t < TO; t++)
            UNROLL
        for (int o = 0; o < OC; o++)
            acc[o][0][t] =
                vec_fma(g[o], vec_load(x + (size_t)o * p->x_plane + (ptrdiff_t)p->dx[t] * LANES),
                        acc[o][0][t]);
        return;
    }
    UNROLL
    for (int t = FROM; t < TO; t++)
        UNROLL
    for (int i = 0; i < IC; i++) {
        vec v = vec_load(x + (size_t)i * p->x_plane + (ptrdiff_t)p->dx[t] * LANES);
        VEC_KEEP(v);
        UNROLL
        for (int o = 0; o < OC; o++)
            acc[o][i][t] = vec_fma(g[o], v, acc[o][i][t]);
    }
}

/* A pixel of which any kernel column may lie outside the image. */
INLINE void pixel_checked(const bool DEEP, const int OC, const int IC, const int N,
                          vec acc[4][4][COLUMNS_MAX], const struct pass *p, const real *x,
                          const real *gy, int column)
{
    UNROLL
    for (int t = 0; t < N; t++) {
        int at = column * p->conv->stride + p->dx[t];
        if (at >= 0 && at < p->conv->in_columns)
            pixel(DEEP, OC, IC, t, t + 1, acc, p, x, gy);
    }
}

INLINE void row_of_pixels(const bool DEEP, const int OC, const int IC, const int N,
                          vec acc[4][4][COLUMNS_MAX], const struct pass *p, const real *x,
                          const real *gy)
{
    const size_t step = (size_t)p->conv->stride * LANES;
    int column = 0, end = p->conv->out_columns;
    if (N > 1 && p->bordered) {
        if (p->inner_from > 0)
            pixel(DEEP, OC, IC, 1, N, acc, p, x, gy);
        for (column = p->inner_from; column < p->inner_to; column++)
            pixel(DEEP, OC, IC, 0, N, acc, p, x + (size_t)column * step,
                  gy + (size_t)column * LANES);
        if (column < end)
            pixel(DEEP, OC, IC, 0, N - 1, acc, p, x + (size_t)column * step,
                  gy + (size_t)column * LANES);
        return;
    }
    for (; column < p->inner_from; column++)
        pixel_checked(DEEP, OC, IC, N, acc, p, x + (size_t)column * step,
                      gy + (size_t)column * LANES, column);
    for (; column < p->inner_to; column++)
        pixel(DEEP, OC, IC, 0, N, acc, p, x + (size_t)column * step, gy + (size_t)column * LANES);
    for (; column < end; column++)
        pixel_checked(DEEP, OC, IC, N, acc, p, x + (size_t)column * step,
                      gy + (size_t)column * LANES, column);
}

/* Lane sums of one tile into lanes[OC][IC][N][16]; x and gy point to the tile's first channels. */
INLINE void tile(const bool DEEP, const int OC, const int IC, const int N, const struct pass *p,
                 const real *x, const real *gy, real *lanes)
{
    const struct conv *c = p->conv;
    for (int lane = 0; lane < LANES; lane += WIDTH) {
        vec acc[4][4][COLUMNS_MAX];
        UNROLL
        for (int o = 0; o < OC; o++)
            UNROLL
        for (int i = 0; i < IC; i++)
            UNROLL
        for (int t = 0; t < N; t++)
            acc[o][i][t] = vec_zero();
        for (int block = 0; block < p->blocks; block++)
            for (int row = p->rows_from; row < p->rows_to; row++)
                row_of_pixels(DEEP, OC, IC, N, acc, p,
                              x + (size_t)block * p->x_block + (size_t)lane +
                                  (ptrdiff_t)(row * c->stride + p->dy) * c->in_columns * LANES,
                              gy + (size_t)block * p->gy_block + (size_t)lane +
                                  (size_t)row * (size_t)c->out_columns * LANES);
        UNROLL
        for (int o = 0; o < OC; o++)
            UNROLL
        for (int i = 0; i < IC; i++)
            UNROLL
        for (int t = 0; t < N; t++)
            vec_store(lanes + ((o * IC + i) * N + t) * LANES + lane, acc[o][i][t]);
    }
}

typedef void tile_function(const struct pass *p, const real *x, const real *gy, real *lanes);

#define TILE(OC, IC, N)                                                                            \
    static void tile_##OC##_##IC##_##N(const struct pass *p, const real *x, const real *gy,        \
                                       real *lanes)                                                \
    {                                                                                              \
        tile(false, OC, IC, N, p, x, gy, lanes);                                                   \
    }
#if WIDTH == 16
TILE(4, 4, 1)
TILE(4, 1, 1)
TILE(4, 2, 3)
TILE(4, 1, 3)
#else
TILE(2, 4, 1)
TILE(2, 1, 1)
TILE(2, 2, 3)
TILE(2, 1, 3)
#endif
TILE(2, 1, 5)
TILE(1, 1, 1)
TILE(1, 1, 3)
TILE(1, 1, 5)
#undef TILE

#define DEEP(OC, N)                                                                                \
    static void deep_##OC##_##N(const struct pass *p, const real *x, const real *gy, real *lanes)  \
    {                                                                                              \
        tile(true, OC, 1, N, p, x, gy, lanes);                                                     \
    }
DEEP(4, 1)
DEEP(4, 3)
DEEP(2, 5)
#undef DEEP

struct shape {
    int out, in;
    tile_function *run;
};

/* Tiles for `n` kernel columns, from large to small; the last is 1 x 1. */
static const struct shape *tiles_for(int n)
{
#if WIDTH == 16
    static const struct shape one[] = {{4, 4, tile_4_4_1}, {4, 1, tile_4_1_1}, {1, 1, tile_1_1_1}};
    static const struct shape three[] = {
        {4, 2, tile_4_2_3}, {4, 1, tile_4_1_3}, {1, 1, tile_1_1_3}};
#else
    static const struct shape one[] = {{2, 4, tile_2_4_1}, {2, 1, tile_2_1_1}, {1, 1, tile_1_1_1}};
    static const struct shape three[] = {
        {2, 2, tile_2_2_3}, {2, 1, tile_2_1_3}, {1, 1, tile_1_1_3}};
#endif
    static const struct shape five[] = {{2, 1, tile_2_1_5}, {1, 1, tile_1_1_5}};
    return n == 1 ? one : n == 3 ? three : five;
}

static const struct shape *deep_tiles_for(int n)
{
    static const struct shape one[] = {{4, 1, deep_4_1}, {1, 1, tile_1_1_1}};
    static const struct shape three[] = {{4, 1, deep_4_3}, {1, 1, tile_1_1_3}};
    static const struct shape five[] = {{2, 1, deep_2_5}, {1, 1, tile_1_1_5}};
    return n == 1 ? one : n == 3 ? three : five;
}

/* Add the lane sums of a tile to the weights' gradient. */
static void tile_add(const struct shape *s, int n, const real *lanes, real *gw, size_t w_out,
                     size_t w_in)
{
    for (int o = 0; o < s->out; o++)
        for (int i = 0; i < s->in; i++)
            for (int t = 0; t < n; t++)
                gw[(size_t)o * w_out + (size_t)i * w_in + (size_t)t] +=
                    lanes_sum(lanes + ((o * s->in + i) * n + t) * LANES);
}

static void pass_run(const struct pass *p, int n, const real *x, const real *gy, real *gw, int out,
                     int in, size_t w_out, size_t w_in)
{
    const struct shape *shapes = p->deep ? deep_tiles_for(n) : tiles_for(n);
    real lanes[TILE_MAX * LANES] __attribute__((aligned(64)));
    for (int o = 0; o < out;) {
        int step_out = 1;
        for (int i = 0; i < in;) {
            const struct shape *s = shapes;
            while (s->out > out - o || s->in > in - i)
                s++;
            /* A row of tiles keeps its height: the first tile of the row decides it. */
            if (i == 0)
                step_out = s->out;
            while (s->out > step_out)
                s++;
            for (int sub = 0; sub < step_out; sub += s->out) {
                size_t from = (size_t)(p->deep ? o + sub : i);
                s->run(p, x + from * p->x_plane, gy + (size_t)(o + sub) * p->gy_plane, lanes);
                tile_add(s, n, lanes, gw + (size_t)(o + sub) * w_out + (size_t)i * w_in, w_out,
                         w_in);
            }
            i += s->in;
        }
        o += step_out;
    }
}

/* Output positions [from, to) whose input position at * stride + d is inside [0, size). */
static void inside(int out_size, int in_size, int stride, int d, int *from, int *to)
{
    int low = d < 0 ? (-d + stride - 1) / stride : 0;
    int high = in_size - 1 - d < 0 ? 0 : (in_size - 1 - d) / stride + 1;
    if (high > out_size)
        high = out_size;
    *from = low < high ? low : high;
    *to = high;
}

/* Kernel columns a pass takes at once, from column kx: 1, 3 or 5. */
static int columns_at_once(int kernel, int kx)
{
    int left = kernel - kx;
    return left >= 5 && kernel != 3 ? 5 : left >= 3 ? 3 : 1;
}

static bool is_bordered(const struct pass *p, int n)
{
    const struct conv *c = p->conv;
    int last = (c->out_columns - 1) * c->stride;
    bool left =
        p->inner_from == 0 || (p->inner_from == 1 && p->dx[0] < 0 && (n < 2 || p->dx[1] >= 0));
    bool right = p->inner_to == c->out_columns ||
                 (p->inner_to == c->out_columns - 1 && n > 1 &&
                  last + p->dx[n - 2] < c->in_columns && last + p->dx[0] >= 0);
    return left && right && p->inner_from < p->inner_to && p->dx[n - 1] < c->in_columns;
}

static void weight_passes(struct pass *p, const real *x, const real *gy, real *gw, int out, int in)
{
    const struct conv *c = p->conv;
    size_t w_in = (size_t)c->kernel * (size_t)c->kernel, w_out = w_in * (size_t)in;
    for (int ky = 0; ky < c->kernel; ky++) {
        p->dy = ky * c->dilation - c->padding;
        inside(c->out_rows, c->in_rows, c->stride, p->dy, &p->rows_from, &p->rows_to);
        for (int kx = 0; kx < c->kernel;) {
            int n = columns_at_once(c->kernel, kx);
            p->inner_from = 0;
            p->inner_to = c->out_columns;
            for (int t = 0; t < n; t++) {
                int from, to;
                p->dx[t] = (kx + t) * c->dilation - c->padding;
                inside(c->out_columns, c->in_columns, c->stride, p->dx[t], &from, &to);
                if (from > p->inner_from)
                    p->inner_from = from;
                if (to < p->inner_to)
                    p->inner_to = to;
            }
            if (p->inner_from > p->inner_to)
                p->inner_from = p->inner_to = c->out_columns; /* no pixel sees every column */
            p->bordered = is_bordered(p, n);
            pass_run(p, n, x, gy, gw + ky * c->kernel + kx, out, in, w_out, w_in);
            kx += n;
        }
    }
}

void KERNEL(conv_weight)(const struct conv *c, int blocks, const real *x, const real *gy, real *gw)
{
    int in = c->in_channels / c->groups, out = c->out_channels / c->groups;
    size_t weights = (size_t)c->out_channels * (size_t)in * (size_t)c->kernel * (size_t)c->kernel;
    struct pass p = {.conv = c,
                     .x_plane = tensor_plane(c->in_rows, c->in_columns) * LANES,
                     .gy_plane = tensor_plane(c->out_rows, c->out_columns) * LANES};
    p.x_block = p.x_plane * (size_t)c->in_channels;
    p.gy_block = p.gy_plane * (size_t)c->out_channels;
    p.blocks = conv_in_blocks(c) ? 1 : blocks;
    p.deep = c->groups > 1 && in == 1 && out == 1;
    int groups = p.deep ? 1 : c->groups;
    if (p.deep)
        out = c->groups;
    for (int block = 0; block < blocks; block += p.blocks)
        for (int group = 0; group < groups; group++)
            weight_passes(&p, x + (size_t)block * p.x_block + (size_t)(group * in) * p.x_plane,
                          gy + (size_t)block * p.gy_block + (size_t)(group * out) * p.gy_plane,
                          gw + weights / (size_t)c->groups * (size_t)group, out, in);
}
