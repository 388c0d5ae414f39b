#include "reports/fields.h"

#include <math.h>
#include <string.h>

static int find(const json_t *object, const char *name, json_t **value, struct error *error)
{
    *value = json_object_get(object, name);
    return *value ? 0 : error_set(error, ERROR_FORMAT, "\"%s\" is missing", name);
}

int field_text(const json_t *object, const char *name, char *out, size_t size, struct error *error)
{
    json_t *value;
    if (find(object, name, &value, error))
        return ERROR_FORMAT;
    if (!json_is_string(value))
        return error_set(error, ERROR_FORMAT, "\"%s\": must be a text", name);
    size_t length = json_string_length(value);
    if (length >= size)
        return error_set(error, ERROR_FORMAT, "\"%s\": text of %zu bytes is too long (most: %zu)",
                         name, length, size - 1);
    memcpy(out, json_string_value(value), length + 1);
    return 0;
}

int field_text_or_null(const json_t *object, const char *name, char *out, size_t size,
                       struct error *error)
{
    out[0] = '\0';
    if (json_is_null(json_object_get(object, name)))
        return 0;
    return field_text(object, name, out, size, error);
}

int field_digest(const json_t *object, const char *name, bool optional, char out[33],
                 struct error *error)
{
    out[0] = '\0';
    if (optional && json_is_null(json_object_get(object, name)))
        return 0;
    int status = field_text(object, name, out, 33, error);
    if (!status && (strlen(out) != 32 || strspn(out, "0123456789abcdef") != 32))
        status = error_set(error, ERROR_FORMAT,
                           "\"%s\": \"%s\" is no digest of 32 hexadecimal characters", name, out);
    return status;
}

int field_count(const json_t *object, const char *name, uint64_t *out, struct error *error)
{
    json_t *value;
    if (find(object, name, &value, error))
        return ERROR_FORMAT;
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return error_set(error, ERROR_FORMAT, "\"%s\": must be a whole number from 0 up", name);
    *out = (uint64_t)json_integer_value(value);
    return 0;
}

int field_int(const json_t *object, const char *name, int least, int most, int *out,
              struct error *error)
{
    json_t *value;
    if (find(object, name, &value, error))
        return ERROR_FORMAT;
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < least || number > most)
        return error_set(error, ERROR_FORMAT, "\"%s\": must be a whole number from %d to %d", name,
                         least, most);
    *out = (int)number;
    return 0;
}

int field_real(const json_t *object, const char *name, double least, double most, double *out,
               struct error *error)
{
    json_t *value;
    if (find(object, name, &value, error))
        return ERROR_FORMAT;
    double number = json_number_value(value);
    if (!json_is_number(value) || number < least || number > most)
        return error_set(error, ERROR_FORMAT, "\"%s\": must be a number from %g to %g", name, least,
                         most);
    *out = number;
    return 0;
}

int field_real_or_null(const json_t *object, const char *name, double least, double most,
                       double *out, struct error *error)
{
    *out = (double)NAN;
    if (json_is_null(json_object_get(object, name)))
        return 0;
    return field_real(object, name, least, most, out, error);
}

int field_flag(const json_t *object, const char *name, bool *out, struct error *error)
{
    json_t *value;
    if (find(object, name, &value, error))
        return ERROR_FORMAT;
    if (!json_is_boolean(value))
        return error_set(error, ERROR_FORMAT, "\"%s\": must be true or false", name);
    *out = json_is_true(value);
    return 0;
}

int field_object(const json_t *object, const char *name, json_t **out, struct error *error)
{
    if (find(object, name, out, error))
        return ERROR_FORMAT;
    if (!json_is_object(*out))
        return error_set(error, ERROR_FORMAT, "\"%s\": must be an object", name);
    return 0;
}

int field_array(const json_t *object, const char *name, json_t **out, struct error *error)
{
    if (find(object, name, out, error))
        return ERROR_FORMAT;
    if (!json_is_array(*out))
        return error_set(error, ERROR_FORMAT, "\"%s\": must be an array", name);
    return 0;
}

int fields_parse(const char *text, size_t size, json_t **object, struct error *error)
{
    json_error_t detail;
    *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, &detail);
    if (!*object)
        return error_set(error, ERROR_FORMAT, "no JSON: %s", detail.text);
    if (!json_is_object(*object)) {
        json_decref(*object);
        *object = NULL;
        return error_set(error, ERROR_FORMAT, "no JSON object");
    }
    return 0;
}
