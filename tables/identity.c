#include "tables/identity.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STRING(member, other)                                                                      \
    {                                                                                              \
#member, IDENTITY_STRING, offsetof(struct table_identity, member),                         \
            sizeof(((struct table_identity *)0)->member), other                                    \
    }
#define NUMBER(member, other)                                                                      \
    {                                                                                              \
#member, IDENTITY_NUMBER, offsetof(struct table_identity, member),                         \
            sizeof(((struct table_identity *)0)->member), other                                    \
    }

const struct identity_field identity_fields[] = {STRING(space, "in another space"),
                                                 STRING(protocol, "under another protocol"),
                                                 STRING(protocol_hash, "under another protocol"),
                                                 STRING(dataset_digest, "on other images"),
                                                 NUMBER(numerics, "by another arithmetic"),
                                                 NUMBER(points, "under another protocol"),
                                                 NUMBER(count, "in another space"),
                                                 NUMBER(distinct, "in another space"),
                                                 {NULL, IDENTITY_STRING, 0, 0, NULL}};

_Static_assert(sizeof(int) == sizeof(uint32_t), "numbers of an identity are read as 32 bits");

static const char *string_of(const struct table_identity *identity,
                             const struct identity_field *field)
{
    return (const char *)identity + field->offset;
}

static uint32_t number_of(const struct table_identity *identity, const struct identity_field *field)
{
    uint32_t value;
    memcpy(&value, string_of(identity, field), sizeof value);
    return value;
}

/* One field as text; `size` bytes always suffice for the longest string of the identity. */
static void print_value(const struct table_identity *identity, const struct identity_field *field,
                        char *out, size_t size)
{
    if (field->kind == IDENTITY_STRING)
        (void)snprintf(out, size, "%.*s", (int)field->size - 1, string_of(identity, field));
    else
        (void)snprintf(out, size, "%" PRIu32, number_of(identity, field));
}

static size_t print_fields(const struct table_identity *identity, char text[IDENTITY_TEXT])
{
    size_t length = 0;
    for (const struct identity_field *field = identity_fields; field->name; field++) {
        char value[80];
        print_value(identity, field, value, sizeof value);
        length +=
            (size_t)snprintf(text + length, IDENTITY_TEXT - length, "%s %s\n", field->name, value);
    }
    return length;
}

void identity_hash(const struct table_identity *identity, char hash[DIGEST_TEXT])
{
    char text[IDENTITY_TEXT];
    size_t length = print_fields(identity, text);
    digest_print(digest_bytes(text, length), hash);
}

size_t identity_print(const struct table_identity *identity, char text[IDENTITY_TEXT])
{
    char hash[DIGEST_TEXT];
    size_t length = print_fields(identity, text);
    digest_print(digest_bytes(text, length), hash);
    return length + (size_t)snprintf(text + length, IDENTITY_TEXT - length, "identity %s\n", hash);
}

/* The value of the line `name value` at *at, which moves behind it. */
static bool take_line(const char **at, const char *name, char *value, size_t size)
{
    size_t head = strlen(name);
    const char *end = strchr(*at, '\n');
    if (!end || strncmp(*at, name, head) != 0 || (*at)[head] != ' ')
        return false;
    size_t length = (size_t)(end - *at) - head - 1;
    if (length >= size)
        return false;
    memcpy(value, *at + head + 1, length);
    value[length] = '\0';
    *at = end + 1;
    return true;
}

static bool parse_field(const char **at, struct table_identity *identity,
                        const struct identity_field *field)
{
    char value[80];
    char *member = (char *)identity + field->offset;
    if (field->kind == IDENTITY_STRING)
        return take_line(at, field->name, member, field->size);
    uint64_t wide;
    if (!take_line(at, field->name, value, sizeof value) || !text_parse_u64(value, &wide) ||
        wide > UINT32_MAX)
        return false;
    uint32_t narrow = (uint32_t)wide;
    memcpy(member, &narrow, sizeof narrow);
    return true;
}

int identity_parse(const char *text, struct table_identity *identity, size_t *used,
                   struct error *error)
{
    const char *at = text;
    char hash[DIGEST_TEXT], stated[DIGEST_TEXT];
    *identity = (struct table_identity){0};
    for (const struct identity_field *field = identity_fields; field->name; field++) {
        if (!parse_field(&at, identity, field))
            return error_set(error, ERROR_FORMAT, "header: line \"%s\" is missing or damaged",
                             field->name);
    }
    if (!take_line(&at, "identity", stated, sizeof stated))
        return error_set(error, ERROR_FORMAT, "header: line \"identity\" is missing or damaged");
    identity_hash(identity, hash);
    if (strcmp(hash, stated) != 0)
        return error_set(error, ERROR_DIGEST,
                         "header: its digest is %s but it says %s (the file was changed)", hash,
                         stated);
    *used = (size_t)(at - text);
    return 0;
}

const struct identity_field *identity_difference(const struct table_identity *found,
                                                 const struct table_identity *wanted, char a[80],
                                                 char b[80])
{
    for (const struct identity_field *field = identity_fields; field->name; field++) {
        print_value(found, field, a, 80);
        print_value(wanted, field, b, 80);
        if (strcmp(a, b) != 0)
            return field;
    }
    return NULL;
}

int identity_check(const struct table_identity *found, const struct table_identity *wanted,
                   struct error *error)
{
    char a[80], b[80], found_hash[DIGEST_TEXT], wanted_hash[DIGEST_TEXT];
    const struct identity_field *field = identity_difference(found, wanted, a, b);
    if (!field)
        return 0;
    identity_hash(found, found_hash);
    identity_hash(wanted, wanted_hash);
    return error_set(error, ERROR_MISMATCH,
                     "belongs to another table: its %s is %s, not %s (identity %s, not %s)",
                     field->name, a, b, found_hash, wanted_hash);
}

/* One printable line that fills its member at most to the NUL. */
static bool string_valid(const char *value, size_t size)
{
    size_t length = strnlen(value, size);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)value[i] < ' ')
            return false;
    return length > 0 && length < size;
}

int identity_valid(const struct table_identity *identity, struct error *error)
{
    for (const struct identity_field *field = identity_fields; field->name; field++)
        if (field->kind == IDENTITY_STRING &&
            !string_valid(string_of(identity, field), field->size))
            return error_set(error, ERROR_ARGUMENT, "identity: %s is empty or not one line",
                             field->name);
    if (identity->points < 1 || identity->points > PROTOCOL_POINTS)
        return error_set(error, ERROR_ARGUMENT, "identity: points is %d: expected 1 to %d",
                         identity->points, PROTOCOL_POINTS);
    if (identity->numerics < 0)
        return error_set(error, ERROR_ARGUMENT, "identity: numerics is %d: negative",
                         identity->numerics);
    if (identity->count < 1 || identity->count > INT32_MAX || identity->distinct < 1 ||
        identity->distinct > identity->count)
        return error_set(error, ERROR_ARGUMENT,
                         "identity: %" PRIu32 " architectures in %" PRIu32 " networks",
                         identity->count, identity->distinct);
    return 0;
}
