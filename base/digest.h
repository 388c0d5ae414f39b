/* Digests: 128-bit XXH3 over bytes, printed as 32 hexadecimal characters. Not cryptographic: they
 * guard against mixing and damage, not against an adversary. */
#ifndef NASBED_BASE_DIGEST_H
#define NASBED_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_TEXT 33 /* bytes of a printed digest, the ending NUL included */

struct digest {
    uint64_t high, low;
};

struct digest digest_bytes(const void *data, size_t size);

/* Digest of `data` chained onto an earlier digest (order matters). */
struct digest digest_chain(struct digest before, const void *data, size_t size);

/* Little-endian 64-bit checksum of `data`, for records in logs. */
uint64_t digest_checksum(const void *data, size_t size);

void digest_print(struct digest digest, char text[DIGEST_TEXT]);

/* Digest of a whole file into `digest`; 0, or -1 if it cannot be read. */
int digest_file(const char *path, struct digest *digest);

#endif
