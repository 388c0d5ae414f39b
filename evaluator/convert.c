#include "evaluator/convert.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CLASSES = 10,
    BATCH = 10000, /* images of a file */
    TRAIN_BATCHES = 5,
    PIXELS = 32 * 32,
    RECORD = 1 + 3 * PIXELS
};

static const char *skip_space(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

/* One label of at most three digits, as JSON writes it; -1 if there is none. */
static int parse_label(const char **text)
{
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > 3 || (digits > 1 && **text == '0'))
        return -1;
    int value = 0;
    for (; digits > 0; digits--)
        value = 10 * value + *(*text)++ - '0';
    return value;
}

int convert_labels(const char *text, int n, int classes, uint8_t *label, struct error *error)
{
    text = skip_space(text);
    for (int i = 0; i < n; i++) {
        if (*text != (i ? ',' : '['))
            return error_set(error, ERROR_FORMAT, "element %d: expected '%c' (of %d labels)", i,
                             i ? ',' : '[', n);
        text = skip_space(text + 1);
        int value = parse_label(&text);
        if (value < 0 || value >= classes)
            return error_set(error, ERROR_FORMAT, "element %d: expected a label below %d", i,
                             classes);
        label[i] = (uint8_t)value;
        text = skip_space(text);
    }
    if (*text != ']' || *skip_space(text + 1))
        return error_set(error, ERROR_FORMAT, "expected the end after %d labels", n);
    return 0;
}

/* What libpng's error handler needs; kept in memory, so that longjmp does not clobber it. */
struct reader {
    FILE *file;
    const char *path;
    png_structp png;
    png_infop info;
    uint8_t row[3 * PIXELS];
    struct error *error;
    int status;
};

static void fail_png(png_structp png, png_const_charp message)
{
    struct reader *reader = png_get_error_ptr(png);
    reader->status =
        error_set(reader->error, ERROR_FORMAT, "%s: damaged PNG: %s", reader->path, message);
    longjmp(png_jmpbuf(png), 1);
}

static void ignore_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static int check_header(struct reader *reader, int count)
{
    png_uint_32 width = png_get_image_width(reader->png, reader->info);
    png_uint_32 height = png_get_image_height(reader->png, reader->info);
    int depth = png_get_bit_depth(reader->png, reader->info);
    int type = png_get_color_type(reader->png, reader->info);
    if (width == PIXELS && height == (png_uint_32)count && depth == 8 &&
        type == PNG_COLOR_TYPE_RGB &&
        png_get_interlace_type(reader->png, reader->info) == PNG_INTERLACE_NONE)
        return 0;
    return error_set(
        reader->error, ERROR_FORMAT,
        "%s: %u x %u pixels, depth %d, type %d: expected %d x %d RGB pixels of 8 bits, "
        "not interlaced",
        reader->path, (unsigned)width, (unsigned)height, depth, type, PIXELS, count);
}

/* The part that libpng may leave by longjmp. */
static void read_rows(struct reader *reader, int count, uint8_t *records)
{
    if (setjmp(png_jmpbuf(reader->png)))
        return;
    png_init_io(reader->png, reader->file);
    png_read_info(reader->png, reader->info);
    reader->status = check_header(reader, count);
    if (reader->status)
        return;
    for (int i = 0; i < count; i++) {
        png_read_row(reader->png, reader->row, NULL);
        uint8_t *plane = records + (size_t)i * RECORD + 1;
        for (int k = 0; k < PIXELS; k++)
            for (int c = 0; c < 3; c++)
                plane[c * PIXELS + k] = reader->row[3 * k + c];
    }
    png_read_end(reader->png, NULL);
}

int convert_images(const char *path, int count, uint8_t *records, struct error *error)
{
    struct reader reader = {.file = fopen(path, "rb"), .path = path, .error = error};
    if (!reader.file)
        return error_set(error, errno == ENOENT ? ERROR_MISSING : ERROR_IO, "%s: %s", path,
                         strerror(errno));
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, fail_png, ignore_warning);
    reader.info = reader.png ? png_create_info_struct(reader.png) : NULL;
    if (reader.info)
        read_rows(&reader, count, records);
    else
        reader.status = error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    (void)fclose(reader.file);
    return reader.status;
}

static int read_labels(const char *folder, const char *name, int n, uint8_t *label,
                       struct error *error)
{
    struct text path = {0};
    char *text = NULL;
    size_t size;
    text_append(&path, "%s/%s", folder, name);
    int status = path.failed ? error_set(error, ERROR_MEMORY, "out of memory")
                             : file_read(path.data, &text, &size, error);
    if (!status && convert_labels(text, n, CLASSES, label, error))
        status = error_context(error, "%s", path.data);
    free(text);
    text_free(&path);
    return status;
}

/* One batch: FROM/NAME.png and its labels to TO/NAME.bin. `records` is room for them. */
static int convert_batch(const char *from, const char *to, const char *name, const uint8_t *label,
                         uint8_t *records, struct error *error)
{
    struct text png = {0}, binary = {0};
    text_append(&png, "%s/%s.png", from, name);
    text_append(&binary, "%s/%s.bin", to, name);
    int status = png.failed || binary.failed ? error_set(error, ERROR_MEMORY, "out of memory")
                                             : convert_images(png.data, BATCH, records, error);
    for (size_t i = 0; i < BATCH; i++)
        records[i * RECORD] = label[i];
    if (!status)
        status = file_write(binary.data, records, (size_t)BATCH * RECORD, error);
    text_free(&binary);
    text_free(&png);
    return status;
}

int convert_cifar(const char *from, const char *to, struct error *error)
{
    enum { TRAIN = TRAIN_BATCHES * BATCH };
    int status = 0;
    uint8_t *label = malloc(TRAIN + BATCH), *records = malloc((size_t)BATCH * RECORD);
    if (!label || !records)
        status = error_set(error, ERROR_MEMORY, "out of memory");
    if (!status)
        status = read_labels(from, "train_lables.json", TRAIN, label, error);
    if (!status)
        status = read_labels(from, "test_lables.json", BATCH, label + TRAIN, error);
    for (int i = 0; i < TRAIN_BATCHES && !status; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "data_batch_%d", i + 1);
        status = convert_batch(from, to, name, label + (size_t)i * BATCH, records, error);
    }
    if (!status)
        status = convert_batch(from, to, "test_batch", label + TRAIN, records, error);
    free(records);
    free(label);
    return status;
}
