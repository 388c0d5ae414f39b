#include "evaluator/batch.h"

#include "base/random.h"

#include <string.h>

size_t batch_staging(const struct dataset *dataset)
{
    return (size_t)LANES * (size_t)dataset->channels * (size_t)dataset->rows *
           (size_t)dataset->columns;
}

struct batch_scale batch_scale(const struct dataset *dataset)
{
    struct batch_scale s;
    for (int c = 0; c < dataset->channels; c++) {
        double deviation = (double)dataset->deviation[c];
        s.scale[c] = (real)(1.0 / (255.0 * deviation));
        s.offset[c] = (real)(-(double)dataset->mean[c] / deviation);
    }
    return s;
}

struct shift {
    int rows, columns;         /* output pixel (r, c) reads (r + rows, c + columns) */
    bool flip;                 /* after the crop */
    int hole_row, hole_column; /* centre of the cutout */
};

static struct shift draw_shift(const struct dataset *d, const struct training *training,
                               uint64_t seed, uint32_t epoch, uint32_t item)
{
    struct random_stream stream = random_stream(seed, RANDOM_AUGMENT, epoch, item);
    struct shift s = {0};
    if (training->crop_padding > 0) {
        uint32_t places = 2 * (uint32_t)training->crop_padding + 1;
        s.rows = (int)random_below(&stream, places) - training->crop_padding;
        s.columns = (int)random_below(&stream, places) - training->crop_padding;
    }
    if (training->flip)
        s.flip = random_below(&stream, 2) == 1;
    if (training->cutout > 0) {
        s.hole_row = (int)random_below(&stream, (uint32_t)d->rows);
        s.hole_column = (int)random_below(&stream, (uint32_t)d->columns);
    }
    return s;
}

/* Cutout (DeVries and Taylor 2017): a square of the mean colour, clipped at the image's border, in one
 * lane of a packed block. */
static void cut_out(const struct dataset *d, int side, struct shift s, int lane, real *block)
{
    int top = s.hole_row - side / 2, left = s.hole_column - side / 2;
    int bottom = top + side < d->rows ? top + side : d->rows;
    int right = left + side < d->columns ? left + side : d->columns;
    for (int c = 0; c < d->channels; c++) {
        real *plane = block + (size_t)c * tensor_plane(d->rows, d->columns) * LANES;
        for (int row = top < 0 ? 0 : top; row < bottom; row++)
            for (int column = left < 0 ? 0 : left; column < right; column++)
                plane[((size_t)row * (size_t)d->columns + (size_t)column) * LANES + (size_t)lane] =
                    0;
    }
}

/* One image shifted (black outside) and flipped. */
static void augment(const struct dataset *d, struct shift s, const uint8_t *in, uint8_t *out)
{
    const int columns = d->columns;
    int from = s.columns < 0 ? -s.columns : 0;
    int to = s.columns > 0 ? columns - s.columns : columns;
    for (int c = 0; c < d->channels; c++)
        for (int row = 0; row < d->rows; row++, out += columns) {
            int source = row + s.rows;
            if (source < 0 || source >= d->rows || from >= to) {
                memset(out, 0, (size_t)columns);
                continue;
            }
            const uint8_t *line =
                in + ((size_t)c * (size_t)d->rows + (size_t)source) * (size_t)columns + s.columns;
            memset(out, 0, (size_t)from);
            memcpy(out + from, line + from, (size_t)(to - from));
            memset(out + to, 0, (size_t)(columns - to));
            for (int i = 0; s.flip && i < columns / 2; i++) {
                uint8_t t = out[i];
                out[i] = out[columns - 1 - i];
                out[columns - 1 - i] = t;
            }
        }
}

static size_t image_bytes(const struct dataset *d)
{
    return (size_t)d->channels * (size_t)d->rows * (size_t)d->columns;
}

static size_t block_reals(const struct dataset *d)
{
    return (size_t)d->channels * tensor_plane(d->rows, d->columns) * LANES;
}

/* Ask for an image ahead of time: the order is random, so that no hardware guesses it. */
static void prefetch(const uint8_t *image, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 64)
        __builtin_prefetch(image + i);
}

void batch_train(const struct dataset *dataset, const struct training *training,
                 const struct kernels *kernels, uint64_t seed, uint32_t epoch, uint32_t first,
                 const uint32_t *order, int blocks, uint8_t *staging, real *x, uint8_t *labels)
{
    const struct batch_scale s = batch_scale(dataset);
    const size_t bytes = image_bytes(dataset);
    for (int block = 0; block < blocks; block++) {
        const uint8_t *image[LANES];
        struct shift shift[LANES];
        real *packed = x + (size_t)block * block_reals(dataset);
        for (int lane = 0; lane < LANES; lane++) {
            uint32_t i = (uint32_t)(block * LANES + lane);
            uint8_t *out = staging + (size_t)lane * bytes;
            if ((int)i + 2 < blocks * LANES)
                prefetch(dataset->train_image + order[i + 2] * bytes, bytes);
            shift[lane] = draw_shift(dataset, training, seed, epoch, first + i);
            augment(dataset, shift[lane], dataset->train_image + order[i] * bytes, out);
            image[lane] = out;
            labels[i] = dataset->train_label[order[i]];
        }
        kernels->pack(dataset->channels, (size_t)dataset->rows * (size_t)dataset->columns, image,
                      s.scale, s.offset, packed);
        for (int lane = 0; training->cutout > 0 && lane < LANES; lane++)
            cut_out(dataset, training->cutout, shift[lane], lane, packed);
    }
}

void batch_plain(const struct dataset *dataset, const struct kernels *kernels, bool test,
                 const uint32_t *order, uint32_t first, int count, real *x, uint8_t *labels)
{
    const struct batch_scale s = batch_scale(dataset);
    const size_t bytes = image_bytes(dataset);
    const uint8_t *images = test ? dataset->test_image : dataset->train_image;
    const uint8_t *label = test ? dataset->test_label : dataset->train_label;
    for (int block = 0; block * LANES < count; block++) {
        const uint8_t *image[LANES];
        for (int lane = 0; lane < LANES; lane++) {
            int i = block * LANES + lane;
            uint32_t index = order ? order[first + (uint32_t)(i < count ? i : 0)]
                                   : first + (uint32_t)(i < count ? i : 0);
            image[lane] = images + index * bytes;
            if (i < count)
                labels[i] = label[index];
        }
        kernels->pack(dataset->channels, (size_t)dataset->rows * (size_t)dataset->columns, image,
                      s.scale, s.offset, x + (size_t)block * block_reals(dataset));
    }
}
