/* Convolution forward and data gradient: direct, register-tiled over output channels and pixels.
 *
 * Both are one `gather`: an output pixel is a sum over input channels and taps. Forward: output (a, b)
 * reads input (a S + dy, b S + dx). Data gradient: the output pixels of one phase (y mod S, x mod S)
 * read gy (a + dy, b + dx). Taps outside the image are skipped. */
#include "evaluator/kernels/isa.h"

#include <assert.h>

#define KERNEL_MAX 11 /* largest kernel side */

struct shape;

struct tap {
    int dy, dx; /* input pixel relative to the output pixel's base */
    int w;      /* offset of its weight within one (out, in) pair's kernel */
};

struct gather {
    int in_channels, out_channels; /* of one group */
    int in_columns, in_rows;
    size_t in_plane, out_plane; /* reals */
    size_t in_block, out_block; /* reals, all groups */
    size_t own_in; /* depthwise: reals from one output channel's input to the next one's; else 0 */
    size_t w_out, w_in;         /* reals between weights of neighbouring channels */
    int in_step;                /* input pixels per output pixel of a phase */
    int rows, columns;          /* output pixels of this phase */
    size_t out_row, out_column; /* reals between output pixels of this phase */
    int taps;
    struct tap tap[KERNEL_MAX * KERNEL_MAX];
    int dx_least, dx_most;
    const struct shape *shape; /* the fast path that fits, or NULL */
};

/* What happens to a finished sum; pointers are to channel 0 of the group, NULL where not wanted. */
struct epilogue {
    bool accumulate;
    const real *mask;
    real *sum, *square; /* lane sums, [channel][16] */
};

INLINE void tile_start(const int OC, const int PX, vec acc[TILE_CHANNELS][TILE_PIXELS],
                       const struct gather *g, const real *out, bool accumulate)
{
    UNROLL
    for (int o = 0; o < OC; o++)
        UNROLL
    for (int j = 0; j < PX; j++)
        acc[o][j] = accumulate
                        ? vec_load(out + (size_t)o * g->out_plane + (size_t)j * g->out_column)
                        : vec_zero();
}

INLINE void tile_end(const int OC, const int PX, vec acc[TILE_CHANNELS][TILE_PIXELS],
                     const struct gather *g, real *out, const struct epilogue *e, size_t channel,
                     size_t at, int lane)
{
    UNROLL
    for (int o = 0; o < OC; o++) {
        UNROLL
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
            UNROLL
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
INLINE void tile_taps(const int OC, const int PX, vec acc[TILE_CHANNELS][TILE_PIXELS],
                      const struct gather *g, const real *in, const real *w, int taps,
                      const ptrdiff_t *in_offset, const int *w_offset)
{
    const size_t step = (size_t)g->in_step * LANES;
    for (int c = 0; c < g->in_channels; c++) {
        for (int t = 0; t < taps; t++) {
            const real *p = in + in_offset[t];
            vec x[TILE_PIXELS];
            UNROLL
            for (int j = 0; j < PX; j++) {
                x[j] = vec_load(p + (size_t)j * step);
                VEC_KEEP(x[j]);
            }
            UNROLL
            for (int o = 0; o < OC; o++) {
                vec k = vec_set(w[(size_t)o * g->w_out + (size_t)w_offset[t]]);
                UNROLL
                for (int j = 0; j < PX; j++)
                    acc[o][j] = vec_fma(k, x[j], acc[o][j]);
            }
        }
        in += g->in_plane;
        w += g->w_in;
    }
}

INLINE void load_row(const int FROM, const int LAST, const int D0, const real *p, vec *x)
{
    UNROLL
    for (int i = FROM; i <= LAST; i++) {
        x[i] = vec_load(p + (i + D0) * LANES);
        VEC_KEEP(x[i]);
    }
}

/* One tap of one output channel: all pixels that have it inside the image. */
INLINE void tap_channel(const int PX, const int t, const int D0, const int S, const bool LEFT,
                        const int LAST, real weight, const vec *x, vec *acc)
{
    vec w = vec_set(weight);
    UNROLL
    for (int j = 0; j < PX; j++)
        if (!(LEFT && j * S + t + D0 < 0) && j * S + t <= LAST)
            acc[j] = vec_fma(w, x[j * S + t], acc[j]);
}

/* A row of T taps side by side, the first at input column D0 of the tile: `rows` such rows, whose
 * inputs start at in + in_row[r] and weights at w + w_row[r] and run on by STEP. The input columns of all
 * PX pixels are held in registers. DEEP: every output channel reads an input of its own. LEFT: columns before the tile's base do not exist; RIGHT: the last
 * OVER columns do not. */
INLINE void tile_rows(const bool DEEP, const int OC, const int PX, const int T, const int D0,
                      const int S, const int STEP, const bool LEFT, const int OVER,
                      vec acc[TILE_CHANNELS][TILE_PIXELS], const struct gather *g, const real *in,
                      const real *w, int rows, const ptrdiff_t *in_row, const int *w_row)
{
    const int last = (PX - 1) * S + T - 1 - OVER; /* column, counted from D0 */
    for (int c = 0; c < g->in_channels; c++) {
        for (int r = 0; r < rows; r++) {
            const real *p = in + in_row[r], *k = w + w_row[r];
            vec x[(TILE_PIXELS - 1) * 2 + 5];
            if (DEEP) {
                UNROLL
                for (int o = 0; o < OC; o++) {
                    load_row(LEFT ? -D0 : 0, last, D0, p + (size_t)o * g->own_in, x);
                    UNROLL
                    for (int t = 0; t < T; t++)
                        tap_channel(PX, t, D0, S, LEFT, last,
                                    k[(ptrdiff_t)((size_t)o * g->w_out) + t * STEP], x, acc[o]);
                }
                continue;
            }
            load_row(LEFT ? -D0 : 0, last, D0, p, x);
            UNROLL
            for (int t = 0; t < T; t++)
                UNROLL
            for (int o = 0; o < OC; o++)
                tap_channel(PX, t, D0, S, LEFT, last,
                            k[(ptrdiff_t)((size_t)o * g->w_out) + t * STEP], x, acc[o]);
        }
        in += g->in_plane;
        w += g->w_in;
    }
}

struct row {
    const real *in; /* channel 0 of the group, at this lane */
    const real *w;  /* output channel 0 of the group */
    real *out;
    int y; /* output row of the phase */
    int lane;
    int taps; /* taps whose input row is inside the image */
    ptrdiff_t in_offset[KERNEL_MAX * KERNEL_MAX];
    int dx[KERNEL_MAX * KERNEL_MAX], w_offset[KERNEL_MAX * KERNEL_MAX];
    int rows; /* of taps, likewise: first tap of each */
    ptrdiff_t in_row[KERNEL_MAX];
    int w_row[KERNEL_MAX];
};

typedef void row_function(const struct gather *g, const struct row *row, const struct epilogue *e,
                          int o);

/* A fast path: taps in rows of `taps`, the first at column `first`, each `step` weights after the one
 * before, `in_step` input columns from pixel to pixel, `over` columns beyond the image at the right. */
struct shape {
    int taps, first, in_step, step, over;
    row_function *many, *one; /* TILE_CHANNELS output channels, or one */
    row_function *deep;       /* TILE_CHANNELS channels, each with its own input */
};

/* One tile at column b, channel o of the general path; taps are filtered for the columns when the tile
 * touches an edge (only single pixels do). */
INLINE void general_tile(const int OC, const int PX, const struct gather *g, const struct row *row,
                         const struct epilogue *e, int o, int b, bool edge)
{
    vec acc[TILE_CHANNELS][TILE_PIXELS];
    size_t at = (size_t)o * g->out_plane + (size_t)row->y * g->out_row + (size_t)b * g->out_column;
    real *out = row->out + at;
    const real *in = row->in + (size_t)o * g->own_in + (ptrdiff_t)(b * g->in_step) * LANES;
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

INLINE void fast_tile(const bool DEEP, const int OC, const int T, const int D0, const int S,
                      const int STEP, const bool LEFT, const int OVER, const struct gather *g,
                      const struct row *row, const struct epilogue *e, int o, int b)
{
    vec acc[TILE_CHANNELS][TILE_PIXELS];
    size_t at = (size_t)o * g->out_plane + (size_t)row->y * g->out_row + (size_t)b * g->out_column;
    tile_start(OC, TILE_PIXELS, acc, g, row->out + at, e->accumulate);
    tile_rows(DEEP, OC, TILE_PIXELS, T, D0, S, STEP, LEFT, OVER, acc, g,
              row->in + (size_t)o * g->own_in + (size_t)(b * S) * LANES,
              row->w + (size_t)o * g->w_out, row->rows, row->in_row, row->w_row);
    tile_end(OC, TILE_PIXELS, acc, g, row->out + at, e, (size_t)o, at, row->lane);
}

static void row_general_many(const struct gather *g, const struct row *row,
                             const struct epilogue *e, int o)
{
    general_row(TILE_CHANNELS, g, row, e, o);
}
static void row_general_one(const struct gather *g, const struct row *row, const struct epilogue *e,
                            int o)
{
    general_row(1, g, row, e, o);
}

/* NAME, taps, first, in_step, step, over */
#define SHAPES(X)                                                                                  \
    X(forward_3x3, 3, -1, 1, 1, 1)                                                                 \
    X(data_3x3, 3, -1, 1, -1, 1)                                                                   \
    X(forward_3x3_stride2, 3, -1, 2, 1, 0)                                                         \
    X(data_3x3_stride2_odd, 2, 0, 1, -2, 1)                                                        \
    X(single, 1, 0, 1, 0, 0)                                                                       \
    X(forward_5x5, 5, -2, 1, 1, 2)                                                                 \
    X(data_5x5, 5, -2, 1, -1, 2)

/* Every kind of tile is a function of its own: in one large function gcc spills accumulators. */
#define TILE(name, DEEP, OC, T, D0, S, STEP, LEFT, OVER)                                           \
    static __attribute__((noinline)) void name(const struct gather *g, const struct row *row,      \
                                               const struct epilogue *e, int o, int b)             \
    {                                                                                              \
        fast_tile(DEEP, OC, T, D0, S, STEP, LEFT, OVER, g, row, e, o, b);                          \
    }
#define ROW(name, DEEP, OC, T, D0, S, STEP, OVER)                                                  \
    TILE(name##_only, DEEP, OC, T, D0, S, STEP, true, OVER)                                        \
    TILE(name##_left, DEEP, OC, T, D0, S, STEP, true, 0)                                           \
    TILE(name##_inner, DEEP, OC, T, D0, S, STEP, false, 0)                                         \
    TILE(name##_right, DEEP, OC, T, D0, S, STEP, false, OVER)                                      \
    static void name(const struct gather *g, const struct row *row, const struct epilogue *e,      \
                     int o)                                                                        \
    {                                                                                              \
        int last = g->columns - TILE_PIXELS;                                                       \
        if (last == 0) {                                                                           \
            name##_only(g, row, e, o, 0);                                                          \
            return;                                                                                \
        }                                                                                          \
        name##_left(g, row, e, o, 0);                                                              \
        for (int b = TILE_PIXELS; b < last; b += TILE_PIXELS)                                      \
            name##_inner(g, row, e, o, b);                                                         \
        name##_right(g, row, e, o, last);                                                          \
    }
#define X(name, T, D0, S, STEP, OVER)                                                              \
    ROW(many_##name, false, TILE_CHANNELS, T, D0, S, STEP, OVER)                                   \
    ROW(one_##name, false, 1, T, D0, S, STEP, OVER)                                                \
    ROW(deep_##name, true, TILE_CHANNELS, T, D0, S, STEP, OVER)
SHAPES(X)
#undef X

static const struct shape shapes[] = {
#define X(name, T, D0, S, STEP, OVER) {T, D0, S, STEP, OVER, many_##name, one_##name, deep_##name},
    SHAPES(X)
#undef X
};

/* Columns beyond the image that the last pixel's taps reach. */
static int columns_over(const struct gather *g)
{
    int over = (g->columns - 1) * g->in_step + g->dx_most - (g->in_columns - 1);
    return over < 0 ? 0 : over;
}

/* True if tap t continues the row of tap t - 1 as `shape` wants it. */
static bool continues(const struct gather *g, const struct shape *s, int t)
{
    const struct tap *a = &g->tap[t - 1], *b = &g->tap[t];
    return t % s->taps == 0 ? b->dx == s->first
                            : b->dy == a->dy && b->dx == a->dx + 1 && b->w == a->w + s->step;
}

static bool fits(const struct gather *g, const struct shape *s)
{
    if (g->columns % TILE_PIXELS || g->in_step != s->in_step || g->taps % s->taps || g->taps == 0 ||
        g->tap[0].dx != s->first || columns_over(g) != s->over)
        return false;
    for (int t = 1; t < g->taps; t++)
        if (!continues(g, s, t))
            return false;
    return true;
}

static void gather_shape(struct gather *g)
{
    g->shape = NULL;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && !g->shape; i++)
        if (fits(g, &shapes[i]))
            g->shape = &shapes[i];
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
    row->rows = 0;
    for (int t = 0; g->shape && t < row->taps; t += g->shape->taps) {
        /* tile_rows counts columns from the tile's base, not from the first tap. */
        row->in_row[row->rows] = row->in_offset[t] - (ptrdiff_t)g->shape->first * LANES;
        row->w_row[row->rows++] = row->w_offset[t];
    }
}

/* One block, one group, one half of the lanes. Rows outside and channels inside keep three input rows in
 * the first cache; when the weights do not fit there too, channels go outside. */
static void gather_block(const struct gather *g, struct row *row, const struct epilogue *e)
{
    row_function *one = g->shape ? g->shape->one : row_general_one;
    row_function *many = !g->shape ? row_general_many : g->own_in ? g->shape->deep : g->shape->many;
    bool tiled = g->shape || !g->own_in; /* the general tile shares its input among channels */
    bool small = (size_t)g->in_channels * (size_t)g->out_channels * (size_t)g->taps <= 4096;
    int outer = small ? 1 : (g->out_channels + TILE_CHANNELS - 1) / TILE_CHANNELS;
    for (int i = 0; i < outer; i++) {
        int first = small ? 0 : i * TILE_CHANNELS;
        int end = small || first + TILE_CHANNELS > g->out_channels ? g->out_channels
                                                                   : first + TILE_CHANNELS;
        for (row->y = 0; row->y < g->rows; row->y++) {
            row_taps(g, row);
            int o = first;
            for (; tiled && o + TILE_CHANNELS <= end; o += TILE_CHANNELS)
                many(g, row, e, o);
            for (; o < end; o++)
                one(g, row, e, o);
        }
    }
}

/* All blocks and groups of one phase whose output starts at `offset` (reals) in each plane. */
static void gather_run(struct gather *g, int blocks, int groups, size_t w_group, const real *in,
                       const real *w, real *out, size_t offset, bool accumulate, const real *mask,
                       real *statistics)
{
    if (groups > 1 && g->in_channels == 1 && g->out_channels == 1) {
        /* Depthwise: one group whose channels each have an input of their own. */
        g->own_in = g->in_plane;
        g->out_channels = groups;
        groups = 1;
    }
    for (int block = 0; block < blocks; block++)
        for (int group = 0; group < groups; group++)
            for (int lane = 0; lane < LANES; lane += WIDTH) {
                size_t in_at = (size_t)block * g->in_block +
                               (size_t)group * (size_t)g->in_channels * g->in_plane + (size_t)lane;
                size_t channel = (size_t)group * (size_t)g->out_channels;
                size_t out_at =
                    (size_t)block * g->out_block + channel * g->out_plane + offset + (size_t)lane;
                struct epilogue e = {.accumulate = accumulate};
                if (mask)
                    e.mask = mask + out_at;
                if (statistics) {
                    e.sum = statistics + channel * LANES;
                    e.square = e.sum + (size_t)groups * (size_t)g->out_channels * LANES;
                }
                struct row row = {.in = in + in_at,
                                  .w = w + (size_t)group * w_group,
                                  .out = out + out_at,
                                  .lane = lane};
                gather_block(g, &row, &e);
            }
}

/* What follows from the taps: how far they reach, and which fast path fits. */
static void gather_taps_done(struct gather *g)
{
    g->dx_least = g->dx_most = 0;
    for (int t = 0; t < g->taps; t++) {
        if (g->tap[t].dx < g->dx_least)
            g->dx_least = g->tap[t].dx;
        if (g->tap[t].dx > g->dx_most)
            g->dx_most = g->tap[t].dx;
    }
    gather_shape(g);
}

void KERNEL(conv_forward)(const struct conv *c, int blocks, const real *x, const real *w, real *y,
                          real *statistics)
{
    assert(c->kernel <= KERNEL_MAX);
    struct gather g = {.in_channels = c->in_channels / c->groups,
                       .out_channels = c->out_channels / c->groups,
                       .in_columns = c->in_columns,
                       .in_rows = c->in_rows,
                       .in_plane = tensor_plane(c->in_rows, c->in_columns) * LANES,
                       .out_plane = tensor_plane(c->out_rows, c->out_columns) * LANES,
                       .in_step = c->stride,
                       .rows = c->out_rows,
                       .columns = c->out_columns,
                       .out_row = (size_t)c->out_columns * LANES,
                       .out_column = LANES};
    g.in_block = g.in_plane * (size_t)c->in_channels;
    g.out_block = g.out_plane * (size_t)c->out_channels;
    g.w_in = (size_t)c->kernel * (size_t)c->kernel;
    g.w_out = g.w_in * (size_t)g.in_channels;
    for (int ky = 0; ky < c->kernel; ky++)
        for (int kx = 0; kx < c->kernel; kx++)
            g.tap[g.taps++] = (struct tap){ky * c->dilation - c->padding,
                                           kx * c->dilation - c->padding, ky * c->kernel + kx};
    gather_taps_done(&g);
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
    struct gather g = {.in_channels = c->out_channels / c->groups,
                       .out_channels = c->in_channels / c->groups,
                       .in_columns = c->out_columns,
                       .in_rows = c->out_rows,
                       .in_plane = tensor_plane(c->out_rows, c->out_columns) * LANES,
                       .out_plane = tensor_plane(c->in_rows, c->in_columns) * LANES,
                       .in_step = 1};
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
            g.out_channels = c->in_channels / c->groups;
            for (int i = 0; i < ny; i++)
                for (int j = 0; j < nx; j++)
                    g.tap[g.taps++] = (struct tap){dy[i], dx[j], ky[i] * c->kernel + kx[j]};
            g.rows = (c->in_rows - py + c->stride - 1) / c->stride;
            g.columns = (c->in_columns - px + c->stride - 1) / c->stride;
            gather_taps_done(&g);
            size_t offset = ((size_t)py * (size_t)c->in_columns + (size_t)px) * LANES;
            gather_run(&g, blocks, c->groups, g.w_in * (size_t)g.in_channels, gy, w, gx, offset,
                       accumulate, mask, NULL);
        }
}
