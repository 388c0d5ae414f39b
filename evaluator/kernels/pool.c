/* Pooling: mean and maximum over square windows, and over the whole image. */
#include "evaluator/kernels/isa.h"

struct span {
    int from, to;
};

/* Input positions of output position `at`, clipped to the image. */
INLINE struct span window(const struct pool_window *p, int at, int size)
{
    int from = at * p->stride - p->padding, to = from + p->kernel;
    return (struct span){from < 0 ? 0 : from, to > size ? size : to};
}

/* Output positions whose window holds input position `at`. */
INLINE struct span readers(const struct pool_window *p, int at, int size)
{
    int low = at + p->padding - p->kernel + 1;
    int from = low <= 0 ? 0 : (low + p->stride - 1) / p->stride;
    int to = (at + p->padding) / p->stride + 1;
    return (struct span){from, to > size ? size : to};
}

/* Run BODY for every (block, channel, half of the lanes); `in`, `out` point to the planes. */
#define FOR_PLANES(P, BLOCKS)                                                                      \
    const size_t in_plane = tensor_plane((P)->in_rows, (P)->in_columns) * LANES;                   \
    const size_t out_plane = tensor_plane((P)->out_rows, (P)->out_columns) * LANES;                \
    for (size_t k = 0; k < (size_t)(BLOCKS) * (size_t)(P)->channels; k++)                          \
        for (size_t lane = 0; lane < LANES; lane += WIDTH)

INLINE size_t pixel_at(int row, int column, int columns)
{
    return ((size_t)row * (size_t)columns + (size_t)column) * LANES;
}

INLINE bool is_same_3x3(const struct pool_window *p)
{
    return p->kernel == 3 && p->stride == 1 && p->padding == 1 && p->in_columns > 1;
}

/* One column of up to three rows; backward each pixel is divided by the count of its own window. */
INLINE vec column_sum(const bool BACKWARD, const struct pool_window *p, const real *in,
                      struct span rows, int column, const real *share)
{
    if (!BACKWARD) {
        vec sum = vec_load(in + pixel_at(rows.from, column, p->in_columns));
        for (int r = rows.from + 1; r < rows.to; r++)
            sum += vec_load(in + pixel_at(r, column, p->in_columns));
        return sum;
    }
    bool side = column == 0 || column == p->in_columns - 1;
    vec sum = vec_zero();
    for (int r = rows.from; r < rows.to; r++) {
        bool end = r == 0 || r == p->in_rows - 1;
        sum = vec_fma(vec_load(in + pixel_at(r, column, p->in_columns)),
                      vec_set(share[side + 2 * end]), sum);
    }
    return sum;
}

/* 3x3, stride 1, padding 1: the sums of columns slide along the row. Same order as the general loops. */
INLINE void same_3x3(const bool BACKWARD, const struct pool_window *p, const real *in, real *out,
                     bool accumulate)
{
    const int tall = p->in_rows == 1 ? 1 : 2; /* rows of a window at the upper or lower end */
    const real share[4] = {(real)1 / (real)9, (real)1 / (real)6, (real)1 / (real)(3 * tall),
                           (real)1 / (real)(2 * tall)};
    for (int row = 0; row < p->in_rows; row++) {
        struct span rows = window(p, row, p->in_rows);
        bool end = row == 0 || row == p->in_rows - 1;
        vec before = vec_zero(), here = column_sum(BACKWARD, p, in, rows, 0, share);
        for (int column = 0; column < p->in_columns; column++) {
            bool last = column == p->in_columns - 1;
            vec total = before + here, next = here;
            if (!last) {
                next = column_sum(BACKWARD, p, in, rows, column + 1, share);
                total += next;
            }
            if (!BACKWARD)
                total *= vec_set(share[(column == 0 || last) + 2 * end]);
            real *place = out + pixel_at(row, column, p->in_columns);
            if (accumulate)
                total += vec_load(place);
            vec_store(place, total);
            before = here;
            here = next;
        }
    }
}

/* Windows side by side that fill the image: every input pixel has one reader. */
INLINE bool is_tiled(const struct pool_window *p)
{
    return p->kernel == p->stride && p->padding == 0 && p->in_rows == p->out_rows * p->stride &&
           p->in_columns == p->out_columns * p->stride;
}

INLINE void spread_tiles(const struct pool_window *p, const real *in, real *out, bool accumulate)
{
    const int side = p->kernel;
    const vec share = vec_set((real)1 / (real)(side * side));
    for (int row = 0; row < p->out_rows; row++)
        for (int column = 0; column < p->out_columns; column++) {
            vec g = vec_zero() + vec_fma(vec_load(in + pixel_at(row, column, p->out_columns)),
                                         share, vec_zero());
            for (int r = row * side; r < (row + 1) * side; r++)
                for (int c = column * side; c < (column + 1) * side; c++) {
                    real *place = out + pixel_at(r, c, p->in_columns);
                    vec_store(place, accumulate ? (vec)(g + vec_load(place)) : g);
                }
        }
}

void KERNEL(avg_forward)(const struct pool_window *p, int blocks, const real *x, real *y)
{
    FOR_PLANES(p, blocks)
    {
        const real *in = x + k * in_plane + lane;
        real *out = y + k * out_plane + lane;
        if (is_same_3x3(p)) {
            same_3x3(false, p, in, out, false);
            continue;
        }
        for (int row = 0; row < p->out_rows; row++) {
            struct span rows = window(p, row, p->in_rows);
            for (int column = 0; column < p->out_columns; column++) {
                struct span columns = window(p, column, p->in_columns);
                vec total = vec_zero();
                for (int c = columns.from; c < columns.to; c++) {
                    vec sum = vec_load(in + pixel_at(rows.from, c, p->in_columns));
                    for (int r = rows.from + 1; r < rows.to; r++)
                        sum += vec_load(in + pixel_at(r, c, p->in_columns));
                    total += sum;
                }
                int count = (rows.to - rows.from) * (columns.to - columns.from);
                vec_store(out + pixel_at(row, column, p->out_columns),
                          total * vec_set((real)1 / (real)count));
            }
        }
    }
}

void KERNEL(avg_data)(const struct pool_window *p, int blocks, const real *gy, bool accumulate,
                      real *gx)
{
    FOR_PLANES(p, blocks)
    {
        const real *in = gy + k * out_plane + lane;
        real *out = gx + k * in_plane + lane;
        if (is_same_3x3(p)) {
            same_3x3(true, p, in, out, accumulate);
            continue;
        }
        if (is_tiled(p)) {
            spread_tiles(p, in, out, accumulate);
            continue;
        }
        for (int row = 0; row < p->in_rows; row++) {
            struct span rows = readers(p, row, p->out_rows);
            for (int column = 0; column < p->in_columns; column++) {
                struct span columns = readers(p, column, p->out_columns);
                vec total = vec_zero();
                for (int c = columns.from; c < columns.to; c++) {
                    struct span wide = window(p, c, p->in_columns);
                    vec sum = vec_zero();
                    for (int r = rows.from; r < rows.to; r++) {
                        struct span high = window(p, r, p->in_rows);
                        int count = (high.to - high.from) * (wide.to - wide.from);
                        sum = vec_fma(vec_load(in + pixel_at(r, c, p->out_columns)),
                                      vec_set((real)1 / (real)count), sum);
                    }
                    total += sum;
                }
                real *place = out + pixel_at(row, column, p->in_columns);
                if (accumulate)
                    total += vec_load(place);
                vec_store(place, total);
            }
        }
    }
}

void KERNEL(max_forward)(const struct pool_window *p, int blocks, const real *x, real *y)
{
    FOR_PLANES(p, blocks)
    {
        const real *in = x + k * in_plane + lane;
        real *out = y + k * out_plane + lane;
        for (int row = 0; row < p->out_rows; row++) {
            struct span rows = window(p, row, p->in_rows);
            for (int column = 0; column < p->out_columns; column++) {
                struct span columns = window(p, column, p->in_columns);
                vec best = vec_load(in + pixel_at(rows.from, columns.from, p->in_columns));
                for (int r = rows.from; r < rows.to; r++)
                    for (int c = columns.from; c < columns.to; c++)
                        best = vec_max(vec_load(in + pixel_at(r, c, p->in_columns)), best);
                vec_store(out + pixel_at(row, column, p->out_columns), best);
            }
        }
    }
}

void KERNEL(max_data)(const struct pool_window *p, int blocks, const real *x, const real *y,
                      const real *gy, bool accumulate, real *gx)
{
    FOR_PLANES(p, blocks)
    {
        const real *in = x + k * in_plane + lane, *top = y + k * out_plane + lane;
        const real *g = gy + k * out_plane + lane;
        real *out = gx + k * in_plane + lane;
        for (int i = 0; !accumulate && i < p->in_rows * p->in_columns; i++)
            vec_store(out + (size_t)i * LANES, vec_zero());
        for (int row = 0; row < p->out_rows; row++)
            for (int column = 0; column < p->out_columns; column++) {
                struct span rows = window(p, row, p->in_rows);
                struct span columns = window(p, column, p->in_columns);
                vec best = vec_load(top + pixel_at(row, column, p->out_columns));
                vec gradient = vec_load(g + pixel_at(row, column, p->out_columns));
                vec_bits open = (vec_bits)(best == best); /* no pixel has taken it yet */
                for (int r = rows.from; r < rows.to; r++)
                    for (int c = columns.from; c < columns.to; c++) {
                        size_t at = pixel_at(r, c, p->in_columns);
                        vec_bits takes = (vec_bits)(vec_load(in + at) == best) & open;
                        vec_store(out + at, vec_load(out + at) + vec_and(takes, gradient));
                        open &= ~takes;
                    }
            }
    }
}

void KERNEL(global_forward)(int channels, size_t pixels, int blocks, const real *x, real *y)
{
    for (size_t k = 0; k < (size_t)blocks * (size_t)channels; k++)
        for (size_t lane = 0; lane < LANES; lane += WIDTH) {
            vec sum = vec_zero();
            for (size_t i = 0; i < pixels; i++)
                sum += vec_load(x + (k * (pixels | 1) + i) * LANES + lane);
            vec_store(y + k * LANES + lane, sum * vec_set((real)1 / (real)pixels));
        }
}

void KERNEL(global_data)(int channels, size_t pixels, int blocks, const real *gy, bool accumulate,
                         real *gx)
{
    for (size_t k = 0; k < (size_t)blocks * (size_t)channels; k++)
        for (size_t lane = 0; lane < LANES; lane += WIDTH) {
            vec g = vec_load(gy + k * LANES + lane) * vec_set((real)1 / (real)pixels);
            for (size_t i = 0; i < pixels; i++) {
                real *place = gx + (k * (pixels | 1) + i) * LANES + lane;
                vec_store(place, accumulate ? (vec)(vec_load(place) + g) : g);
            }
        }
}
