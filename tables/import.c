#include "tables/import.h"

#include "base/digest.h"
#include "base/file.h"
#include "tables/harvest.h"
#include "tables/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

_Static_assert(DIGEST_TEXT == sizeof((struct import_summary *)0)->digest, "a digest fits");

typedef int import_read(struct harvest *harvest, const char *path, struct error *error);

/* ---- Sources --------------------------------------------------------------------------------- */

/* A file, which can be read twice: rows first, then its digest. */
static int open_source(const char *path, FILE **stream, struct error *error)
{
    struct stat info;
    *stream = fopen(path, "rb");
    if (!*stream)
        return error_set(error, errno == ENOENT ? ERROR_MISSING : ERROR_IO, "%s", strerror(errno));
    if (fstat(fileno(*stream), &info) == 0 && S_ISREG(info.st_mode))
        return 0;
    (void)fclose(*stream);
    return error_set(error, ERROR_IO, "is no regular file");
}

static int read_csv(struct harvest *harvest, const char *path, struct error *error)
{
    FILE *stream;
    int status = open_source(path, &stream, error);
    if (status)
        return status;
    status = import_read_csv(harvest, stream, error);
    (void)fclose(stream);
    return status;
}

enum { JSON_MOST = 64 << 20 }; /* bytes of the largest JSON text: the benchmark's own has 1.2 MB */

static int read_macro(struct harvest *harvest, const char *path, struct error *error)
{
    FILE *stream;
    int status = open_source(path, &stream, error);
    if (status)
        return status;
    char *text = malloc(JSON_MOST + 1);
    size_t size = text ? fread(text, 1, JSON_MOST + 1, stream) : 0;
    if (!text)
        status = error_set(error, ERROR_MEMORY, "out of memory");
    else if (ferror(stream))
        status = error_set(error, ERROR_IO, "%s", strerror(errno));
    else if (size > JSON_MOST)
        status = error_set(error, ERROR_FORMAT, "is larger than %d bytes", JSON_MOST);
    else
        status = import_read_macro(harvest, text, size, error);
    free(text);
    (void)fclose(stream);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static int check_out(const char *out, struct error *error)
{
    size_t length = strlen(out);
    if (length < 4 || strcmp(out + length - 3, ".h5") != 0)
        return error_set(error, ERROR_ARGUMENT, "%s: the name of a table ends in .h5", out);
    if (file_exists(out))
        return error_set(error, ERROR_STATE, "%s: is there already: move it away, or name another",
                         out);
    return 0;
}

static void summarise(const struct harvest *harvest, const struct table *table,
                      const char *source_digest, struct import_summary *summary)
{
    *summary = (struct import_summary){
        .lines = harvest->lines, .networks = table->identity.distinct, .seeds = table->seeds};
    memcpy(summary->digest, table->digest, DIGEST_TEXT);
    memcpy(summary->source_digest, source_digest, DIGEST_TEXT);
    for (uint32_t i = 0; i < table->identity.count; i++)
        for (uint32_t seed = 0; seed < (uint32_t)table->seeds; seed++)
            if (table_has(table, table->class_of[i], seed)) {
                summary->architectures++;
                break;
            }
}

static int write_table(struct harvest *harvest, const char *path, const char *out,
                       struct import_summary *summary, struct error *error)
{
    struct table table;
    struct digest digest;
    char source_digest[DIGEST_TEXT];
    if (digest_file(path, &digest))
        return error_set(error, ERROR_IO, "%s", strerror(errno));
    digest_print(digest, source_digest);
    int status = harvest_table(harvest, source_digest, &table, error);
    if (status)
        return status;
    summarise(harvest, &table, source_digest, summary);
    status = writer_write(&table, out, error);
    table_close(&table);
    return status;
}

static int import(const struct import_plan *plan, import_read *read, const char *path,
                  const char *out, struct import_summary *summary, struct error *error)
{
    struct harvest harvest;
    int status = check_out(out, error);
    if (status)
        return status;
    status = harvest_init(&harvest, plan, error);
    if (!status)
        status = read(&harvest, path, error);
    if (!status)
        status = write_table(&harvest, path, out, summary, error);
    harvest_free(&harvest);
    return status ? error_context(error, "%s", path) : 0;
}

int import_csv(const struct import_plan *plan, const char *path, const char *out,
               struct import_summary *summary, struct error *error)
{
    return import(plan, read_csv, path, out, summary, error);
}

int import_macro(const struct import_plan *plan, const char *path, const char *out,
                 struct import_summary *summary, struct error *error)
{
    return import(plan, read_macro, path, out, summary, error);
}
