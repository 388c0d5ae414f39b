/* Shared objects that are no plug-in, or break the rules of the interface: each is refused with a message that
 * says what is wrong, before it is called. */
#include "base/file.h"
#include "methods/trial/foreign.h"
#include "methods/trial/registry.h"
#include "tests/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A method whose parts are given on the compiler's command line. */
static const char source[] =
    "#include <nasbed.h>\n"
    "#ifndef ABI\n"
    "#define ABI NASBED_ABI\n"
    "#endif\n"
    "#ifndef SIZE\n"
    "#define SIZE sizeof(struct nasbed_api)\n"
    "#endif\n"
    "#ifndef NAME\n"
    "#define NAME \"fine\"\n"
    "#endif\n"
    "#ifndef CLASS\n"
    "#define CLASS \"RS\"\n"
    "#endif\n"
    "#ifndef SOURCE\n"
    "#define SOURCE \"a test\"\n"
    "#endif\n"
    "#ifndef SPACES\n"
    "#define SPACES spaces\n"
    "#endif\n"
    "#ifndef OPTIONS\n"
    "#define OPTIONS options\n"
    "#endif\n"
    "#ifndef RUN\n"
    "#define RUN run\n"
    "#endif\n"
    "#ifndef ROWS\n"
    "#define ROWS\n"
    "#endif\n"
    "#ifndef EXPORTED\n"
    "#define EXPORTED nasbed_method\n"
    "#endif\n"
    "#define REAL .type = NASBED_OPTION_REAL, .help = \"h\", .standard\n"
    "struct settings { double share; };\n"
    "enum nasbed_status elsewhere(struct nasbed_trial *, const void *);\n"
    "enum nasbed_status run(struct nasbed_trial *trial, const void *settings)\n"
    "{\n"
    "    (void)settings;\n"
    "    return nasbed_fail(trial, \"was run\");\n"
    "}\n"
    "const struct nasbed_option options[] = {ROWS {.name = 0}};\n"
    "const struct nasbed_space spaces[] = {{\"cell\", NASBED_NATIVE, 0}, {.name = 0}};\n"
    "const struct nasbed_method EXPORTED = {.abi = ABI, .size = SIZE, .name = NAME,\n"
    "    .class_name = CLASS, .source = SOURCE, .spaces = SPACES, .options = OPTIONS,\n"
    "    .options_size = sizeof(struct settings), .run = RUN};\n";

static int set_up(void **state)
{
    if (scratch_make(state))
        return -1;
    return file_write(scratch_path("plug.c"), source, sizeof source - 1, NULL);
}

/* Compile the method with those macros into NAME.so: a file of its own, for the loader knows the others. */
static const char *compile(int name, const char *macros)
{
    static char path[256];
    char command[2048];
    (void)snprintf(path, sizeof path, "%s/%d.so", scratch, name);
    (void)snprintf(command, sizeof command,
                   "%s -shared -fPIC -O0 -w -I%s/methods %s %s/plug.c -o %s", NASBED_TEST_COMPILER,
                   NASBED_TEST_SOURCE, macros, scratch, path);
    assert_int_equal(system(command), 0);
    return path;
}

/* The whole message, with the path in place of PATH. */
static void check_refused(const char *path, int code, const char *message)
{
    char wanted[1024];
    struct error error;
    struct foreign *foreign;
    int status = foreign_plugin(&foreign, path, &error);
    assert_int_not_equal(status, 0);
    (void)snprintf(wanted, sizeof wanted, "plug-in %s: %s", path, message);
    assert_string_equal(error.text, wanted);
    assert_int_equal(status, code);
}

#define OPTION_RULE                                                                                \
    "needs a type, a default, a help text and a place in the option struct (options_size)"

static const struct {
    const char *macros;
    int code;
    const char *message;
} bad[] = {
    {"-DEXPORTED=my_method", ERROR_FORMAT, "exports no `const struct nasbed_method nasbed_method`"},
    {"-DABI=1", ERROR_UNSUPPORTED,
     "was compiled with interface 1, this program has interface 2: compile it anew with this "
     "program's nasbed.h"},
    {"'-DNAME=0'", ERROR_ARGUMENT,
     "the name \"\" must be of small letters, digits and hyphens, at most 63, the first no hyphen"},
    {"'-DNAME=\"My_Own\"'", ERROR_ARGUMENT,
     "the name \"My_Own\" must be of small letters, digits and hyphens, at most 63, the first no "
     "hyphen: \"my-own\" would do"},
    {"'-DNAME=\"random-search\"'", ERROR_ARGUMENT,
     "\"random-search\" is the name of a built-in method: give it one of its own"},
    {"-DCLASS=0", ERROR_FORMAT, "its class_name must be RL, EA, GO, RS or SMBO"},
    {"'-DCLASS=\"XX\"'", ERROR_FORMAT, "its class_name must be RL, EA, GO, RS or SMBO"},
    {"-DSOURCE=0", ERROR_FORMAT, "must have source, spaces, options and run"},
    {"-DSPACES=0", ERROR_FORMAT, "must have source, spaces, options and run"},
    {"-DOPTIONS=0", ERROR_FORMAT, "must have source, spaces, options and run"},
    {"-DRUN=0", ERROR_FORMAT, "must have source, spaces, options and run"},
    {"'-DROWS={.name=\"share\",REAL=0},'", ERROR_FORMAT, "option \"share\": " OPTION_RULE},
    {"'-DROWS={.name=\"share\",.standard=\"1\"},'", ERROR_FORMAT, "option \"share\": " OPTION_RULE},
    {"'-DROWS={.name=\"share\",REAL=\"1\",.offset=4},'", ERROR_FORMAT,
     "option \"share\": " OPTION_RULE},
    {"'-DROWS={.name=\"share\",REAL=\"1\",.type=9},'", ERROR_FORMAT,
     "option \"share\": " OPTION_RULE},
    {"'-DROWS={.name=\"share\",REAL=\"much\"},'", ERROR_FORMAT,
     "a default: share = much: must be a number"},
    {"'-DROWS={.name=\"share\",REAL=\"2\",.least=0,.most=1},'", ERROR_FORMAT,
     "a default: share = 2: must be from 0 to 1"},
    {"'-DROWS={.name=\"share\",REAL=\"1\"},{.name=\"share\",REAL=\"1\"},'", ERROR_FORMAT,
     "has two options \"share\""},
};

static void test_bad_methods(void **state)
{
    (void)state;
    for (int i = 0; i < (int)(sizeof bad / sizeof *bad); i++)
        check_refused(compile(i, bad[i].macros), bad[i].code, bad[i].message);
}

/* The size of the function table: none, as in a method that forgot it, or more than there is here. */
static void test_sizes(void **state)
{
    (void)state;
    const size_t more = sizeof(struct nasbed_api) + 8;
    char macro[64], message[256];
    static const char form[] =
        "its size is %zu, this program's function table has %zu bytes: set .size "
        "= sizeof(struct nasbed_api) and compile it with this program's nasbed.h";
    (void)snprintf(message, sizeof message, form, (size_t)0, sizeof(struct nasbed_api));
    check_refused(compile(100, "-DSIZE=0"), ERROR_UNSUPPORTED, message);
    (void)snprintf(macro, sizeof macro, "-DSIZE=%zu", more);
    (void)snprintf(message, sizeof message, form, more, sizeof(struct nasbed_api));
    check_refused(compile(101, macro), ERROR_UNSUPPORTED, message);
}

static void test_too_many_options(void **state)
{
    (void)state;
    struct text macros = {0};
    text_append(&macros, "'-DROWS=");
    for (int i = 0; i <= NASBED_OPTIONS; i++)
        text_append(&macros, "{.name=\"o%d\",REAL=\"1\"},", i);
    text_append(&macros, "'");
    check_refused(compile(102, macros.data), ERROR_FORMAT, "has more than 32 options");
    text_free(&macros);
}

/* What the loader of shared objects says is its own affair; that it is asked is not. */
static void check_unloadable(const char *path, const char *reason)
{
    char wanted[512];
    struct error error;
    struct foreign *foreign;
    assert_int_equal(foreign_plugin(&foreign, path, &error), ERROR_FORMAT);
    (void)snprintf(wanted, sizeof wanted, "plug-in %s: cannot be loaded: %s: ", path, path);
    assert_int_equal(strncmp(error.text, wanted, strlen(wanted)), 0);
    if (!strstr(error.text, reason))
        fail_msg("\"%s\" is not in \"%s\"", reason, error.text);
}

static void test_files(void **state)
{
    (void)state;
    check_refused(scratch_path("none.so"), ERROR_MISSING, "there is no such file");
    check_refused(scratch_folder("folder.so"), ERROR_MISSING, "is no file");
    check_unloadable(scratch_path("plug.c"), "");
    check_unloadable(compile(103, "-DRUN=elsewhere"), "elsewhere");
    if (geteuid() != 0) { /* who may read everything reads this, too */
        const char *path = compile(104, "");
        assert_int_equal(chmod(path, 0), 0);
        check_refused(path, ERROR_IO, "cannot be read");
    }
}

/* The method that the others are made of is one. */
static void test_good_method(void **state)
{
    (void)state;
    struct error error;
    struct foreign *foreign;
    if (foreign_plugin(&foreign, compile(105, "'-DROWS={.name=\"share\",REAL=\"1\",.most=1},'"),
                       &error))
        fail_msg("%s", error.text);
    assert_string_equal(foreign_method(foreign)->name, "fine");
    assert_int_equal(foreign_origin(foreign)->files, 1);
    assert_false(foreign_origin(foreign)->command);
    foreign_close(foreign);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_method), cmocka_unit_test(test_bad_methods),
        cmocka_unit_test(test_sizes), cmocka_unit_test(test_too_many_options),
        cmocka_unit_test(test_files)};
    return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
