/* Random streams: known answers of Philox, independence, and the distributions drawn from them. */
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Random123 1.14.0, tests/kat_vectors, the rows "philox4x32 10": counter, key, result. */
static const struct {
    uint32_t counter[4], key[2], result[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static void philox_gives_the_known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct random_stream stream = {.used = 4};
        memcpy(stream.counter, known[i].counter, sizeof stream.counter);
        memcpy(stream.key, known[i].key, sizeof stream.key);
        for (int word = 0; word < 4; word++)
            assert_int_equal(random_u32(&stream), known[i].result[word]);
    }
}

static void blocks_count_in_64_bits(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(1, RANDOM_TEST, 2, 3);
    stream.counter[0] = 0xffffffff;
    for (int i = 0; i < 5; i++)
        (void)random_u32(&stream);
    assert_int_equal(stream.counter[0], 1); /* the second block was number 2^32 */
    assert_int_equal(stream.counter[1], 1);
    assert_int_equal(stream.counter[2], 3);
    assert_int_equal(stream.counter[3], RANDOM_TEST << 24 | 2);
}

/* Every part of the key makes another stream; the same key the same. */
static void keys_make_streams(void **state)
{
    (void)state;
    struct random_stream streams[] = {
        random_stream(1, RANDOM_TEST, 0, 0),          random_stream(2, RANDOM_TEST, 0, 0),
        random_stream(1ull << 32, RANDOM_TEST, 0, 0), random_stream(1, RANDOM_INIT, 0, 0),
        random_stream(1, RANDOM_TEST, 1, 0),          random_stream(1, RANDOM_TEST, 0, 1),
        random_stream(1, RANDOM_TEST, 0xffffff, 0),   random_stream(1, RANDOM_TEST, 0, 0xffffffff),
    };
    enum { STREAMS = sizeof streams / sizeof *streams, DRAWS = 2000 };
    static uint64_t drawn[STREAMS][DRAWS];
    for (int s = 0; s < STREAMS; s++)
        for (int i = 0; i < DRAWS; i++)
            drawn[s][i] = random_u64(&streams[s]);
    /* Bits of two streams agree half of the time: 64,000 coins, 6 standard deviations. */
    for (int a = 0; a < STREAMS; a++)
        for (int b = 0; b < a; b++) {
            int agree = 0;
            for (int i = 0; i < DRAWS / 2; i++)
                agree += 64 - __builtin_popcountll(drawn[a][i] ^ drawn[b][i]);
            assert_true(abs(agree - 32000) < 760);
        }
    struct random_stream again = random_stream(1, RANDOM_TEST, 0, 0);
    for (int i = 0; i < DRAWS; i++)
        assert_int_equal(random_u64(&again), drawn[0][i]);
}

/* The words of a stream in order, two a 64-bit draw, low word first; golden of numerics version 1. */
static void draws_use_the_words_in_order(void **state)
{
    (void)state;
    struct random_stream words = random_stream(7, RANDOM_SHUFFLE, 1, 2), draws = words;
    for (int i = 0; i < 10; i++) {
        uint64_t low = random_u32(&words), high = random_u32(&words);
        assert_int_equal(random_u64(&draws), low | high << 32);
    }
    struct random_stream golden = random_stream(7, RANDOM_SHUFFLE, 1, 2);
    assert_int_equal(random_u32(&golden), 0x11515c51);
    assert_int_equal(random_u32(&golden), 0x5e7fd864);
}

/* Chi-square of `count` cells that should be equal. */
static double chi_square(const int *cell, int cells, int count)
{
    double expected = (double)count / cells, sum = 0;
    for (int i = 0; i < cells; i++)
        sum += (cell[i] - expected) * (cell[i] - expected) / expected;
    return sum;
}

static void below_is_uniform(void **state)
{
    (void)state;
    static const struct {
        int n;
        double most; /* quantile 0.9999 of chi-square with n - 1 degrees of freedom */
    } cases[] = {{2, 15.14}, {3, 18.42}, {10, 33.72}, {100, 161.32}};
    enum { DRAWS = 200000 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int cell[100] = {0};
        struct random_stream stream = random_stream(3, RANDOM_TEST, 0, (uint32_t)i);
        for (int draw = 0; draw < DRAWS; draw++) {
            uint32_t value = random_below(&stream, (uint32_t)cases[i].n);
            assert_true(value < (uint32_t)cases[i].n);
            cell[value]++;
        }
        assert_true(chi_square(cell, cases[i].n, DRAWS) < cases[i].most);
    }
    struct random_stream stream = random_stream(3, RANDOM_TEST, 0, 9);
    for (int draw = 0; draw < 100; draw++)
        assert_int_equal(random_below(&stream, 1), 0);
}

/* A bound where a modulo would be biased by half: thirds of [0, 3 x 2^30) must be equal. */
static void below_has_no_modulo_bias(void **state)
{
    (void)state;
    enum { DRAWS = 200000 };
    int cell[3] = {0};
    struct random_stream stream = random_stream(4, RANDOM_TEST, 0, 0);
    for (int draw = 0; draw < DRAWS; draw++)
        cell[random_below(&stream, 3u << 30) >> 30]++;
    assert_true(chi_square(cell, 3, DRAWS) < 18.42);
}

/* Moments and cells of the uniform and normal distributions, six standard errors. */
static void uniform_and_normal_have_their_moments(void **state)
{
    (void)state;
    enum { DRAWS = 400000 };
    struct random_stream stream = random_stream(5, RANDOM_TEST, 0, 0);
    int cell[64] = {0};
    double mean = 0, square = 0, fourth = 0, beyond = 0;
    for (int i = 0; i < DRAWS; i++) {
        double u = random_uniform(&stream);
        assert_true(u >= 0 && u < 1);
        cell[(int)(u * 64)]++;
    }
    assert_true(chi_square(cell, 64, DRAWS) < 115.0); /* quantile 0.9999 of 63 degrees */
    for (int i = 0; i < DRAWS; i++) {
        double x = random_normal(&stream);
        assert_true(isfinite(x));
        mean += x / DRAWS;
        square += x * x / DRAWS;
        fourth += x * x * x * x / DRAWS;
        beyond += (fabs(x) > 1.959963984540054) / (double)DRAWS;
    }
    double error = 6 / sqrt(DRAWS);
    assert_true(fabs(mean) < error);
    assert_true(fabs(square - 1) < error * sqrt(2));
    assert_true(fabs(fourth - 3) < error * sqrt(96));
    assert_true(fabs(beyond - 0.05) < error * sqrt(0.05 * 0.95));
}

static void permutations_are_uniform(void **state)
{
    (void)state;
    enum { DRAWS = 120000 };
    int cell[24] = {0};
    struct random_stream stream = random_stream(6, RANDOM_TEST, 0, 0);
    for (int draw = 0; draw < DRAWS; draw++) {
        uint32_t order[4], number = 0;
        random_permutation(&stream, 4, order);
        assert_int_equal(1u << order[0] | 1u << order[1] | 1u << order[2] | 1u << order[3], 15);
        for (uint32_t i = 0; i < 4; i++) { /* Lehmer code */
            uint32_t smaller = 0;
            for (uint32_t j = i + 1; j < 4; j++)
                smaller += order[j] < order[i];
            number = number * (4 - i) + smaller;
        }
        cell[number]++;
    }
    assert_true(chi_square(cell, 24, DRAWS) < 59.0); /* quantile 0.9999 of 23 degrees: 58.0 */
    uint32_t single[1] = {9};
    random_permutation(&stream, 1, single);
    assert_int_equal(single[0], 0);
    random_permutation(&stream, 0, single);
    assert_int_equal(single[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_known_answers),
        cmocka_unit_test(blocks_count_in_64_bits),
        cmocka_unit_test(keys_make_streams),
        cmocka_unit_test(draws_use_the_words_in_order),
        cmocka_unit_test(below_is_uniform),
        cmocka_unit_test(below_has_no_modulo_bias),
        cmocka_unit_test(uniform_and_normal_have_their_moments),
        cmocka_unit_test(permutations_are_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
