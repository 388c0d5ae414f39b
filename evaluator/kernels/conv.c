/* Convolution forward and data gradient: direct, register-tiled over output channels and pixels.
 *
 * Both are one `gather`: an output pixel is a sum over input channels and taps. Forward: output (a, b)
 * reads input (a S + dy, b S + dx). Data gradient: the output pixels of one phase (y mod S, x mod S)
 * read gy (a + dy, b + dx). Taps outside the image are skipped. */
#include "evaluator/kernels/isa.h"

#include <assert.h>

#define KERNEL_MAX 11 /* largest kernel side */

struct tap {
    int dy, dx; /* input pixel relative to the output pixel's base */
    int w;      /* offset of its weight within one (out, in) pair's kernel */
};

struct gather {
    int in_channels, out_channels; /* of one group */
    int in_columns, in_rows;
    size_t in_plane, out_plane;         /* reals */
    size_t in_block, out_block;         /* reals, all groups */
    size_t w_out, w_in;                 /* reals between weights of neighbouring channels */
    int in_step;                        /* input pixels per output pixel of a phase */
    int rows, columns;                  /* output pixels of this phase */
    size_t out_row, out_column;         /* reals between output pixels of this phase */
    int taps;
    struct tap tap[KERNEL_MAX * KERNEL_MAX];
    int dx_least, dx_most;
    int flip; /* 3x3 fast path: weights run backwards */
    bool fast3;
};

/* What happens to a finished sum; pointers are to channel 0 of the group, NULL where not wanted. */
struct epilogue {
    bool accumulate;
    const real *mask;
    real *sum, *square; /* lane sums, [channel][16] */
};

INLINE void tile_start(const int OC, const int PX, vec acc[TILE_CHANNELS][TILE_PIXELS], const struct gather *g,
                       const real *out, bool accumulate)
{
    for (int o = 0; o < OC; o++)
        for (int j = 0; j < PX; j++)
            acc[o][j] = accumulate ? vec_load(out + (size_t)o * g->out_plane +
                                              (size_t)j * g->out_column)
                                   : vec_zero();
}

INLINE void tile_end(const int OC, const int PX, vec acc[TILE_CHANNELS][TILE_PIXELS], const struct gather *g, real *out,
                     const struct epilogue *e, size_t channel, size_t at, int lane)
{
    for (int o = 0; o < OC; o++) {
        for (int j = 0; j < PX; j++) {
            size_t place = (size_t)o * g->out_plane + (size_t)j * g->out_column;
            vec a = acc[o][j];
            if (e->mask)
                a = vec_where_positive(vec_load(e->mask + at + place), a);
            vec_store(out + place, a);
        }
        if (e->sum) {
            size_t s = (channel + (size_t)o) * LANES + (size_t)lane;
            vec sum = vec_load(e->sum + s), square = vec_load(e->square + s);
            for (int j = 0; j < PX; j++) {
                sum += acc[o][j];
                square = vec_fma(acc[o][j], acc[o][j], square);
            }
            vec_store(e->sum + s, sum);
            vec_store(e->square + s, square);
        }
    }
}

/* Any list of taps, all inside the image for all PX pixels. */
INLINE void tile_taps(const int OC, const int PX, vec acc[TILE_CHANNELS][TILE_PIXELS], const struct gather *g,
                      const real *in, const real *w, int taps, const ptrdiff_t *in_offset,
                      const int *w_offset)
{
    const size_t step = (size_t)g->in_step * LANES;
    for (int c = 0; c < g->in_channels; c++) {
        for (int t = 0; t < taps; t++) {
            const real *p = in + in_offset[t];
            vec x[TILE_PIXELS];
            for (int j = 0; j < PX; j++) {
                x[j] = vec_load(p + (size_t)j * step);
                VEC_KEEP(x[j]);
            }
            for (int o = 0; o < OC; o++) {
                vec k = vec_set(w[(size_t)o * g->w_out + (size_t)w_offset[t]]);
                for (int j = 0; j < PX; j++)
                    acc[o][j] = vec_fma(k, x[j], acc[o][j]);
            }
        }
        in += g->in_plane;
        w += g->w_in;
    }
}

/* 3x3, stride 1: `rows` kernel rows inside the image, PX + 2 input columns held in registers; LEFT and
 * RIGHT: the tile's first (last) pixel has no neighbour there. */
INLINE void tile_3x3(const int OC, const int PX, const bool LEFT, const bool RIGHT, const int STEP,
                     vec acc[TILE_CHANNELS][TILE_PIXELS], const struct gather *g, const real *in, const real *w, int rows)
{
    const size_t in_row = (size_t)g->in_columns * LANES;
    for (int c = 0; c < g->in_channels; c++) {
        const real *p = in, *k = w;
        for (int r = 0; r < rows; r++) {
            vec x[TILE_PIXELS + 2];
            for (int j = LEFT ? 1 : 0; j < PX + (RIGHT ? 1 : 2); j++) {
                x[j] = vec_load(p + (size_t)j * LANES - LANES);
                VEC_KEEP(x[j]);
            }
            for (int t = 0; t < 3; t++)
                for (int o = 0; o < OC; o++) {
                    vec weight = vec_set(k[(ptrdiff_t)((size_t)o * g->w_out) + t * STEP]);
                    for (int j = 0; j < PX; j++)
                        if (!(LEFT && j + t == 0) && !(RIGHT && j + t == PX + 1))
                            acc[o][j] = vec_fma(weight, x[j + t], acc[o][j]);
                }
            p += in_row;
            k += 3 * STEP;
        }
        in += g->in_plane;
        w += g->w_in;
    }
}

struct row {
    const real *in; /* channel 0 of the group, at this lane */
    const real *w;  /* output channel 0 of the group */
    real *out;
    int y;          /* output row of the phase */
    int lane;
    int taps;       /* taps whose input row is inside the image */
    ptrdiff_t in_offset[KERNEL_MAX * KERNEL_MAX];
    int dx[KERNEL_MAX * KERNEL_MAX], w_offset[KERNEL_MAX * KERNEL_MAX];
};

/* One tile at column b, channel o of the general path; taps are filtered for the columns when the tile
 * touches an edge (only single pixels do). */
INLINE void general_tile(const int OC, const int PX, const struct gather *g, const struct row *row,
                         const struct epilogue *e, int o, int b, bool edge)
{
    vec acc[TILE_CHANNELS][TILE_PIXELS];
    size_t at = (size_t)o * g->out_plane + (size_t)row->y * g->out_row + (size_t)b * g->out_column;
    real *out = row->out + at;
    const real *in = row->in + (ptrdiff_t)(b * g->in_step) * LANES;
    const real *w = row->w + (size_t)o * g->w_out;
    tile_start(OC, PX, acc, g, out, e->accumulate);
    if (!edge) {
        tile_taps(OC, PX, acc, g, in, w, row->taps, row->in_offset, row->w_offset);
    } else {
        ptrdiff_t in_offset[KERNEL_MAX * KERNEL_MAX];
        int w_offset[KERNEL_MAX * KERNEL_MAX], n = 0;
        for (int t = 0; t < row->taps; t++) {
            int column = b * g->in_step + row->dx[t];
            if (column < 0 || column >= g->in_columns)
                continue;
            in_offset[n] = row->in_offset[t];
            w_offset[n++] = row->w_offset[t];
        }
        tile_taps(OC, PX, acc, g, in, w, n, in_offset, w_offset);
    }
    tile_end(OC, PX, acc, g, out, e, (size_t)o, at, row->lane);
}

/* Columns left to right, so that the statistics see them in order. */
INLINE void general_row(const int OC, const struct gather *g, const struct row *row,
                        const struct epilogue *e, int o)
{
    int b = 0;
    while (b < g->columns) {
        int first = b * g->in_step + g->dx_least;
        int last = (b + TILE_PIXELS - 1) * g->in_step + g->dx_most;
        if (first >= 0 && last < g->in_columns && b + TILE_PIXELS <= g->columns) {
            general_tile(OC, TILE_PIXELS, g, row, e, o, b, false);
            b += TILE_PIXELS;
        } else {
            general_tile(OC, 1, g, row, e, o, b, true);
            b++;
        }
    }
}

INLINE void fast_tile(const int OC, const bool LEFT, const bool RIGHT, const int STEP,
                      const struct gather *g, const struct row *row, const struct epilogue *e, int o,
                      int b, const real *in, const real *w, int rows)
{
    vec acc[TILE_CHANNELS][TILE_PIXELS];
    size_t at = (size_t)o * g->out_plane + ((size_t)row->y * (size_t)g->columns + (size_t)b) * LANES;
    tile_start(OC, TILE_PIXELS, acc, g, row->out + at, e->accumulate);
    tile_3x3(OC, TILE_PIXELS, LEFT, RIGHT, STEP, acc, g, in + (size_t)b * LANES,
             w + (size_t)o * g->w_out, rows);
    tile_end(OC, TILE_PIXELS, acc, g, row->out + at, e, (size_t)o, at, row->lane);
}

INLINE void fast_row(const int OC, const int STEP, const struct gather *g, const struct row *row,
                     const struct epilogue *e, int o)
{
    int top = row->y == 0, bottom = row->y == g->in_rows - 1, rows = 3 - top - bottom;
    const real *in = row->in + (ptrdiff_t)(row->y - 1 + top) * g->in_columns * LANES;
    const real *w = row->w + (STEP > 0 ? 0 : 8) + top * 3 * STEP;
    int last = g->columns - TILE_PIXELS;
    if (last == 0) {
        fast_tile(OC, true, true, STEP, g, row, e, o, 0, in, w, rows);
        return;
    }
    fast_tile(OC, true, false, STEP, g, row, e, o, 0, in, w, rows);
    for (int b = TILE_PIXELS; b < last; b += TILE_PIXELS)
        fast_tile(OC, false, false, STEP, g, row, e, o, b, in, w, rows);
    fast_tile(OC, false, true, STEP, g, row, e, o, last, in, w, rows);
}

static void row_general_many(const struct gather *g, const struct row *row, const struct epilogue *e,
                             int o)
{
    general_row(TILE_CHANNELS, g, row, e, o);
}
static void row_general_one(const struct gather *g, const struct row *row, const struct epilogue *e,
                            int o)
{
    general_row(1, g, row, e, o);
}
static void row_fast_many(const struct gather *g, const struct row *row, const struct epilogue *e,
                          int o)
{
    fast_row(TILE_CHANNELS, 1, g, row, e, o);
}
static void row_fast_one(const struct gather *g, const struct row *row, const struct epilogue *e,
                         int o)
{
    fast_row(1, 1, g, row, e, o);
}
static void row_flip_many(const struct gather *g, const struct row *row, const struct epilogue *e,
                          int o)
{
    fast_row(TILE_CHANNELS, -1, g, row, e, o);
}
static void row_flip_one(const struct gather *g, const struct row *row, const struct epilogue *e,
                         int o)
{
    fast_row(1, -1, g, row, e, o);
}

/* The taps of `row` whose input row is inside the image. */
static void row_taps(const struct gather *g, struct row *row)
{
    row->taps = 0;
    for (int t = 0; t < g->taps; t++) {
        int y = row->y * g->in_step + g->tap[t].dy;
        if (y < 0 || y >= g->in_rows)
            continue;
        row->in_offset[row->taps] = ((ptrdiff_t)y * g->in_columns + g->tap[t].dx) * LANES;
        row->dx[row->taps] = g->tap[t].dx;
        row->w_offset[row->taps++] = g->tap[t].w;
    }
}

/* One block, one group, one half of the lanes. Rows outside and channels inside keep three input rows in
 * the first cache; when the weights do not fit there too, channels go outside. */
static void gather_block(const struct gather *g, struct row *row, const struct epilogue *e)
{
    void (*many)(const struct gather *, const struct row *, const struct epilogue *, int) =
        !g->fast3 ? row_general_many : g->flip ? row_flip_many : row_fast_many;
    void (*one)(const struct gather *, const struct row *, const struct epilogue *, int) =
        !g->fast3 ? row_general_one : g->flip ? row_flip_one : row_fast_one;
    bool small = (size_t)g->in_channels * (size_t)g->out_channels * (size_t)g->taps <= 4096;
    int outer = small ? 1 : (g->out_channels + TILE_CHANNELS - 1) / TILE_CHANNELS;
    for (int i = 0; i < outer; i++) {
        int first = small ? 0 : i * TILE_CHANNELS;
        int end = small || first + TILE_CHANNELS > g->out_channels ? g->out_channels
                                                                    : first + TILE_CHANNELS;
        for (row->y = 0; row->y < g->rows; row->y++) {
            if (!g->fast3)
                row_taps(g, row);
            int o = first;
            for (; o + TILE_CHANNELS <= end; o += TILE_CHANNELS)
                many(g, row, e, o);
            for (; o < end; o++)
                one(g, row, e, o);
        }
    }
}

/* All blocks and groups of one phase whose output starts at `offset` (reals) in each plane. */
static void gather_run(const struct gather *g, int blocks, int groups, size_t w_group, const real *in,
                       const real *w, real *out, size_t offset, bool accumulate, const real *mask,
                       real *statistics)
{
    for (int block = 0; block < blocks; block++)
        for (int group = 0; group < groups; group++)
            for (int lane = 0; lane < LANES; lane += WIDTH) {
                size_t in_at = (size_t)block * g->in_block +
                               (size_t)group * (size_t)g->in_channels * g->in_plane + (size_t)lane;
                size_t channel = (size_t)group * (size_t)g->out_channels;
                size_t out_at = (size_t)block * g->out_block + channel * g->out_plane + offset +
                                (size_t)lane;
                struct epilogue e = {.accumulate = accumulate};
                if (mask)
                    e.mask = mask + out_at;
                if (statistics) {
                    e.sum = statistics + channel * LANES;
                    e.square = e.sum + (size_t)groups * (size_t)g->out_channels * LANES;
                }
                struct row row = {.in = in + in_at, .w = w + (size_t)group * w_group,
                                  .out = out + out_at, .lane = lane};
                gather_block(g, &row, &e);
            }
}

static void gather_columns(struct gather *g)
{
    g->dx_least = g->dx_most = 0;
    for (int t = 0; t < g->taps; t++) {
        if (g->tap[t].dx < g->dx_least)
            g->dx_least = g->tap[t].dx;
        if (g->tap[t].dx > g->dx_most)
            g->dx_most = g->tap[t].dx;
    }
}

static bool is_fast3(const struct conv *c)
{
    return c->kernel == 3 && c->stride == 1 && c->padding == 1 && c->dilation == 1 &&
           c->in_columns % TILE_PIXELS == 0 && c->in_rows > 1;
}

void KERNEL(conv_forward)(const struct conv *c, int blocks, const real *x, const real *w, real *y,
                          real *statistics)
{
    assert(c->kernel <= KERNEL_MAX);
    struct gather g = {
        .in_channels = c->in_channels / c->groups, .out_channels = c->out_channels / c->groups,
        .in_columns = c->in_columns, .in_rows = c->in_rows,
        .in_plane = tensor_plane(c->in_rows, c->in_columns) * LANES,
        .out_plane = tensor_plane(c->out_rows, c->out_columns) * LANES,
        .in_step = c->stride, .rows = c->out_rows, .columns = c->out_columns,
        .out_row = (size_t)c->out_columns * LANES, .out_column = LANES, .fast3 = is_fast3(c)};
    g.in_block = g.in_plane * (size_t)c->in_channels;
    g.out_block = g.out_plane * (size_t)c->out_channels;
    g.w_in = (size_t)c->kernel * (size_t)c->kernel;
    g.w_out = g.w_in * (size_t)g.in_channels;
    for (int ky = 0; ky < c->kernel; ky++)
        for (int kx = 0; kx < c->kernel; kx++)
            g.tap[g.taps++] = (struct tap){ky * c->dilation - c->padding,
                                           kx * c->dilation - c->padding, ky * c->kernel + kx};
    gather_columns(&g);
    gather_run(&g, blocks, c->groups, g.w_out * (size_t)g.out_channels, x, w, y, 0, false, NULL,
               statistics);
}

/* Kernel offsets k whose image coordinate phase + padding - k dilation is a multiple of the stride,
 * descending, so that the coordinate ascends. */
static int phase_taps(const struct conv *c, int phase, int *k, int *d)
{
    int n = 0;
    for (int i = c->kernel - 1; i >= 0; i--) {
        int at = phase + c->padding - i * c->dilation;
        if (at % c->stride)
            continue;
        k[n] = i;
        d[n++] = at / c->stride;
    }
    return n;
}

void KERNEL(conv_data)(const struct conv *c, int blocks, const real *gy, const real *w, real *gx,
                       bool accumulate, const real *mask)
{
    assert(c->kernel <= KERNEL_MAX);
    struct gather g = {
        .in_channels = c->out_channels / c->groups, .out_channels = c->in_channels / c->groups,
        .in_columns = c->out_columns, .in_rows = c->out_rows,
        .in_plane = tensor_plane(c->out_rows, c->out_columns) * LANES,
        .out_plane = tensor_plane(c->in_rows, c->in_columns) * LANES,
        .in_step = 1, .flip = 1, .fast3 = is_fast3(c)};
    g.in_block = g.in_plane * (size_t)c->out_channels;
    g.out_block = g.out_plane * (size_t)c->in_channels;
    g.w_out = (size_t)c->kernel * (size_t)c->kernel;
    g.w_in = g.w_out * (size_t)g.out_channels;
    g.out_row = (size_t)c->stride * (size_t)c->in_columns * LANES;
    g.out_column = (size_t)c->stride * LANES;
    for (int py = 0; py < c->stride; py++)
        for (int px = 0; px < c->stride; px++) {
            int ky[KERNEL_MAX], dy[KERNEL_MAX], kx[KERNEL_MAX], dx[KERNEL_MAX];
            int ny = phase_taps(c, py, ky, dy), nx = phase_taps(c, px, kx, dx);
            g.taps = 0;
            for (int i = 0; i < ny; i++)
                for (int j = 0; j < nx; j++)
                    g.tap[g.taps++] = (struct tap){dy[i], dx[j], ky[i] * c->kernel + kx[j]};
            gather_columns(&g);
            g.rows = (c->in_rows - py + c->stride - 1) / c->stride;
            g.columns = (c->in_columns - px + c->stride - 1) / c->stride;
            size_t offset = ((size_t)py * (size_t)c->in_columns + (size_t)px) * LANES;
            gather_run(&g, blocks, c->groups, g.w_in * (size_t)g.in_channels, gy, w, gx, offset,
                       accumulate, mask, NULL);
        }
}
