/* Blocks: whole huge pages, all of them usable; files large enough to be read into one. */
#include "base/block.h"
#include "base/file.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_size(void **state)
{
    const size_t huge = (size_t)2 << 20;
    (void)state;
    for (size_t i = 1; i < 4; i++) {
        size_t bytes = i * huge - (i == 2), rounded = bytes; /* 2, 4 - a byte, 6 MiB */
        unsigned char *block = block_allocate(&rounded);
        assert_non_null(block);
        assert_int_equal(rounded, i * huge);
        assert_int_equal((uintptr_t)block % huge, 0);
        memset(block, 7, rounded);
        assert_int_equal(block[rounded - 1], 7);
        free(block);
    }
    size_t most = SIZE_MAX - 5; /* would wrap around to nothing */
    assert_null(block_allocate(&most));
}

/* Around the size from which files are read into blocks, every byte is read, and a NUL follows. */
static void test_large_file(void **state)
{
    const size_t sizes[] = {((size_t)1 << 20) - 2, (size_t)1 << 20, ((size_t)5 << 19) + 3};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct error error;
        char *written = malloc(sizes[i]), *read;
        size_t size;
        for (size_t k = 0; k < sizes[i]; k++)
            written[k] = (char)(k * 31 + k / 4096);
        assert_int_equal(file_write(scratch_path("large"), written, sizes[i], &error), 0);
        assert_int_equal(file_read(scratch_path("large"), &read, &size, &error), 0);
        assert_int_equal(size, sizes[i]);
        assert_memory_equal(read, written, size);
        assert_int_equal(read[size], '\0');
        free(read);
        free(written);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_large_file),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
