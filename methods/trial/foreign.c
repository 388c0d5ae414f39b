#include "methods/trial/foreign.h"

#include "base/file.h"
#include "methods/trial/pipe.h"
#include "methods/trial/registry.h"
#include "methods/trial/trial_parts.h"
#include "protocols/classes.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct foreign {
    struct nasbed_method method;         /* first: what a trial of it holds a pointer to */
    const struct nasbed_method *plugged; /* of the shared object; NULL: a command */
    void *object;                        /* dlopen's */
    char name[64], command[OPTION_TEXT_SIZE];
    struct pipe_settings pipe;
    struct method_origin origin;
};

const struct nasbed_method *foreign_method(const struct foreign *foreign)
{
    return foreign->plugged ? foreign->plugged : &foreign->method;
}

const struct method_origin *foreign_origin(const struct foreign *foreign)
{
    return &foreign->origin;
}

bool foreign_is_path(const char *word)
{
    size_t length = strlen(word);
    return strchr(word, '/') || (length > 3 && strcmp(word + length - 3, ".so") == 0);
}

void foreign_close(struct foreign *foreign)
{
    if (foreign && foreign->object)
        (void)dlclose(foreign->object);
    free(foreign);
}

/* Where it came from --------------------------------------------------------------------------- */

/* Once. False: it cannot be read. */
static bool add_file(struct method_origin *origin, const char *path)
{
    struct digest digest;
    for (int i = 0; i < origin->files; i++)
        if (strcmp(origin->file[i].name, path) == 0)
            return true;
    if (origin->files == FOREIGN_FILES || digest_file(path, &digest))
        return false;
    (void)snprintf(origin->file[origin->files].name, OPTION_TEXT_SIZE, "%s", path);
    digest_print(digest, origin->file[origin->files].digest);
    origin->files++;
    return true;
}

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* The words of a command that are files, as far as they are plain. */
static void add_command_files(struct method_origin *origin, const char *command)
{
    char words[OPTION_TEXT_SIZE], *rest = words, *word;
    (void)snprintf(words, sizeof words, "%s", command);
    while ((word = strsep(&rest, " \t'\"")))
        if (*word && is_file(word))
            (void)add_file(origin, word);
}

/* Names ---------------------------------------------------------------------------------------- */

/* A method's name is a folder's name and a word of a list. */
static bool name_is_plain(const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) && name[i] != '-')
            return false;
    return length > 0 && length < 64 && name[0] != '-';
}

/* The nearest plain name of at most `most` characters: small letters and digits stay, everything else
 * becomes a hyphen. */
static void make_plain(const char *name, size_t most, char plain[64])
{
    size_t n = 0;
    while (*name && !isalnum((unsigned char)*name))
        name++;
    for (; *name && n < most; name++)
        plain[n++] = isalnum((unsigned char)*name) ? (char)tolower((unsigned char)*name) : '-';
    plain[n] = '\0';
}

int foreign_check_name(const char *name, struct error *error)
{
    char plain[64] = "";
    if (method_find(name ? name : "", NULL))
        return error_set(error, ERROR_ARGUMENT,
                         "\"%s\" is the name of a built-in method: give it one of its own", name);
    if (name && name_is_plain(name))
        return 0;
    make_plain(name ? name : "", 63, plain);
    bool near = name_is_plain(plain) && !method_find(plain, NULL);
    return error_set(error, ERROR_ARGUMENT,
                     "the name \"%.80s\" must be of small letters, digits and hyphens, at most 63, "
                     "the first no hyphen%s%s%s",
                     name ? name : "", near ? ": \"" : "", near ? plain : "",
                     near ? "\" would do" : "");
}

/* Shared objects ------------------------------------------------------------------------------- */

static int check_interface(const struct nasbed_method *method, struct error *error)
{
    if (method->abi != NASBED_ABI)
        return error_set(
            error, ERROR_UNSUPPORTED,
            "was compiled with interface %d, this program has interface %d: compile it "
            "anew with this program's nasbed.h",
            method->abi, NASBED_ABI);
    if (method->size == 0 || method->size > sizeof(struct nasbed_api))
        return error_set(
            error, ERROR_UNSUPPORTED,
            "its size is %zu, this program's function table has %zu bytes: set .size = "
            "sizeof(struct nasbed_api) and compile it with this program's nasbed.h",
            method->size, sizeof(struct nasbed_api));
    return 0;
}

static int check_option(const struct nasbed_option *option, size_t size, struct error *error)
{
    static const size_t sizes[] = {[NASBED_OPTION_INT] = sizeof(int),
                                   [NASBED_OPTION_U64] = sizeof(uint64_t),
                                   [NASBED_OPTION_REAL] = sizeof(double),
                                   [NASBED_OPTION_FLAG] = sizeof(bool),
                                   [NASBED_OPTION_TEXT] = NASBED_TEXT};
    if ((unsigned)option->type > NASBED_OPTION_TEXT || !option->standard || !option->help ||
        option->offset > size || sizes[option->type] > size - option->offset)
        return error_set(error, ERROR_FORMAT,
                         "option \"%s\": needs a type, a default, a help text and a place in the "
                         "option struct (options_size)",
                         option->name);
    return 0;
}

/* A default must be what it says it is: it is set as a user would. */
static int check_default(const struct nasbed_option *option, struct error *error)
{
    const struct option_row row[] = {{.name = option->name,
                                      .type = (enum option_type)option->type,
                                      .least = option->least,
                                      .most = option->most},
                                     {.name = NULL}};
    union {
        uint64_t number;
        double real;
        char text[OPTION_TEXT_SIZE];
    } value;
    if (!options_set(row, &value, option->name, option->standard, error))
        return 0;
    error->code = ERROR_FORMAT; /* not an argument of the user's */
    return error_context(error, "a default");
}

static int check_options(const struct nasbed_method *method, struct error *error)
{
    int n = 0, status = 0;
    for (const struct nasbed_option *row = method->options; row->name && !status; row++) {
        if (n++ == NASBED_OPTIONS)
            return error_set(error, ERROR_FORMAT, "has more than %d options", NASBED_OPTIONS);
        status = check_option(row, method->options_size, error);
        if (!status)
            status = check_default(row, error);
        for (const struct nasbed_option *other = method->options; other != row && !status; other++)
            if (strcmp(other->name, row->name) == 0)
                status = error_set(error, ERROR_FORMAT, "has two options \"%s\"", row->name);
    }
    return status;
}

static int check_method(const struct nasbed_method *method, struct error *error)
{
    int status = check_interface(method, error);
    if (!status)
        status = foreign_check_name(method->name, error);
    if (status)
        return status;
    if (class_find(method->class_name) < 0)
        return error_set(error, ERROR_FORMAT, "its class_name must be RL, EA, GO, RS or SMBO");
    if (!method->source || !method->spaces || !method->options || !method->run)
        return error_set(error, ERROR_FORMAT, "must have source, spaces, options and run");
    if (method->survey && strlen(method->survey) > 255)
        return error_set(error, ERROR_FORMAT, "its survey text must have at most 255 bytes");
    return check_options(method, error);
}

static int open_object(struct foreign *foreign, const char *path, struct error *error)
{
    char here[OPTION_TEXT_SIZE + 2]; /* dlopen looks for a name without a slash elsewhere */
    (void)snprintf(here, sizeof here, "%s%s", strchr(path, '/') ? "" : "./", path);
    foreign->object = dlopen(here, RTLD_NOW | RTLD_LOCAL);
    if (!foreign->object)
        return error_set(error, ERROR_FORMAT, "cannot be loaded: %s", dlerror());
    foreign->plugged = dlsym(foreign->object, "nasbed_method");
    if (!foreign->plugged)
        return error_set(error, ERROR_FORMAT,
                         "exports no `const struct nasbed_method nasbed_method`");
    return check_method(foreign->plugged, error);
}

int foreign_plugin(struct foreign **foreign, const char *path, struct error *error)
{
    struct foreign *made = calloc(1, sizeof *made);
    int status = 0;
    if (!made)
        status = error_set(error, ERROR_MEMORY, "out of memory");
    else if (!is_file(path))
        status = error_set(error, ERROR_MISSING, "%s",
                           file_exists(path) ? "is no file" : "there is no such file");
    else if (!add_file(&made->origin, path))
        status = error_set(error, ERROR_IO, "cannot be read");
    else
        status = open_object(made, path, error);
    if (status) {
        foreign_close(made);
        return error_context(error, "plug-in %s", path);
    }
    (void)snprintf(made->origin.what, sizeof made->origin.what, "%s", path);
    *foreign = made;
    return 0;
}

/* Commands ------------------------------------------------------------------------------------- */

static enum nasbed_status run(struct nasbed_trial *face, const void *options)
{
    struct trial *trial = trial_of(face);
    const struct foreign *foreign = (const struct foreign *)(const void *)trial->method;
    double seconds;
    (void)options;
    enum nasbed_status status = pipe_run(face, &foreign->pipe, trial->seed, trial->error, &seconds);
    trial->times.own += seconds;
    return status;
}

/* "tools/my_search.py" is called "my-search", "random_search.py" "my-random-search"; a command without a
 * file after its first word. */
static void name_after(const struct method_origin *origin, const char *command, char name[64])
{
    char word[OPTION_TEXT_SIZE];
    (void)snprintf(word, sizeof word, "%s", command);
    word[strcspn(word, " \t")] = '\0';
    const char *path = origin->files ? origin->file[origin->files - 1].name : word;
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    char stem[64], plain[64];
    (void)snprintf(stem, sizeof stem, "%.*s", (int)strcspn(base, "."), base);
    make_plain(stem, 60, plain); /* and "my-" fits */
    (void)snprintf(name, 64, "%s%.60s", method_find(plain, NULL) ? "my-" : "", plain);
}

static const struct nasbed_option no_options[] = {{.name = NULL}};

/* What a command can do on a space it finds out itself. */
static const struct nasbed_space every_space[] = {{.name = "cell", .kind = NASBED_NATIVE},
                                                  {.name = "chain", .kind = NASBED_NATIVE},
                                                  {.name = "macro", .kind = NASBED_NATIVE},
                                                  {.name = NULL}};

static int describe(struct foreign *foreign, const struct foreign_card *card, struct error *error)
{
    (void)snprintf(foreign->command, sizeof foreign->command, "%s", card->command);
    (void)snprintf(foreign->origin.what, sizeof foreign->origin.what, "%s", card->command);
    foreign->origin.command = true;
    add_command_files(&foreign->origin, card->command);
    if (card->name && card->name[0])
        (void)snprintf(foreign->name, sizeof foreign->name, "%s", card->name);
    else
        name_after(&foreign->origin, card->command, foreign->name);
    if (foreign_check_name(foreign->name, error))
        return error->code;
    if (class_find(card->class_name) < 0)
        return error_set(error, ERROR_ARGUMENT,
                         "its class must be RL, EA, GO, RS or SMBO, not \"%s\"", card->class_name);
    return 0;
}

int foreign_command(struct foreign **foreign, const struct foreign_card *card, struct error *error)
{
    struct foreign *made = calloc(1, sizeof *made);
    int status =
        made ? describe(made, card, error) : error_set(error, ERROR_MEMORY, "out of memory");
    if (status) {
        free(made);
        return error_context(error, "command \"%s\"", card->command);
    }
    made->pipe = (struct pipe_settings){made->command, card->patience, card->say};
    made->method = (struct nasbed_method){.abi = NASBED_ABI,
                                          .size = sizeof(struct nasbed_api),
                                          .name = made->name,
                                          .class_name = card->class_name,
                                          .source = made->command,
                                          .spaces = every_space,
                                          .options = no_options,
                                          .run = run,
                                          .networks = card->live,
                                          .supernet = card->live};
    *foreign = made;
    return 0;
}
