#include "evaluator/reference.h"

#include <math.h>
#include <string.h>

static real multiply_add(real a, real b, real c)
{
#ifdef NASBED_DOUBLE
    return fma(a, b, c);
#else
    return fmaf(a, b, c);
#endif
}

static size_t at(int channels, int rows, int columns, int block, int channel, int row, int column,
                 int lane)
{
    size_t plane = tensor_plane(rows, columns);
    return (((size_t)block * (size_t)channels + (size_t)channel) * plane +
            (size_t)row * (size_t)columns + (size_t)column) *
               LANES +
           (size_t)lane;
}

static size_t x_at(const struct conv *c, int block, int channel, int row, int column, int lane)
{
    return at(c->in_channels, c->in_rows, c->in_columns, block, channel, row, column, lane);
}

static size_t y_at(const struct conv *c, int block, int channel, int row, int column, int lane)
{
    return at(c->out_channels, c->out_rows, c->out_columns, block, channel, row, column, lane);
}

static size_t w_at(const struct conv *c, int out, int in, int ky, int kx)
{
    int inside = c->in_channels / c->groups;
    return (((size_t)out * (size_t)inside + (size_t)in) * (size_t)c->kernel + (size_t)ky) *
               (size_t)c->kernel +
           (size_t)kx;
}

static bool in_image(const struct conv *c, int row, int column)
{
    return row >= 0 && row < c->in_rows && column >= 0 && column < c->in_columns;
}

/* One output value: input channels, kernel rows, kernel columns in order, padding skipped. */
static real forward_at(const struct conv *c, int block, int out, int row, int column, int lane,
                       const real *x, const real *w, uint64_t *macs)
{
    int inside = c->in_channels / c->groups, group = out / (c->out_channels / c->groups);
    real sum = 0;
    for (int in = 0; in < inside; in++)
        for (int ky = 0; ky < c->kernel; ky++)
            for (int kx = 0; kx < c->kernel; kx++) {
                int ry = row * c->stride + ky * c->dilation - c->padding;
                int rx = column * c->stride + kx * c->dilation - c->padding;
                if (macs && block == 0 && lane == 0)
                    ++*macs;
                if (in_image(c, ry, rx))
                    sum = multiply_add(w[w_at(c, out, in, ky, kx)],
                                       x[x_at(c, block, group * inside + in, ry, rx, lane)], sum);
            }
    return sum;
}

void reference_conv_forward(const struct conv *c, int blocks, const real *x, const real *w, real *y,
                            real *statistics, uint64_t *macs)
{
    for (int block = 0; block < blocks; block++)
        for (int out = 0; out < c->out_channels; out++)
            for (int row = 0; row < c->out_rows; row++)
                for (int column = 0; column < c->out_columns; column++)
                    for (int lane = 0; lane < LANES; lane++) {
                        real v = forward_at(c, block, out, row, column, lane, x, w, macs);
                        y[y_at(c, block, out, row, column, lane)] = v;
                        if (!statistics)
                            continue;
                        real *s = statistics + out * LANES + lane;
                        s[0] += v;
                        s[c->out_channels * LANES] = multiply_add(v, v, s[c->out_channels * LANES]);
                    }
}

/* One input value's gradient: output channels, then image rows and columns ascending, i.e. kernel
 * offsets descending. */
static real data_at(const struct conv *c, int block, int in, int row, int column, int lane,
                    real sum, const real *gy, const real *w, uint64_t *macs)
{
    int inside = c->in_channels / c->groups, outside = c->out_channels / c->groups;
    int group = in / inside;
    for (int out = group * outside; out < (group + 1) * outside; out++)
        for (int ky = c->kernel - 1; ky >= 0; ky--)
            for (int kx = c->kernel - 1; kx >= 0; kx--) {
                int sy = row + c->padding - ky * c->dilation;
                int sx = column + c->padding - kx * c->dilation;
                if (sy % c->stride || sx % c->stride)
                    continue;
                int oy = sy / c->stride, ox = sx / c->stride;
                if (oy < 0 || oy >= c->out_rows || ox < 0 || ox >= c->out_columns)
                    continue;
                if (macs && block == 0 && lane == 0)
                    ++*macs;
                sum = multiply_add(w[w_at(c, out, in % inside, ky, kx)],
                                   gy[y_at(c, block, out, oy, ox, lane)], sum);
            }
    return sum;
}

void reference_conv_data(const struct conv *c, int blocks, const real *gy, const real *w, real *gx,
                         bool accumulate, const real *mask, uint64_t *macs)
{
    for (int block = 0; block < blocks; block++)
        for (int in = 0; in < c->in_channels; in++)
            for (int row = 0; row < c->in_rows; row++)
                for (int column = 0; column < c->in_columns; column++)
                    for (int lane = 0; lane < LANES; lane++) {
                        size_t place = x_at(c, block, in, row, column, lane);
                        real v = data_at(c, block, in, row, column, lane,
                                         accumulate ? gx[place] : 0, gy, w, macs);
                        gx[place] = !mask || mask[place] > 0 ? v : 0;
                    }
}

/* Lane sums of one weight over one pass of blocks, then the lanes. */
static real weight_pass(const struct conv *c, int from, int to, int out, int in, int ky, int kx,
                        const real *x, const real *gy, uint64_t *macs)
{
    int inside = c->in_channels / c->groups, group = out / (c->out_channels / c->groups);
    real lane_sum[LANES] = {0};
    for (int block = from; block < to; block++)
        for (int row = 0; row < c->out_rows; row++)
            for (int column = 0; column < c->out_columns; column++) {
                int ry = row * c->stride + ky * c->dilation - c->padding;
                int rx = column * c->stride + kx * c->dilation - c->padding;
                if (macs && block == 0)
                    ++*macs;
                for (int lane = 0; in_image(c, ry, rx) && lane < LANES; lane++)
                    lane_sum[lane] = multiply_add(
                        gy[y_at(c, block, out, row, column, lane)],
                        x[x_at(c, block, group * inside + in, ry, rx, lane)], lane_sum[lane]);
            }
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            lane_sum[i] += lane_sum[i + half];
    return lane_sum[0];
}

void reference_conv_weight(const struct conv *c, int blocks, const real *x, const real *gy,
                           real *gw, uint64_t *macs)
{
    int step = conv_in_blocks(c) ? 1 : blocks;
    for (int out = 0; out < c->out_channels; out++)
        for (int in = 0; in < c->in_channels / c->groups; in++)
            for (int ky = 0; ky < c->kernel; ky++)
                for (int kx = 0; kx < c->kernel; kx++) {
                    for (int block = 0; block < blocks; block += step)
                        gw[w_at(c, out, in, ky, kx)] +=
                            weight_pass(c, block, block + step, out, in, ky, kx, x, gy, macs);
                }
}

static bool in_window(const struct pool_window *p, int out, int in, int size)
{
    int from = out * p->stride - p->padding;
    return in >= 0 && in < size && in >= from && in < from + p->kernel;
}

/* Pixels of the window of output (row, column) that are inside the image. */
static int window_count(const struct pool_window *p, int row, int column)
{
    int rows = 0, columns = 0;
    for (int r = 0; r < p->in_rows; r++)
        rows += in_window(p, row, r, p->in_rows);
    for (int c = 0; c < p->in_columns; c++)
        columns += in_window(p, column, c, p->in_columns);
    return rows * columns;
}

void reference_avg_forward(const struct pool_window *p, int blocks, const real *x, real *y)
{
    for (int k = 0; k < blocks * p->channels * LANES; k++) {
        int block = k / (p->channels * LANES), channel = k / LANES % p->channels, lane = k % LANES;
        for (int row = 0; row < p->out_rows; row++)
            for (int column = 0; column < p->out_columns; column++) {
                real total = 0;
                for (int c = 0; c < p->in_columns; c++) {
                    real sum = 0;
                    for (int r = 0; r < p->in_rows; r++)
                        if (in_window(p, row, r, p->in_rows))
                            sum += x[at(p->channels, p->in_rows, p->in_columns, block, channel, r,
                                        c, lane)];
                    if (in_window(p, column, c, p->in_columns))
                        total += sum;
                }
                y[at(p->channels, p->out_rows, p->out_columns, block, channel, row, column, lane)] =
                    total * ((real)1 / (real)window_count(p, row, column));
            }
    }
}

void reference_avg_data(const struct pool_window *p, int blocks, const real *gy, bool accumulate,
                        real *gx)
{
    for (int k = 0; k < blocks * p->channels * LANES; k++) {
        int block = k / (p->channels * LANES), channel = k / LANES % p->channels, lane = k % LANES;
        for (int row = 0; row < p->in_rows; row++)
            for (int column = 0; column < p->in_columns; column++) {
                real total = 0;
                for (int c = 0; c < p->out_columns; c++) {
                    real sum = 0;
                    for (int r = 0; r < p->out_rows; r++)
                        if (in_window(p, r, row, p->in_rows))
                            sum = multiply_add(gy[at(p->channels, p->out_rows, p->out_columns,
                                                     block, channel, r, c, lane)],
                                               (real)1 / (real)window_count(p, r, c), sum);
                    if (in_window(p, c, column, p->in_columns))
                        total += sum;
                }
                real *place = &gx[at(p->channels, p->in_rows, p->in_columns, block, channel, row,
                                     column, lane)];
                *place = accumulate ? *place + total : total;
            }
    }
}

void reference_max_forward(const struct pool_window *p, int blocks, const real *x, real *y)
{
    for (int k = 0; k < blocks * p->channels * LANES; k++) {
        int block = k / (p->channels * LANES), channel = k / LANES % p->channels, lane = k % LANES;
        for (int row = 0; row < p->out_rows; row++)
            for (int column = 0; column < p->out_columns; column++) {
                real best = -(real)INFINITY;
                for (int r = 0; r < p->in_rows; r++)
                    for (int c = 0; c < p->in_columns; c++) {
                        real v = x[at(p->channels, p->in_rows, p->in_columns, block, channel, r, c,
                                      lane)];
                        if (in_window(p, row, r, p->in_rows) &&
                            in_window(p, column, c, p->in_columns) && v > best)
                            best = v;
                    }
                y[at(p->channels, p->out_rows, p->out_columns, block, channel, row, column, lane)] =
                    best;
            }
    }
}
