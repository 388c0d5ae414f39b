#include "tables/log.h"

#include "base/file.h"
#include "base/progress.h"
#include "base/text.h"
#include "tables/identity.h"
#include "tables/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC         "nasbed log 1\n"
#define HEADER_MAX    (sizeof MAGIC + IDENTITY_TEXT)
#define FLUSH_SECONDS 3.0

/* What a reading found. A slot is the place of one record: slot i is record i + 1. */
struct scan {
    size_t slots, sound;  /* whole records in the file; those whose checksum holds */
    size_t tail;          /* bytes after the last whole record */
    size_t first_bad;     /* slot; `slots` if none */
    unsigned char *holds; /* [slots] 1: sound */
};

static size_t print_header(const struct table_identity *identity, char header[HEADER_MAX])
{
    size_t magic = sizeof MAGIC - 1;
    memcpy(header, MAGIC, magic);
    return magic + identity_print(identity, header + magic);
}

static int parse_header(const char *data, struct table_identity *identity, struct error *error)
{
    size_t used;
    if (strncmp(data, MAGIC, sizeof MAGIC - 1) != 0)
        return error_set(error, ERROR_FORMAT, "is no log of nasbed, or its first line is damaged");
    return identity_parse(data + sizeof MAGIC - 1, identity, &used, error);
}

/* A log that was being begun when its process ended holds less than a header: nothing at all. */
static bool unfinished_header(const char *data, size_t size, const char *header, size_t length)
{
    return size < length && memcmp(data, header, size) == 0;
}

/* Visit every sound record in data[size], the part of a log behind its header. */
static int scan_records(const unsigned char *data, size_t size,
                        const struct table_identity *identity, log_visit *visit, void *context,
                        struct scan *scan, struct error *error)
{
    size_t bytes = record_bytes(identity->points);
    *scan = (struct scan){.slots = size / bytes, .tail = size % bytes};
    scan->first_bad = scan->slots;
    scan->holds = calloc(scan->slots + 1, 1);
    if (!scan->holds)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < scan->slots; i++) {
        struct table_record record;
        bool sound = record_decode(data + i * bytes, identity->points, &record) &&
                     !record_check(&record, identity, NULL);
        if (!sound && scan->first_bad == scan->slots)
            scan->first_bad = i;
        if (!sound)
            continue;
        scan->holds[i] = 1;
        scan->sound++;
        int status = visit(context, &record, error);
        if (status)
            return error_context(error, "record %zu", i + 1);
    }
    return 0;
}

/* Name the first damaged record, if there is one, and what becomes of it. */
static void say_damage(const char *path, const struct scan *scan, const char *fate,
                       void (*say)(const char *line))
{
    size_t lost = scan->slots - scan->sound + (scan->tail ? 1 : 0);
    struct text line = {0};
    if (lost == 0 || !say)
        return;
    text_append(&line, "%s: record %zu: %s; %zu records are kept, %zu will be %s", path,
                scan->first_bad + 1,
                scan->first_bad < scan->slots
                    ? "checksum differs (the file was cut or changed)"
                    : "ends in its middle (the file was cut, or writing was interrupted)",
                scan->sound, lost, fate);
    if (!line.failed)
        say(line.data);
    text_free(&line);
}

static int io_error(const struct table_log *log, const char *what, struct error *error)
{
    return error_set(error, ERROR_IO, "%s: %s: %s", log->path, what, strerror(errno));
}

/* All `size` bytes at `offset`. */
static int write_at(const struct table_log *log, const void *data, size_t size, size_t offset)
{
    const unsigned char *bytes = data;
    for (size_t done = 0; done < size;) {
        ssize_t wrote = pwrite(log->file, bytes + done, size - done, (off_t)(offset + done));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -1;
        done += (size_t)wrote;
    }
    return 0;
}

static size_t place_of(const struct table_log *log, size_t slot)
{
    return log->header + slot * log->record;
}

/* Take the damaged records out: each hole gets the last sound record of the file, then the rest is
 * cut. Whatever moment this is interrupted at, every sound record still stands somewhere. */
static int repair(struct table_log *log, const unsigned char *records, struct scan *scan,
                  struct error *error)
{
    size_t end = scan->slots; /* slots that stay */
    for (size_t hole = scan->first_bad; hole < end; hole++) {
        if (scan->holds[hole])
            continue;
        while (end > hole + 1 && !scan->holds[end - 1])
            end--;
        end--;
        if (end > hole &&
            write_at(log, records + end * log->record, log->record, place_of(log, hole)))
            return io_error(log, "cannot be repaired", error);
    }
    if (fdatasync(log->file) &&
        errno != EINVAL) /* what was moved is there before its old place goes */
        return io_error(log, "cannot be flushed", error);
    if (ftruncate(log->file, (off_t)place_of(log, end)))
        return io_error(log, "its damaged end cannot be cut off", error);
    return 0;
}

static int begin(struct table_log *log, const char *header, struct error *error)
{
    if (write_at(log, header, log->header, 0)) {
        int status = io_error(log, "cannot be written", error);
        (void)!ftruncate(log->file, 0); /* if it fails: a begun header counts as none, too */
        return status;
    }
    file_settle(log->path);
    return 0;
}

static int resume(struct table_log *log, const char *data, size_t size, log_visit *visit,
                  void *context, void (*say)(const char *line), struct error *error)
{
    struct table_identity found;
    struct scan scan = {0};
    int status = parse_header(data, &found, error);
    if (!status)
        status = identity_check(&found, &log->identity, error);
    if (status)
        return error_context(error, "%s", log->path);
    const unsigned char *records = (const unsigned char *)data + log->header;
    status =
        scan_records(records, size - log->header, &log->identity, visit, context, &scan, error);
    if (status) {
        (void)error_context(error, "%s", log->path);
        goto out;
    }
    say_damage(log->path, &scan, "trained again", say);
    log->records = scan.sound;
    if (scan.sound < scan.slots || scan.tail)
        status = repair(log, records, &scan, error);
out:
    free(scan.holds);
    return status;
}

/* Open and lock the file (the lock belongs to this opening: a second one in this process is refused
 * as well, and a fork shares it); log->file stays -1 if that fails. */
static int acquire(struct table_log *log, struct error *error)
{
    log->file = open(log->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (log->file < 0)
        return io_error(log, "cannot be opened for writing", error);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(log->file, F_OFD_SETLK, &lock) == 0)
        return 0;
    if (errno != EAGAIN && errno != EACCES)
        return io_error(log, "cannot be locked", error);
    return error_set(error, ERROR_STATE,
                     "%s: another process is building this shard (it holds the lock of its log)",
                     log->path);
}

int log_open(struct table_log *log, const char *path, const struct table_identity *identity,
             log_visit *visit, void *context, void (*say)(const char *line), struct error *error)
{
    char header[HEADER_MAX], *data = NULL;
    size_t size;
    *log = (struct table_log){.file = -1,
                              .identity = *identity,
                              .header = print_header(identity, header),
                              .record = record_bytes(identity->points),
                              .flushed = clock_seconds()};
    log->path = strdup(path);
    if (!log->path)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    int status = acquire(log, error);
    if (!status)
        status = file_read(path, &data, &size, error);
    if (!status && unfinished_header(data, size, header, log->header))
        status = begin(log, header, error);
    else if (!status)
        status = resume(log, data, size, visit, context, say, error);
    free(data);
    if (status)
        log_close(log);
    return status;
}

int log_append(struct table_log *log, const struct table_record *record, struct error *error)
{
    unsigned char bytes[RECORD_BYTES_MAX];
    int status = record_check(record, &log->identity, error);
    if (status)
        return error_context(error, "%s: record refused", log->path);
    record_encode(record, log->identity.points, bytes);
    size_t end = place_of(log, log->records);
    if (write_at(log, bytes, log->record, end)) {
        status =
            error_set(error, ERROR_IO,
                      "%s: record %" PRIu64 " cannot be appended: %s; %" PRIu64 " records are kept",
                      log->path, log->records + 1, strerror(errno), log->records);
        (void)!ftruncate(log->file, (off_t)end); /* if it fails: the next opening cuts it */
        return status;
    }
    log->records++;
    double now = clock_seconds();
    if (now - log->flushed < FLUSH_SECONDS)
        return 0;
    log->flushed = now;
    return fdatasync(log->file) ? io_error(log, "cannot be flushed to the disk", error) : 0;
}

void log_close(struct table_log *log)
{
    if (log->file >= 0) {
        (void)fdatasync(log->file); /* the kernel has the records whatever this says */
        (void)close(log->file);
    }
    free(log->path);
    *log = (struct table_log){.file = -1};
}

/* True if some process holds the log open for appending. Asks for no lock, which might be in the
 * way of a process that is just opening it. */
static bool being_written(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    bool busy = fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    (void)close(file);
    return busy;
}

int log_read(const char *path, const struct table_identity *identity, log_visit *visit,
             void *context, void (*say)(const char *line), struct error *error)
{
    char header[HEADER_MAX], *data = NULL;
    size_t size, length = print_header(identity, header);
    struct table_identity found;
    struct scan scan = {0};
    bool busy = being_written(path); /* asked first: what is whole now stays whole */
    int status = file_read(path, &data, &size, error);
    if (status)
        return status;
    if (unfinished_header(data, size, header, length))
        goto out;
    status = parse_header(data, &found, error);
    if (!status)
        status = identity_check(&found, identity, error);
    if (!status)
        status = scan_records((const unsigned char *)data + length, size - length, identity, visit,
                              context, &scan, error);
    if (status) {
        (void)error_context(error, "%s", path);
        goto out;
    }
    if (busy)
        scan.tail = 0;
    say_damage(path, &scan, "left out", say);
out:
    free(scan.holds);
    free(data);
    return status;
}

int log_identity(const char *path, struct table_identity *identity, struct error *error)
{
    char *data;
    size_t size;
    int status = file_read(path, &data, &size, error);
    if (status)
        return status;
    status = parse_header(data, identity, error);
    if (status)
        (void)error_context(error, "%s", path);
    free(data);
    return status;
}
