/* Batches: every pixel is the one the drawn crop, flip and cutout say; draws are uniform; lanes are the
 * images in order. */
#include "base/random.h"
#include "evaluator/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 12, CHANNELS = 2, IMAGES = 64, BLOCKS = 2, BYTES = CHANNELS * SIDE * SIDE };

struct fixture {
    struct dataset data;
    uint8_t images[IMAGES * BYTES], labels[IMAGES], got[BLOCKS * LANES];
    uint8_t staging[LANES * BYTES];
    uint32_t order[IMAGES];
    real *x;
};

static void fixture_open(struct fixture *f)
{
    struct random_stream stream = random_stream(21, RANDOM_TEST, 0, 0);
    *f = (struct fixture){.data = {.channels = CHANNELS,
                                   .rows = SIDE,
                                   .columns = SIDE,
                                   .classes = 10,
                                   .train_count = IMAGES,
                                   .test_count = IMAGES,
                                   .mean = {0.5f, 0.25f},
                                   .deviation = {0.25f, 0.5f}}};
    for (size_t i = 0; i < sizeof f->images; i++)
        f->images[i] = (uint8_t)(1 + random_below(&stream, 255)); /* 0 is the padding's own */
    for (int i = 0; i < IMAGES; i++)
        f->labels[i] = (uint8_t)random_below(&stream, 10);
    random_permutation(&stream, IMAGES, f->order);
    f->data.train_image = f->data.test_image = f->images;
    f->data.train_label = f->data.test_label = f->labels;
    size_t size = (size_t)BLOCKS * CHANNELS * tensor_plane(SIDE, SIDE) * LANES * sizeof(real);
    f->x = aligned_alloc(64, size);
    assert_non_null(f->x);
    memset(f->x, 0, size);
}

static double value(const struct fixture *f, int i, int c, int row, int column)
{
    size_t plane = (size_t)(i / LANES * CHANNELS + c) * tensor_plane(SIDE, SIDE);
    return (double)f->x[(plane + (size_t)(row * SIDE + column)) * LANES + (size_t)(i % LANES)];
}

static double expected(const struct fixture *f, uint32_t image, int c, int row, int column)
{
    bool outside = row < 0 || row >= SIDE || column < 0 || column >= SIDE;
    int byte =
        outside ? 0 : f->images[image * BYTES + (uint32_t)((c * SIDE + row) * SIDE + column)];
    return (byte / 255.0 - (double)f->data.mean[c]) / (double)f->data.deviation[c];
}

/* Check one image against its own draws, made here again from the documented stream. */
static void check_image(const struct fixture *f, const struct training *t, int i, uint32_t epoch,
                        uint32_t first)
{
    struct random_stream s = random_stream(9, RANDOM_AUGMENT, epoch, first + (uint32_t)i);
    int pad = t->crop_padding, rows = 0, columns = 0, y = 0, x = 0;
    if (pad > 0) {
        rows = (int)random_below(&s, 2 * (uint32_t)pad + 1) - pad;
        columns = (int)random_below(&s, 2 * (uint32_t)pad + 1) - pad;
    }
    bool flip = t->flip && random_below(&s, 2) == 1;
    if (t->cutout) {
        y = (int)random_below(&s, SIDE);
        x = (int)random_below(&s, SIDE);
    }
    for (int c = 0; c < CHANNELS; c++)
        for (int row = 0; row < SIDE; row++)
            for (int column = 0; column < SIDE; column++) {
                int top = y - t->cutout / 2, left = x - t->cutout / 2;
                bool hole = t->cutout && row >= top && row < top + t->cutout && column >= left &&
                            column < left + t->cutout;
                int from = flip ? SIDE - 1 - column : column;
                double want = hole ? 0
                                   : expected(f, f->order[first + (uint32_t)i], c, row + rows,
                                              from + columns);
                if (fabs(value(f, i, c, row, column) - want) > 1e-5)
                    fail_msg("image %d, channel %d, row %d, column %d: %g, not %g", i, c, row,
                             column, value(f, i, c, row, column), want);
            }
}

static void test_augmented(void **state)
{
    (void)state;
    static const struct training kinds[] = {{.flip = false},
                                            {.flip = true},
                                            {.flip = true, .crop_padding = 4},
                                            {.crop_padding = 15, .flip = true},
                                            {.flip = true, .crop_padding = 2, .cutout = 5}};
    struct fixture f;
    fixture_open(&f);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (int t = 0; kernels_at(t); t++) {
            batch_train(&f.data, &kinds[k], kernels_at(t), 9, 3, 16, f.order + 16, BLOCKS,
                        f.staging, f.x, f.got);
            for (int i = 0; i < BLOCKS * LANES; i++) {
                check_image(&f, &kinds[k], i, 3, 16);
                assert_int_equal(f.got[i], f.labels[f.order[16 + i]]);
            }
        }
    free(f.x);
}

static void test_plain(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    for (int ordered = 0; ordered < 2; ordered++) {
        batch_plain(&f.data, kernels_at(0), !ordered, ordered ? f.order : NULL, 7, 21, f.x, f.got);
        for (int i = 0; i < 21; i++) {
            uint32_t image = ordered ? f.order[7 + i] : 7 + (uint32_t)i;
            assert_int_equal(f.got[i], f.labels[image]);
            for (int p = 0; p < SIDE * SIDE; p++)
                assert_true(fabs(value(&f, i, 1, p / SIDE, p % SIDE) -
                                 expected(&f, image, 1, p / SIDE, p % SIDE)) < 1e-5);
        }
    }
    free(f.x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_augmented),
                                       cmocka_unit_test(test_plain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
