#include "base/random.h"

#include "base/numeric.h"

#include <Random123/philox.h>
#include <math.h>

struct random_stream random_stream(uint64_t seed, enum random_purpose purpose, uint32_t epoch,
                                   uint32_t item)
{
    struct random_stream stream = {.used = 4};
    stream.key[0] = (uint32_t)seed;
    stream.key[1] = (uint32_t)(seed >> 32);
    stream.counter[2] = item;
    stream.counter[3] = ((uint32_t)purpose << 24) | (epoch & 0xffffffu);
    return stream;
}

uint32_t random_u32(struct random_stream *stream)
{
    if (stream->used == 4) {
        philox4x32_ctr_t counter = {
            {stream->counter[0], stream->counter[1], stream->counter[2], stream->counter[3]}};
        philox4x32_key_t key = {{stream->key[0], stream->key[1]}};
        philox4x32_ctr_t block = philox4x32(counter, key);
        for (int i = 0; i < 4; i++)
            stream->block[i] = block.v[i];
        if (++stream->counter[0] == 0)
            stream->counter[1]++;
        stream->used = 0;
    }
    return stream->block[stream->used++];
}

uint64_t random_u64(struct random_stream *stream)
{
    uint64_t low = random_u32(stream);
    return low | (uint64_t)random_u32(stream) << 32;
}

uint32_t random_below(struct random_stream *stream, uint32_t n)
{
    /* Reject the low residues so that every value has the same number of preimages. */
    uint32_t threshold = (uint32_t)(0u - n) % n;
    for (;;) {
        uint64_t product = (uint64_t)random_u32(stream) * n;
        if ((uint32_t)product >= threshold)
            return (uint32_t)(product >> 32);
    }
}

double random_uniform(struct random_stream *stream)
{
    return (double)(random_u64(stream) >> 11) * 0x1p-53;
}

double random_normal(struct random_stream *stream)
{
    double u = 1.0 - random_uniform(stream); /* (0, 1]: log is finite */
    double v = random_uniform(stream);
    return sqrt(-2.0 * numeric_log(u)) * numeric_cos(2.0 * NUMERIC_PI * v);
}

void random_permutation(struct random_stream *stream, uint32_t n, uint32_t *order)
{
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = random_below(stream, i), t = order[i - 1];
        order[i - 1] = order[j];
        order[j] = t;
    }
}
