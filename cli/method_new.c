/* nasbed method new: a method of the user's own begins as a copy of a skeleton that runs. */
#include "cli/method.h"

#include "base/file.h"
#include "base/text.h"
#include "methods/trial/foreign.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
    char language[OPTION_TEXT_SIZE];
};

static const struct option_row options[] = {{"language", OPTION_TEXT,
                                             offsetof(struct settings, language), "c", 0, 0,
                                             "c: a shared object, which needs nasbed.h alone; "
                                             "python: a program that is spoken to over pipes, "
                                             "without packages",
                                             NULL},
                                            {.name = NULL}};

/* Where skeletons and nasbed.h lie: beside the sources while there, else where they were installed. */
static const struct {
    const char *skeletons, *include;
} places[] = {{NASBED_SOURCE_METHODS "/examples", NASBED_SOURCE_METHODS},
              {NASBED_INSTALLED_EXAMPLES, NASBED_INSTALLED_INCLUDE}};

enum { PLACES = sizeof places / sizeof *places };

static const struct language {
    const char *name, *ending;
} languages[] = {{"c", "c"}, {"python", "py"}};

enum { LANGUAGES = sizeof languages / sizeof *languages };

/* What is to be written. */
struct draft {
    const struct language *language;
    const char *name;
    int place;
    struct text include; /* the compiler's option; empty where nasbed.h is found without */
    struct text file;    /* NAME.c */
};

/* Words of a shell ----------------------------------------------------------------------------- */

/* As a shell has to be given it: in quotes if anything of it is special. */
static void append_word(struct text *text, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+,:@";
    if (word[strspn(word, plain)] == '\0') {
        text_append(text, "%s", word);
        return;
    }
    text_append(text, "'");
    for (; *word; word++)
        text_append(text, *word == '\'' ? "'\\''" : "%c", *word);
    text_append(text, "'");
}

/* Compilers look there by themselves. */
static bool is_standard(const char *folder)
{
    return strcmp(folder, "/usr/include") == 0 || strcmp(folder, "/usr/local/include") == 0;
}

static void append_include(struct text *text, const char *folder)
{
    if (is_standard(folder))
        return;
    text_append(text, "-I");
    append_word(text, folder);
    text_append(text, " ");
}

/* The skeleton --------------------------------------------------------------------------------- */

/* The skeleton's text; the draft's place becomes where it was found. */
static int read_skeleton(struct draft *draft, char **skeleton, struct error *error)
{
    int status = 0;
    for (draft->place = 0; draft->place < PLACES; draft->place++) {
        struct text path = {0};
        size_t size;
        text_append(&path, "%s/skeleton.%s", places[draft->place].skeletons,
                    draft->language->ending);
        status = path.failed ? error_set(error, ERROR_MEMORY, "out of memory")
                             : file_read(path.data, skeleton, &size, error);
        text_free(&path);
        if (status != ERROR_MISSING)
            return status;
    }
    return error_context(error, "the skeleton lies neither beside the sources nor where it was "
                                "installed (cmake --install)");
}

/* Its placeholders, filled in. */
static void fill(const struct draft *draft, const char *skeleton, struct text *text)
{
    const struct {
        const char *mark, *value;
    } marks[] = {{"@NAME@", draft->name}, {"@INCLUDE@ ", draft->include.data}};
    while (*skeleton) {
        size_t plain = strcspn(skeleton, "@"), used = 1;
        text_append_bytes(text, skeleton, plain);
        skeleton += plain;
        if (*skeleton == '\0')
            return;
        const char *value = "@";
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
            if (strncmp(skeleton, marks[i].mark, strlen(marks[i].mark)) == 0) {
                value = marks[i].value ? marks[i].value : "";
                used = strlen(marks[i].mark);
            }
        text_append(text, "%s", value);
        skeleton += used;
    }
}

/* A new file: what is there already is somebody's work. */
static int write_new(const char *path, const struct text *text, struct error *error)
{
    FILE *file = fopen(path, "wx");
    if (!file && errno == EEXIST)
        return error_set(
            error, ERROR_STATE,
            "%s: is there already and stays as it is: choose another name, or remove it", path);
    if (!file)
        return error_set(error, ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
    bool written = fwrite(text->data, 1, text->size, file) == text->size;
    if (fclose(file) == 0 && written)
        return 0;
    int status = error_set(error, ERROR_IO, "%s: cannot be written: %s", path, strerror(errno));
    (void)remove(path); /* half of it would be in the way of the next try */
    return status;
}

/* What to do now. */
static void print_next(const struct draft *draft)
{
    static const char rest[] = "--protocol smoke --budget 6 --seeds 2";
    const char *name = draft->name;
    (void)printf("%s: random search, until you change it\n", draft->file.data);
    if (strcmp(draft->language->ending, "c") == 0) {
        (void)printf(
            "build   cc -std=c11 -Wall -Wextra -O2 -shared -fPIC -Wl,-z,defs %s%s.c -o %s.so\n",
            draft->include.data ? draft->include.data : "", name, name);
        (void)printf("run     nasbed run --method ./%s.so %s\n", name, rest);
    } else {
        (void)printf("run     nasbed run --exec \"python3 %s.py\" %s\n", name, rest);
    }
}

static int write_draft(struct draft *draft, struct error *error)
{
    char *skeleton = NULL;
    struct text text = {0};
    int status = read_skeleton(draft, &skeleton, error);
    if (status)
        return status;
    append_include(&draft->include, places[draft->place].include);
    text_append(&draft->file, "%s.%s", draft->name, draft->language->ending);
    fill(draft, skeleton, &text);
    if (text.failed || draft->include.failed || draft->file.failed)
        status = error_set(error, ERROR_MEMORY, "out of memory");
    else
        status = write_new(draft->file.data, &text, error);
    free(skeleton);
    text_free(&text);
    return status;
}

/* The command ---------------------------------------------------------------------------------- */

static const struct language *find_language(const char *name, struct error *error)
{
    for (int i = 0; i < LANGUAGES; i++)
        if (strcmp(languages[i].name, name) == 0)
            return &languages[i];
    (void)error_set(error, ERROR_ARGUMENT,
                    "language = %s: must be c or python; any other can speak the protocol of "
                    "methods/PIPE.md",
                    name);
    return NULL;
}

static int make(const char *name, const struct settings *settings, struct error *error)
{
    struct draft draft = {.name = name, .language = find_language(settings->language, error)};
    if (!draft.language || foreign_check_name(name, error))
        return error->code;
    int status = write_draft(&draft, error);
    if (!status)
        print_next(&draft);
    text_free(&draft.include);
    text_free(&draft.file);
    return status ? status : command_flush(error);
}

static int run(int argc, char **argv)
{
    struct settings settings;
    struct error error;
    int words, code = command_parse(&command_method_new, &settings, argc, argv, 1, &words);
    if (code >= 0)
        return code;
    if (!words)
        (void)error_set(&error, ERROR_ARGUMENT, "expected a NAME for the method");
    return !words || make(argv[1], &settings, &error) ? command_fail(&command_method_new, &error)
                                                      : EXIT_DONE;
}

const struct command command_method_new = {
    .name = "method new",
    .summary = "the skeleton of a method of your own, which runs at once",
    .usage =
        "method new NAME [--language c|python]\n\n"
        "Writes NAME.c or NAME.py into this folder, random search with comments that say where\n"
        "options, loop and proposals go, and prints the commands that run it. A file that is\n"
        "there already is not touched. NAME is of small letters, digits and hyphens.",
    .examples =
        "  nasbed method new my-search --language python\n"
        "  nasbed run --exec \"python3 my-search.py\" --protocol smoke --budget 6 --seeds 2\n"
        "  nasbed method new my-search\n",
    .options = options,
    .run = run,
};
