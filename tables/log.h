/* Logs: what a build appends to while it runs. One file a shard, a text header that says which
 * table it belongs to, then records of one size, each with its checksum.
 *
 * A record reaches the kernel by one write(2) before the next training begins, so a kill of the
 * process loses nothing that was appended; the file is flushed to the disk every few seconds, so a
 * machine that stops loses at most those. Whatever is cut or changed shows by its checksum. */
#ifndef NASBED_TABLES_LOG_H
#define NASBED_TABLES_LOG_H

#include "base/error.h"
#include "tables/table.h"

#include <stddef.h>
#include <stdint.h>

struct table_log {
    char *path;
    int file; /* locked for as long as it is open */
    struct table_identity identity;
    size_t header, record; /* bytes of the header and of one record */
    uint64_t records;      /* sound ones in the file */
    double flushed;        /* when, clock_seconds() */
};

/* Called with each sound record, in the order of the file. A failure ends the reading. */
typedef int log_visit(void *context, const struct table_record *record, struct error *error);

/* Open or begin the log at `path` for appending. The records that are there are verified and
 * visited; the first damaged one is named through `say` (may be NULL), damaged ones are taken out
 * of the file, all sound ones stay. Errors: ERROR_STATE if another process has it open,
 * ERROR_MISMATCH naming both identities, ERROR_FORMAT or ERROR_DIGEST for a damaged header,
 * ERROR_IO. */
int log_open(struct table_log *log, const char *path, const struct table_identity *identity,
             log_visit *visit, void *context, void (*say)(const char *line), struct error *error);

/* Append one record. ERROR_ARGUMENT if it is not a whole training (every accuracy a percentage, the
 * network one of the space's); ERROR_IO if it cannot be written: the file then ends with the record
 * before. One thread at a time. */
int log_append(struct table_log *log, const struct table_record *record, struct error *error);

/* Flush to the disk and unlock. */
void log_close(struct table_log *log);

/* Visit the sound records of a log without changing it; others may be writing it. Damage is named
 * through `say`, except in the tail of a log that is being written. */
int log_read(const char *path, const struct table_identity *identity, log_visit *visit,
             void *context, void (*say)(const char *line), struct error *error);

/* Which table the log at `path` belongs to. */
int log_identity(const char *path, struct table_identity *identity, struct error *error);

#endif
