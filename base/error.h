/* Errors: what can fail returns a code and fills a caller-owned message that reads outside-in. */
#ifndef NASBED_BASE_ERROR_H
#define NASBED_BASE_ERROR_H

/* The one list of codes and their texts. */
#define ERROR_LIST(X)                                                                              \
    X(ERROR_NONE, "no error")                                                                      \
    X(ERROR_ARGUMENT, "invalid argument")                                                          \
    X(ERROR_MISSING, "not found")                                                                  \
    X(ERROR_IO, "input/output failed")                                                             \
    X(ERROR_FORMAT, "malformed data")                                                              \
    X(ERROR_DIGEST, "digest differs")                                                              \
    X(ERROR_MISMATCH, "does not belong together")                                                  \
    X(ERROR_MEMORY, "out of memory")                                                               \
    X(ERROR_BUDGET, "budget exhausted")                                                            \
    X(ERROR_STATE, "not allowed now")                                                              \
    X(ERROR_UNSUPPORTED, "not supported")

enum error_code {
#define X(code, text) code,
    ERROR_LIST(X)
#undef X
};

struct error {
    enum error_code code;
    char text[1024]; /* one line, outside-in: `table x.h5: row 3: checksum differs`; control
                        characters of what it quotes are question marks */
};

/* Set `error` (may be NULL) to `code` and a formatted text. Returns `code`, so that
 * `return error_set(...)` is the way to fail. */
int error_set(struct error *error, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put a formatted context and ": " in front of the text. Returns the code the error already has. */
int error_context(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The standing text of a code. */
const char *error_text(enum error_code code);

#endif
