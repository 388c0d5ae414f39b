#include "evaluator/dataset.h"

#include "base/block.h"
#include "base/random.h"
#include "base/text.h"
#include "evaluator/layout.h"
#include "protocols/shape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *dataset_at(int i)
{
    const struct shape *shape = shape_at(i);
    return shape ? shape->name : NULL;
}

int dataset_shape(const char *name, int *channels, int *size, int *classes, struct error *error)
{
    const struct shape *shape = shape_find(name, error);
    if (!shape)
        return ERROR_ARGUMENT;
    *channels = shape->channels;
    *size = shape->size;
    *classes = shape->classes;
    return 0;
}

/* An environment variable that says something, or NULL. */
static const char *setting(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value ? value : NULL;
}

char *dataset_folder(const char *name)
{
    const char *data = setting("NASBED_DATA"), *cache = setting("XDG_CACHE_HOME");
    const char *home = setting("HOME");
    struct text folder = {0};
    if (data)
        text_append(&folder, "%s/%s", data, name);
    else if (cache && *cache == '/') /* the XDG specification: a relative path is ignored */
        text_append(&folder, "%s/nasbed/%s", cache, name);
    else
        text_append(&folder, "%s/.cache/nasbed/%s", home ? home : ".", name);
    return folder.data;
}

/* One allocation for all images and labels. Random reads of 1 to 3 KB miss the TLB at every image
 * with small pages, so huge ones are asked for. */
static int allocate(struct dataset *dataset, struct error *error)
{
    size_t train = (size_t)dataset->train_count, test = (size_t)dataset->test_count;
    size_t image = (size_t)dataset->channels * (size_t)dataset->rows * (size_t)dataset->columns;
    size_t bytes = (train + test) * (image + 1);
    uint8_t *block = block_allocate(&bytes);
    if (!block)
        return error_set(error, ERROR_MEMORY, "out of memory: %zu bytes for the images", bytes);
    dataset->train_image = block;
    dataset->test_image = block + train * image;
    dataset->train_label = block + (train + test) * image;
    dataset->test_label = dataset->train_label + train;
    return 0;
}

static int load_file(struct dataset *dataset, const struct layout *layout, int i,
                     const char *folder, struct error *error)
{
    int status = 0;
    uint8_t *bytes = malloc(layout->file[i].size);
    char *path = layout_path(layout, i, folder);
    if (!bytes || !path)
        status = error_set(error, ERROR_MEMORY, "out of memory");
    if (!status)
        status = layout_read(layout, i, path, bytes, error);
    if (!status && layout->decode(dataset, i, bytes, error))
        status = error_context(error, "%s", path);
    if (!status)
        status = layout_check(layout, i, path, bytes, error);
    free(path);
    free(bytes);
    return status;
}

static void digest_all(struct dataset *dataset)
{
    size_t train = (size_t)dataset->train_count, test = (size_t)dataset->test_count;
    size_t image = (size_t)dataset->channels * (size_t)dataset->rows * (size_t)dataset->columns;
    struct digest digest = digest_bytes(dataset->train_image, train * image);
    digest = digest_chain(digest, dataset->train_label, train);
    digest = digest_chain(digest, dataset->test_image, test * image);
    dataset->digest = digest_chain(digest, dataset->test_label, test);
}

/* Mean and deviation of each channel over the training file's own pixels: `border` zeros around each
 * image are not its own. Sums of bytes and of squares are exact in 64 bits. */
static void measure(struct dataset *dataset, int border)
{
    size_t rows = (size_t)dataset->rows, columns = (size_t)dataset->columns;
    size_t channels = (size_t)dataset->channels, plane = rows * columns;
    size_t own = (rows - 2 * (size_t)border) * (columns - 2 * (size_t)border);
    double pixels = (double)dataset->train_count * (double)own;
    for (size_t c = 0; c < channels; c++) {
        uint64_t sum = 0, squares = 0;
        for (size_t image = 0; image < (size_t)dataset->train_count; image++) {
            const uint8_t *pixel = dataset->train_image + (image * channels + c) * plane;
            uint32_t image_sum = 0, image_squares = 0; /* at most 4096 x 255^2: fits */
            for (size_t k = 0; k < plane; k++) {
                image_sum += pixel[k];
                image_squares += (uint32_t)pixel[k] * pixel[k];
            }
            sum += image_sum;
            squares += image_squares;
        }
        double mean = (double)sum / pixels, variance = (double)squares / pixels - mean * mean;
        dataset->mean[c] = (float)(mean / 255.0);
        dataset->deviation[c] = (float)(sqrt(variance) / 255.0);
    }
}

static int load(struct dataset *dataset, const struct layout *layout, const char *folder,
                struct error *error)
{
    int status = allocate(dataset, error);
    for (int i = 0; i < layout->files && !status; i++)
        status = load_file(dataset, layout, i, folder, error);
    if (status)
        return status;
    digest_all(dataset);
    measure(dataset, layout->border);
    return 0;
}

int dataset_open(struct dataset *dataset, const char *name, const char *folder, struct error *error)
{
    *dataset = (struct dataset){.train_image = NULL};
    const struct shape *shape = shape_find(name, error);
    const struct layout *layout = layout_find(name, error);
    if (!shape || !layout)
        return ERROR_ARGUMENT;
    (void)snprintf(dataset->name, sizeof dataset->name, "%s", name);
    dataset->channels = shape->channels;
    dataset->rows = dataset->columns = shape->size;
    dataset->classes = shape->classes;
    dataset->train_count = shape->train_count;
    dataset->test_count = shape->test_count;
    char *own = folder ? NULL : dataset_folder(name);
    int status = 0;
    if (!folder && !own)
        status = error_set(error, ERROR_MEMORY, "data set %s: out of memory", name);
    else if (load(dataset, layout, folder ? folder : own, error))
        status = error_context(error, "data set %s", name);
    if (status && error && status != ERROR_MEMORY) {
        size_t used = strlen(error->text);
        (void)snprintf(error->text + used, sizeof error->text - used,
                       "; run: nasbed dataset fetch %s", name);
    }
    if (status)
        dataset_close(dataset);
    free(own);
    return status;
}

void dataset_close(struct dataset *dataset)
{
    free(dataset->train_image); /* the other pointers lie in the same block */
    *dataset = (struct dataset){.train_image = NULL};
}

int dataset_split(const struct dataset *dataset, uint64_t split_seed, int train_images,
                  int valid_images, uint32_t *order, struct error *error)
{
    if (train_images < 0 || valid_images < 0 || train_images > dataset->train_count - valid_images)
        return error_set(error, ERROR_ARGUMENT,
                         "data set %s: a split of %d + %d images, but the training file has %d",
                         dataset->name, train_images, valid_images, dataset->train_count);
    uint32_t count = (uint32_t)dataset->train_count;
    uint32_t *all = malloc(count * sizeof *all);
    if (!all)
        return error_set(error, ERROR_MEMORY, "data set %s: out of memory", dataset->name);
    struct random_stream stream = random_stream(split_seed, RANDOM_SPLIT, 0, 0);
    random_permutation(&stream, count, all);
    memcpy(order, all, (size_t)(train_images + valid_images) * sizeof *all);
    free(all);
    return 0;
}
