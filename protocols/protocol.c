#include "protocols/protocol.h"

#include "base/file.h"
#include "base/text.h"
#include "protocols/parse.h"
#include "protocols/rows.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where shipped protocols lie: beside the sources while there, else where they were installed. */
static const char *const folders[] = {NASBED_SOURCE_PROTOCOLS, NASBED_INSTALLED_PROTOCOLS};

enum { FOLDERS = sizeof folders / sizeof *folders, SHIPPED_MAX = 64 };

static bool ends_in_ini(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".ini") == 0;
}

static int choose_ini(const struct dirent *entry)
{
    return ends_in_ini(entry->d_name);
}

/* Fail, naming the shipped protocols of the first folder that has any. */
static int unknown_protocol(const char *name, struct error *error)
{
    struct dirent **entry = NULL;
    int n = 0;
    for (int i = 0; i < FOLDERS && n <= 0; i++)
        n = scandir(folders[i], &entry, choose_ini, alphasort);
    struct text list = {0};
    const char *names[SHIPPED_MAX];
    size_t known = 0;
    for (int i = 0; i < n && i < SHIPPED_MAX; i++) {
        entry[i]->d_name[strlen(entry[i]->d_name) - 4] = '\0';
        names[known++] = entry[i]->d_name;
        text_append(&list, "%s%s", i ? ", " : "", entry[i]->d_name);
    }
    const char *near = text_nearest(name, names, known);
    int code = error_set(error, ERROR_ARGUMENT,
                         "unknown protocol \"%s\": %s%s%sone of %s, or the path of an .ini file",
                         name, near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "",
                         list.data ? list.data : "none");
    for (int i = 0; i < n; i++)
        free(entry[i]);
    if (n >= 0)
        free(entry);
    text_free(&list);
    return code;
}

/* The path of protocol `name` into `path`. */
static int find_path(const char *name, struct text *path, struct error *error)
{
    if (strchr(name, '/') || ends_in_ini(name)) {
        text_append(path, "%s", name);
        return path->failed ? error_set(error, ERROR_MEMORY, "out of memory") : 0;
    }
    struct text file = {0};
    text_append(&file, "%s.ini", name);
    bool found = !file.failed && file_find(folders, FOLDERS, file.data, path);
    bool failed = file.failed || path->failed;
    text_free(&file);
    if (failed)
        return error_set(error, ERROR_MEMORY, "out of memory");
    return found ? 0 : unknown_protocol(name, error);
}

/* The file's name without folder and ending. */
static int set_name(struct protocol *protocol, const char *path, struct error *error)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t length = strlen(base) - (ends_in_ini(base) ? 4 : 0);
    if (length == 0 || length >= sizeof protocol->name)
        return error_set(error, ERROR_ARGUMENT, "a protocol's name has 1 to %zu bytes",
                         sizeof protocol->name - 1);
    memcpy(protocol->name, base, length);
    return 0;
}

static int read_text(struct protocol *protocol, struct error *error)
{
    struct parse_lines lines;
    int status = parse_protocol(protocol->text, protocol, &lines, error);
    return status ? status : check_protocol(protocol, &lines, error);
}

int protocol_read(struct protocol *protocol, const char *name, const char *text,
                  struct error *error)
{
    *protocol = (struct protocol){.text = strdup(text)};
    int status = protocol->text ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
    if (!status && (name[0] == '\0' || strlen(name) >= sizeof protocol->name))
        status = error_set(error, ERROR_ARGUMENT, "a protocol's name has 1 to %zu bytes",
                           sizeof protocol->name - 1);
    if (!status) {
        memcpy(protocol->name, name, strlen(name) + 1);
        status = read_text(protocol, error);
    }
    if (status)
        protocol_close(protocol);
    return status;
}

static int read_protocol(struct protocol *protocol, const char *path, struct error *error)
{
    size_t size;
    int status = file_read(path, &protocol->text, &size, error);
    if (status)
        return error_context(error, "protocol");
    status = set_name(protocol, path, error);
    if (!status && strlen(protocol->text) != size)
        status = error_set(error, ERROR_FORMAT, "is not a text file");
    if (!status)
        status = read_text(protocol, error);
    return status ? error_context(error, "protocol %s", path) : 0;
}

int protocol_open(struct protocol *protocol, const char *name, struct error *error)
{
    *protocol = (struct protocol){.text = NULL};
    struct text path = {0};
    int status = find_path(name, &path, error);
    if (!status)
        status = read_protocol(protocol, path.data, error);
    if (status)
        protocol_close(protocol);
    text_free(&path);
    return status;
}

void protocol_close(struct protocol *protocol)
{
    free(protocol->text);
    *protocol = (struct protocol){.text = NULL};
}

const struct skeleton *protocol_skeleton(const struct protocol *protocol, const char *space,
                                         struct error *error)
{
    struct text known = {0};
    for (int i = 0; i < protocol->skeletons; i++) {
        if (strcmp(protocol->skeleton[i].space, space) == 0) {
            text_free(&known);
            return &protocol->skeleton[i].skeleton;
        }
        text_append(&known, "%s%s", i ? ", " : "", protocol->skeleton[i].space);
    }
    (void)error_set(error, ERROR_MISSING,
                    "protocol %s: there is no [skeleton.%s] section (it has %s)", protocol->name,
                    space, known.data ? known.data : "none");
    text_free(&known);
    return NULL;
}

static void print_section(const struct option_row *rows, const void *values, struct text *out)
{
    for (const struct option_row *row = rows; row->name; row++) {
        text_append(out, "%s = ", row->name);
        options_print(row, values, out);
        text_append(out, "\n");
    }
}

void protocol_normal(const struct protocol *protocol, const char *space, struct text *out)
{
    const struct skeleton *skeleton = protocol_skeleton(protocol, space, NULL);
    assert(skeleton && "protocol_skeleton was not asked first");
    text_append(out, "[training]\n");
    print_section(training_rows, &protocol->training, out);
    text_append(out, "\n[skeleton.%s]\n", space);
    print_section(skeleton_rows(space), skeleton, out);
}

struct digest protocol_hash(const struct protocol *protocol, const char *space)
{
    struct text normal = {0};
    protocol_normal(protocol, space, &normal);
    assert(!normal.failed && "out of memory for a kilobyte");
    struct digest digest = digest_bytes(normal.data, normal.size);
    text_free(&normal);
    return digest;
}
