/* nasbed run and nasbed method as their user meets them, on a made-up table: nothing is trained. */
#include "base/file.h"
#include "methods/kit/blas.h"
#include "tests/program.h"
#include "tests/smoke_table.h"

#include <jansson.h>

/* whole.h5 and chain.h5 have every network, part.h5 some. */
static int make_tables(void **state)
{
    if (scratch_make(state))
        return -1;
    int status = smoke_table("cell", "whole.h5", 2, 0);
    if (!status)
        status = smoke_table("cell", "part.h5", 2, 20);
    return status ? status : smoke_table("chain", "chain.h5", 1, 0);
}

static int remove_tables(void **state)
{
    free(out);
    free(err);
    return scratch_remove(state);
}

#define SMOKE "--space cell --protocol smoke --quiet "
#define FAST  "--set pnas.epochs=5,pnas.first-epochs=5" /* fits that teach nothing */
/* All that a table alone answers. */
#define ALONE "--method random-search,local-search,nas-rl,pnas,regularized-evolution "

static json_t *line_of(const char *path, const char *event)
{
    char *data;
    size_t size;
    json_t *found = NULL;
    assert_int_equal(file_read(scratch_path(path), &data, &size, NULL), 0);
    for (char *line = data; *line && !found; line += strcspn(line, "\n") + 1) {
        json_t *object = json_loadb(line, strcspn(line, "\n"), 0, NULL);
        const char *name = json_string_value(json_object_get(object, "event"));
        if (!event || (name && strcmp(name, event) == 0))
            found = json_incref(object);
        json_decref(object);
    }
    free(data);
    assert_non_null(found);
    return found;
}

static void runs_and_skips(void **state)
{
    (void)state;
    assert_int_equal(nasbed("run --space cell --protocol smoke --table whole.h5 --budget 30 "
                            "--method random-search,regularized-evolution --seeds 3 --out o "
                            "--threads 2"),
                     0);
    holds(out, "cell, smoke (numerics 1), budget 30 full trainings of ");
    holds(out, "6 trials run, 0 were finished before; traces in o/cell\n");
    holds(out, "next    nasbed report o --table whole.h5 --out o\n");
    json_t *header = line_of("o/cell/regularized-evolution/b30/s2.trace", NULL);
    assert_true(json_is_string(json_object_get(header, "table")));
    assert_int_equal(json_integer_value(json_object_get(header, "table_seeds")), 2);
    assert_int_equal(json_integer_value(json_object_get(header, "table_seed")), 0);
    json_decref(header);
    json_t *finish = line_of("o/cell/random-search/b30/s1.trace", "finish");
    assert_true(json_is_false(json_object_get(finish, "biased")));
    uint32_t network = (uint32_t)json_integer_value(json_object_get(finish, "network"));
    double level = 10.0 + network * 37u % 50u; /* of seed 0: seed 1 was searched */
    assert_true(json_real_value(json_object_get(finish, "test_accuracy")) == level + 0.5);
    json_decref(finish);
    assert_int_equal(nasbed("run --space cell --protocol smoke --table whole.h5 --budget 30 "
                            "--method random-search,regularized-evolution --seeds 4 --out o"),
                     0);
    holds(out, "2 trials run, 6 were finished before");
}

/* Space and protocol are the table's where they are not given. */
static void tables_say_where(void **state)
{
    (void)state;
    assert_int_equal(
        nasbed("run --table chain.h5 --budget 12 --method random-search --seeds 1 --out w"), 0);
    holds(err, "run chain smoke, 1 trial ");
    holds(out, "chain, smoke (numerics 1), budget 12 full trainings of ");
    holds(out, ", 1 seed, chain.h5\n1 trial run, 0 were finished before; ");
    assert_int_equal(nasbed("run --table chain.h5 --space cell --method random-search --out w"), 1);
    holds(err, "table chain.h5: ");
    holds(err, "its space is chain, not cell");
}

static void threads_do_not_count(void **state)
{
    (void)state;
    assert_int_equal(nasbed("run " SMOKE ALONE
                            "--table whole.h5 --budget 12 --seeds 3 --out t1 --threads 1 " FAST),
                     0);
    assert_string_equal(out, ""); /* --quiet */
    assert_string_equal(err, "");
    assert_int_equal(nasbed("run " SMOKE ALONE
                            "--table whole.h5 --budget 12 --seeds 3 --out t4 --threads 4 " FAST),
                     0);
    char command[512];
    (void)snprintf(command, sizeof command, "cd %s && diff -r --exclude='*.time' t1 t4", scratch);
    assert_int_equal(system(command), 0);
}

static void options_reach_the_method(void **state)
{
    (void)state;
    assert_int_equal(
        nasbed("run " SMOKE "--table whole.h5 --budget 20 --seeds 1 --out s --method "
               "regularized-evolution --first-seed 7 "
               "--set regularized-evolution.population=5,regularized-evolution.aging=no"),
        0);
    json_t *header = line_of("s/cell/regularized-evolution/b20/s7.trace", NULL);
    json_t *options = json_object_get(header, "options");
    json_t *population = json_object_get(options, "population");
    assert_int_equal(json_integer_value(json_object_get(population, "value")), 5);
    assert_int_equal(json_integer_value(json_object_get(population, "default")), 0);
    assert_true(json_is_false(json_object_get(json_object_get(options, "aging"), "value")));
    json_decref(header);
    /* The same trial with other options is another one, and is not overwritten. */
    assert_int_equal(nasbed("run " SMOKE "--table whole.h5 --budget 20 --seeds 1 --out s --method "
                            "regularized-evolution --first-seed 7"),
                     1);
    holds(err, "nasbed: run: s/cell/regularized-evolution/b20/s7.trace: was run with ");
    holds(err, "choose another --out, or remove the method's trials, "
               "s/cell/regularized-evolution\n");
}

static void usage_errors(void **state)
{
    (void)state;
    static const struct {
        const char *words, *message;
    } cases[] = {
        {"run --space cel", "nasbed: run: unknown space \"cel\": did you mean \"cell\"?"},
        {"run --method random-serch", "nasbed: run: unknown method \"random-serch\": did you mean "
                                      "\"random-search\"?  (nasbed method list)"},
        {"run --method random-search,random-search", "method \"random-search\" is named twice"},
        {"run --method all,random-search",
         "--method all stands alone: it means every method of the space"},
        {"run --method random", "nasbed: run: unknown method \"random\": did you mean "
                                "\"random-search\" or \"eas-random\" or "},
        {"train --protocol smoke --arch 0 --point 99", "point = 99: must be from 0 to 4"},
        {"train --protocol smoke --arch 0 --point 5", "point = 5: must be from 0 to 4"},
        {"train --protocol smoke --arch 0 --point -1", "point = -1: must be from 0 to 4"},
        {"train --protocol smoke --arch 0 --point 99999999999",
         "point = 99999999999: must be from -2147483648 to 2147483647"},
        {"table build --rows -1", "rows = -1: must be from 0 to 2147483647"},
        {"run --method ''", "--method names no method"},
        {"run --set random-search", "--set \"random-search\": expected method.option=value"},
        {"run --set random-search.topp=3",
         "--set: random-search: unknown option \"topp\": did you mean \"top\"?"},
        {"run --set random-search.top=0", "--set: random-search: top = 0: must be from 1 to 1000"},
        {"run --set random-serch.top=1", "--set: unknown method \"random-serch\""},
        {"run --method random-search --set regularized-evolution.top=1",
         "--set: method \"regularized-evolution\" is not in this run"},
        {"run --protocol smoke --table whole.h5 --method random-search --budget 2",
         "budget = 2: is too small"},
        {"run --protocol smoke --table whole.h5 --method random-search --budget 0",
         "budget = 0: must be above 0"},
        {"run --seeds 0", "seeds = 0: must be from 1"},
        {"method", "nasbed: method: expected an action: list, show or new"},
        {"method lst",
         "nasbed: method: unknown action \"lst\": did you mean \"list\"? one of list, show, new"},
        {"method show", "nasbed: method show: expected the NAME of a method  (nasbed method list)"},
        {"method show dart", "nasbed: method show: unknown method \"dart\""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(nasbed(cases[i].words), 2);
        holds(err, cases[i].message);
        assert_string_equal(out, "");
    }
}

/* A trial that fails by its method's fault: the reason once, and how many of them there are. */
static void reasons_are_given_once(void **state)
{
    (void)state;
    for (int quiet = 0; quiet < 2; quiet++) {
        char command[512];
        (void)snprintf(command, sizeof command,
                       "run --space cell --protocol smoke --table whole.h5 --budget 6 --seeds 2 "
                       "--threads 1 --out f --exec 'exit 5' --name quitter %s",
                       quiet ? "--quiet" : "");
        assert_int_equal(nasbed(command), 1);
        for (int seed = 0; seed < 2; seed++) {
            char reason[128];
            (void)snprintf(reason, sizeof reason,
                           "nasbed: run: f/cell/quitter/b6/s%d: quitter: ended with status 5\n",
                           seed);
            holds(err, reason);
        }
        holds(err, "\nnasbed: run: 2 of 2 trials failed: the reasons stand above\n");
        if (!quiet)
            holds(err, " 0 %  0/12 full trainings");
        const char *last = strstr(strstr(err, "ended with") + 1, "ended with");
        assert_null(strstr(last + 1, "ended with"));
        assert_string_equal(out, "");
    }
}

static void other_failures(void **state)
{
    (void)state;
    assert_int_equal(nasbed("run " SMOKE "--table none.h5"), 1);
    holds(err, "none.h5");
    assert_int_equal(nasbed("run " SMOKE "--table whole.h5 --method ./none.so"), 1);
    assert_string_equal(err, "nasbed: run: plug-in ./none.so: there is no such file\n");
    assert_int_equal(nasbed("run --protocol cifar10-mini --table whole.h5"), 1);
    holds(err, "table whole.h5: ");
    holds(err, "its protocol is smoke, not cifar10-mini");
    assert_int_equal(
        nasbed("run " SMOKE "--table whole.h5 --method random-search --seeds 1 --out /dev/null/x"),
        1);
    holds(err, "/dev/null");
    holds(err, "folder cannot be made");
}

/* The kernel in the header of a trace of nas-rl; random search has none there. */
static void check_kernel(const char *folder, const char *kernel)
{
    char path[64];
    (void)snprintf(path, sizeof path, "%s/cell/nas-rl/b8/s0.trace", folder);
    json_t *header = line_of(path, NULL);
    const json_t *blas = json_object_get(header, "blas");
    assert_int_equal(strncmp(json_string_value(json_object_get(blas, "library")), "OpenBLAS ", 9),
                     0);
    assert_string_equal(json_string_value(json_object_get(blas, "kernel")), kernel);
    json_decref(header);
    (void)snprintf(path, sizeof path, "%s/cell/random-search/b8/s0.trace", folder);
    header = line_of(path, NULL);
    assert_null(json_object_get(header, "blas"));
    json_decref(header);
}

/* A run pins the kernel; what the user has set stays. */
static void kernel_is_pinned_unless_told_otherwise(void **state)
{
    (void)state;
    const char *words = "run " SMOKE "--table whole.h5 --budget 8 --seeds 1 "
                        "--method random-search,nas-rl --out ";
    char command[512];
    if (!blas_kernel_pinned())
        skip();
    assert_int_equal(unsetenv("OPENBLAS_CORETYPE"), 0);
    (void)snprintf(command, sizeof command, "%spinned", words);
    assert_int_equal(nasbed(command), 0);
    check_kernel("pinned", blas_kernel_pinned());
#if defined __x86_64__
    assert_int_equal(setenv("OPENBLAS_CORETYPE", "Nehalem", 1), 0);
    (void)snprintf(command, sizeof command, "%stold", words);
    assert_int_equal(nasbed(command), 0);
    check_kernel("told", "Nehalem");
    assert_int_equal(unsetenv("OPENBLAS_CORETYPE"), 0);
#endif
}

/* A row that the table lacks needs the data; they are looked for before anything else begins. */
static void missing_data(void **state)
{
    (void)state;
    assert_int_equal(setenv("NASBED_DATA", scratch_folder("nothing"), 1), 0);
    assert_int_equal(nasbed("run " SMOKE "--table part.h5 --seeds 1 --out p"), 1);
    holds(err, "nasbed dataset fetch cifar10");
    assert_false(file_exists(scratch_path("p")));
    assert_int_equal(unsetenv("NASBED_DATA"), 0);
}

/* Who trains networks of its own needs the data even where the table is complete; nobody else does. */
static void networks_need_the_data(void **state)
{
    (void)state;
    const char *run = "run --space chain --protocol smoke --quiet --table chain.h5 --budget 6 "
                      "--seeds 1 --out n --method ";
    char command[256];
    assert_int_equal(setenv("NASBED_DATA", scratch_folder("nothing"), 1), 0);
    (void)snprintf(command, sizeof command, "%srandom-search,local-search", run);
    assert_int_equal(nasbed(command), 0);
    (void)snprintf(command, sizeof command, "%srandom-search,nash-net", run);
    assert_int_equal(nasbed(command), 1);
    holds(err, "nasbed dataset fetch cifar10");
    assert_int_equal(unsetenv("NASBED_DATA"), 0);
    assert_int_equal(nasbed("run --space cell --method eas"), 2);
    holds(err, "eas is undefined on cell: width and depth are fixed");
}

static void lists_and_shows(void **state)
{
    (void)state;
    assert_int_equal(nasbed("method list"), 0);
    holds(out, "\nRS     random-search           . . . .  cell chain ");
    holds(out, "\nRL     nas-rl                  . . . .  cell chain ");
    holds(out, "\nSMBO   pnas                    m . . i  cell chain ");
    holds(out, "\nRL     eas                     . . r i  chain ");
    holds(out, "\nRL     eas-ext                 . . r i  chain*");
    holds(out, "\nEA     nash-net                . . r i  chain ");
    holds(out, "\nEA     regularized-evolution   m . . .  cell chain ");
    assert_int_equal(nasbed("method show regularized-evolution"), 0);
    holds(out, "survey row: AmoebaNet\n");
    holds(out, "on cell: native, ");
    holds(out, "nasbed run --set regularized-evolution.NAME=VALUE");
    holds(out, "real from 0 to 1, default 0 (paper: 0.05;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(runs_and_skips),
                                       cmocka_unit_test(tables_say_where),
                                       cmocka_unit_test(threads_do_not_count),
                                       cmocka_unit_test(options_reach_the_method),
                                       cmocka_unit_test(usage_errors),
                                       cmocka_unit_test(reasons_are_given_once),
                                       cmocka_unit_test(other_failures),
                                       cmocka_unit_test(missing_data),
                                       cmocka_unit_test(networks_need_the_data),
                                       cmocka_unit_test(lists_and_shows),
                                       cmocka_unit_test(kernel_is_pinned_unless_told_otherwise)};
    return cmocka_run_group_tests(tests, make_tables, remove_tables);
}
