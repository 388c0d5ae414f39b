#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A message is one line of text, whatever stood in the file that it quotes. */
static void keep_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == '\x7f')
            *text = '?';
}

int error_set(struct error *error, enum error_code code, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->code = code;
        (void)vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        keep_line(error->text);
    }
    return (int)code;
}

int error_context(struct error *error, const char *format, ...)
{
    if (!error)
        return ERROR_STATE;
    char inner[sizeof error->text], context[sizeof error->text];
    memcpy(inner, error->text, sizeof inner);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(context, sizeof context, format, arguments);
    va_end(arguments);
    keep_line(context);
    size_t used = strlen(context);
    if (used > sizeof error->text - 3)
        used = sizeof error->text - 3;
    memcpy(error->text, context, used);
    memcpy(error->text + used, ": ", 2);
    size_t rest = strnlen(inner, sizeof error->text - used - 3);
    memcpy(error->text + used + 2, inner, rest);
    error->text[used + 2 + rest] = '\0';
    return (int)error->code;
}

const char *error_text(enum error_code code)
{
    static const char *const texts[] = {
#define X(name, text) text,
        ERROR_LIST(X)
#undef X
    };
    return (unsigned)code < sizeof texts / sizeof *texts ? texts[code] : "unknown error";
}
