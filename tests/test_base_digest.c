/* Digests: known answers, chains, files. */
#include "base/digest.h"
#include "base/file.h"

#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_digest(struct digest digest, const char *expected)
{
    char text[DIGEST_TEXT];
    digest_print(digest, text);
    assert_string_equal(text, expected);
}

/* XXH128 and XXH3 of the empty input and of "abc", as xxhsum 0.8 prints them. */
static void known_answers(void **state)
{
    (void)state;
    assert_digest(digest_bytes("", 0), "99aa06d3014798d86001c324468d497f");
    assert_digest(digest_bytes("abc", 3), "06b05ab6733a618578af5f94892f3950");
    assert_int_equal(digest_checksum("", 0), 0x2d06800538d394c2);
    assert_digest((struct digest){1, 2}, "00000000000000010000000000000002");
}

static void chains_depend_on_order(void **state)
{
    (void)state;
    struct digest a = digest_bytes("a", 1), b = digest_bytes("b", 1);
    struct digest ab = digest_chain(a, "b", 1), ba = digest_chain(b, "a", 1);
    struct digest whole = digest_bytes("ab", 2);
    assert_true(ab.high != ba.high && ab.low != ba.low);
    assert_true(ab.high != whole.high && ab.high != a.high);
    struct digest again = digest_chain(digest_bytes("a", 1), "b", 1);
    assert_true(ab.high == again.high && ab.low == again.low);
}

/* Longer than the buffer that files are read through. */
static void files_digest_as_their_bytes(void **state)
{
    (void)state;
    enum { SIZE = 200001 };
    static char data[SIZE];
    struct digest digest, expected;
    for (int i = 0; i < SIZE; i++)
        data[i] = (char)(i * 7);
    assert_int_equal(file_write(scratch_path("x"), data, SIZE, NULL), 0);
    assert_int_equal(digest_file(scratch_path("x"), &digest), 0);
    expected = digest_bytes(data, SIZE);
    assert_true(digest.high == expected.high && digest.low == expected.low);
    assert_int_equal(digest_file(scratch_path("nothing"), &digest), -1);
    assert_int_equal(digest_file(scratch, &digest), -1); /* a folder */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(chains_depend_on_order),
        cmocka_unit_test(files_digest_as_their_bytes),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
