#include "tables/seal.h"

#include "tables/identity.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAGIC "nasbed table 1, HDF5 from byte 512\n"

/* "bytes N\n", "seal HASH\n" at their longest. */
_Static_assert(sizeof MAGIC + IDENTITY_TEXT + 28 + 40 <= SEAL_BYTES, "a seal holds its lines");

void seal_print(const struct table_identity *identity, const void *data, size_t size,
                char seal[SEAL_BYTES])
{
    char hash[DIGEST_TEXT];
    size_t length = sizeof MAGIC - 1;
    memset(seal, '\n', SEAL_BYTES);
    memcpy(seal, MAGIC, length);
    length += identity_print(identity, seal + length);
    length +=
        (size_t)snprintf(seal + length, SEAL_BYTES - length, "bytes %zu\n", size + SEAL_BYTES);
    digest_print(digest_chain(digest_bytes(data, size), seal, length), hash);
    length += (size_t)snprintf(seal + length, SEAL_BYTES - length, "seal %s\n", hash);
    seal[length] = '\n'; /* where snprintf ended its text */
}

/* The identity in the first `size` bytes of a file; *length becomes the file's length as it
 * says. */
static int parse_seal(const char *file, size_t size, struct table_identity *identity,
                      uint64_t *length, struct error *error)
{
    char text[SEAL_BYTES + 1];
    size_t used, magic = sizeof MAGIC - 1;
    if (size >= 8 && memcmp(file, "\211HDF\r\n\032\n", 8) == 0)
        return error_set(error, ERROR_FORMAT,
                         "is an HDF5 file, but without the seal that begins a table of nasbed");
    if (size < SEAL_BYTES || memcmp(file, MAGIC, magic) != 0)
        return error_set(error, ERROR_FORMAT,
                         "is no table of nasbed (or its beginning is damaged)");
    memcpy(text, file, SEAL_BYTES);
    text[SEAL_BYTES] = '\0';
    int status = identity_parse(text + magic, identity, &used, error);
    if (status)
        return status;
    if (sscanf(text + magic + used, "bytes %" SCNu64, length) != 1)
        return error_set(error, ERROR_FORMAT, "header: line \"bytes\" is missing or damaged");
    return 0;
}

int seal_check(const char *file, size_t size, struct table_identity *identity, struct error *error)
{
    char seal[SEAL_BYTES];
    uint64_t length = 0;
    int status = parse_seal(file, size, identity, &length, error);
    if (status)
        return status;
    if (length > size)
        return error_set(error, ERROR_DIGEST, "was cut: %zu bytes are left of %" PRIu64, size,
                         length);
    seal_print(identity, file + SEAL_BYTES, size - SEAL_BYTES, seal);
    if (memcmp(seal, file, SEAL_BYTES) != 0)
        return error_set(error, ERROR_DIGEST, "digest differs (the file was changed)");
    return identity_valid(identity, error);
}

int seal_peek(const char *path, struct table_identity *identity, struct error *error)
{
    char seal[SEAL_BYTES];
    uint64_t length;
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_set(error, errno == ENOENT ? ERROR_MISSING : ERROR_IO, "%s: %s", path,
                         strerror(errno));
    size_t size = fread(seal, 1, sizeof seal, file);
    (void)fclose(file);
    int status = parse_seal(seal, size, identity, &length, error);
    return status ? error_context(error, "%s", path) : 0;
}
