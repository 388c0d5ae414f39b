#include "protocols/parse.h"

#include <assert.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

static const char SKELETON_PREFIX[] = "skeleton.";

struct parser {
    const char *rest; /* text not yet read */
    int line;         /* number of the line read last */
    struct protocol *protocol;
    struct parse_lines *training;
    struct parse_lines skeleton[PROTOCOL_SKELETONS];
    int failed; /* line of the first complaint, 0: none yet */
    struct error error;
};

static int find_row(const struct option_row *rows, const char *name)
{
    for (int i = 0; rows[i].name; i++)
        if (strcmp(rows[i].name, name) == 0)
            return i;
    return -1;
}

/* inih's reader: one line of the text; its own line numbers do not reach the handler, so count. */
static char *read_line(char *buffer, int size, void *stream)
{
    struct parser *parser = stream;
    size_t length = strcspn(parser->rest, "\n");
    length += parser->rest[length] == '\n';
    if (length == 0)
        return NULL;
    parser->line++;
    if (length >= (size_t)size) {
        if (!parser->failed)
            (void)error_set(&parser->error, ERROR_FORMAT, "line is longer than %d bytes", size - 2);
        parser->failed = parser->failed ? parser->failed : parser->line;
        return NULL;
    }
    memcpy(buffer, parser->rest, length);
    buffer[length] = '\0';
    parser->rest += length;
    return buffer;
}

static int unknown_section(const char *section, struct error *error)
{
    char names[PROTOCOL_SKELETONS][64];
    const char *candidates[PROTOCOL_SKELETONS + 1] = {"training"};
    size_t n = 1;
    struct text list = {0};
    text_append(&list, "training");
    for (int i = 0; i < PROTOCOL_SKELETONS && skeleton_space(i); i++) {
        (void)snprintf(names[i], sizeof names[i], "%s%s", SKELETON_PREFIX, skeleton_space(i));
        text_append(&list, ", %s", names[i]);
        candidates[n++] = names[i];
    }
    const char *near = text_nearest(section, candidates, n);
    int code = near ? error_set(error, ERROR_FORMAT, "unknown section [%s]: did you mean [%s]?",
                                section, near)
                    : error_set(error, ERROR_FORMAT, "unknown section [%s]: one of %s", section,
                                list.data ? list.data : "");
    text_free(&list);
    return code;
}

/* Set one key of one section, once. */
static int set_once(const struct option_row *rows, void *target, struct parse_lines *lines,
                    const char *name, const char *value, int line, struct error *error)
{
    int row = find_row(rows, name);
    if (row >= 0 && lines->line[row])
        return error_set(error, ERROR_FORMAT, "option \"%s\" stands already in line %d", name,
                         lines->line[row]);
    int status = options_set(rows, target, name, value, error);
    if (!status)
        lines->line[row] = line;
    return status;
}

/* Number of the skeleton for `space`, appended if it is new. */
static int skeleton_number(struct protocol *protocol, const char *space)
{
    for (int i = 0; i < protocol->skeletons; i++)
        if (strcmp(protocol->skeleton[i].space, space) == 0)
            return i;
    assert(protocol->skeletons < PROTOCOL_SKELETONS); /* known spaces are fewer */
    int i = protocol->skeletons++;
    (void)snprintf(protocol->skeleton[i].space, sizeof protocol->skeleton[i].space, "%s", space);
    return i;
}

static int set_key(struct parser *parser, const char *section, const char *name, const char *value)
{
    struct protocol *protocol = parser->protocol;
    struct error *error = &parser->error;
    if (!*section)
        return error_set(error, ERROR_FORMAT, "option \"%s\" stands before any section", name);
    if (strcmp(section, "training") == 0)
        return set_once(training_rows, &protocol->training, parser->training, name, value,
                        parser->line, error);
    size_t prefix = strlen(SKELETON_PREFIX);
    const char *space = section + prefix;
    if (strncmp(section, SKELETON_PREFIX, prefix) != 0 || !skeleton_rows(space))
        return unknown_section(section, error);
    int i = skeleton_number(protocol, space);
    return set_once(skeleton_rows(space), &protocol->skeleton[i].skeleton, &parser->skeleton[i],
                    name, value, parser->line, error);
}

/* inih's handler; it goes on after a failure, so only the first one is kept. */
static int handle_key(void *user, const char *section, const char *name, const char *value)
{
    struct parser *parser = user;
    if (!parser->failed && set_key(parser, section, name, value))
        parser->failed = parser->line;
    return !parser->failed;
}

static int check_missing(const struct option_row *rows, const struct parse_lines *lines,
                         const char *prefix, const char *section, struct error *error)
{
    for (int i = 0; rows[i].name; i++)
        if (!lines->line[i])
            return error_set(error, ERROR_FORMAT, "[%s%s]: option \"%s\" is missing", prefix,
                             section, rows[i].name);
    return 0;
}

int parse_protocol(const char *text, struct protocol *protocol, struct parse_lines *lines,
                   struct error *error)
{
    struct parser parser = {.rest = text, .protocol = protocol, .training = lines};
    *lines = (struct parse_lines){{0}};
    int broken = ini_parse_stream(read_line, &parser, handle_key, &parser);
    if (broken > 0 && (!parser.failed || broken < parser.failed))
        return error_set(error, ERROR_FORMAT, "line %d: expected `key = value` or `[section]`",
                         broken);
    if (parser.failed)
        return error_set(error, ERROR_FORMAT, "line %d: %s", parser.failed, parser.error.text);
    int status = check_missing(training_rows, lines, "", "training", error);
    for (int i = 0; i < protocol->skeletons && !status; i++)
        status = check_missing(skeleton_rows(protocol->skeleton[i].space), &parser.skeleton[i],
                               SKELETON_PREFIX, protocol->skeleton[i].space, error);
    if (!status && protocol->skeletons == 0)
        status = error_set(error, ERROR_FORMAT, "there is no [%sSPACE] section", SKELETON_PREFIX);
    return status;
}
