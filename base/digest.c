#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct digest digest_bytes(const void *data, size_t size)
{
    XXH128_hash_t hash = XXH3_128bits(data, size);
    return (struct digest){hash.high64, hash.low64};
}

struct digest digest_chain(struct digest before, const void *data, size_t size)
{
    struct digest inner = digest_bytes(data, size);
    uint64_t words[4] = {before.high, before.low, inner.high, inner.low};
    return digest_bytes(words, sizeof words);
}

uint64_t digest_checksum(const void *data, size_t size)
{
    return XXH3_64bits(data, size);
}

void digest_print(struct digest digest, char text[DIGEST_TEXT])
{
    (void)snprintf(text, DIGEST_TEXT, "%016llx%016llx", (unsigned long long)digest.high,
                   (unsigned long long)digest.low);
}

int digest_file(const char *path, struct digest *digest)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    int status = -1;
    XXH3_state_t *state = XXH3_createState();
    char buffer[1 << 16];
    if (!state || XXH3_128bits_reset(state) != XXH_OK)
        goto out;
    size_t got;
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0)
        XXH3_128bits_update(state, buffer, got);
    if (ferror(file))
        goto out;
    XXH128_hash_t hash = XXH3_128bits_digest(state);
    *digest = (struct digest){hash.high64, hash.low64};
    status = 0;
out:
    XXH3_freeState(state);
    (void)fclose(file);
    return status;
}
