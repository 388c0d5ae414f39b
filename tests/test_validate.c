/* nasbed validate as its user meets it, on made-up tables: a better method is found to be better, and what
 * it is to be judged on is found as nasbed run finds it. */
#include "base/file.h"
#include "tests/program.h"
#include "tests/smoke_table.h"

/* A plug-in that knows the test accuracies of a table, from the file that `nasbed table export --csv --final` writes, but
 * for normal noise of 4 points: it queries the three that look best and takes the first. */
static const char oracle[] =
    "#include <nasbed.h>\n"
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "struct settings { char file[NASBED_TEXT]; };\n"
    "static const struct nasbed_option options[] = {{.name = \"file\", .type = "
    "NASBED_OPTION_TEXT,\n"
    "    .standard = \"\", .help = \"the table as CSV\"}, {.name = NULL}};\n"
    "static const struct nasbed_space spaces[] = {{.name = \"cell\", .kind = NASBED_NATIVE},\n"
    "    {.name = NULL}};\n"
    "enum { BEST = 3 };\n"
    /* two rows an architecture, one a seed, in the order of the indices */
    "static int read_best(struct nasbed_trial *trial, FILE *file, uint64_t best[BEST])\n"
    "{\n"
    "    double score[BEST] = {0};\n"
    "    char line[1024];\n"
    "    if (!fgets(line, sizeof line, file))\n"
    "        return -1;\n"
    "    for (uint64_t index = 0; index < nasbed_count(trial); index++) {\n"
    "        double seen = 4 * nasbed_normal(trial);\n"
    "        for (int seed = 0; seed < 2; seed++) {\n"
    "            if (!fgets(line, sizeof line, file))\n"
    "                return -1;\n"
    "            seen += atof(strrchr(line, ',') + 1) / 2;\n"
    "        }\n"
    "        for (int i = 0; i < BEST; i++)\n"
    "            if (seen > score[i]) {\n"
    "                memmove(score + i + 1, score + i, (BEST - 1 - i) * sizeof *score);\n"
    "                memmove(best + i + 1, best + i, (BEST - 1 - i) * sizeof *best);\n"
    "                score[i] = seen;\n"
    "                best[i] = index;\n"
    "                break;\n"
    "            }\n"
    "    }\n"
    "    return 0;\n"
    "}\n"
    "static enum nasbed_status run(struct nasbed_trial *trial, const void *settings)\n"
    "{\n"
    "    const struct settings *set = settings;\n"
    "    uint64_t best[BEST] = {0};\n"
    "    struct nasbed_architecture a;\n"
    "    struct nasbed_result v;\n"
    "    FILE *file = fopen(set->file, \"r\");\n"
    "    int status = file ? read_best(trial, file, best) : -1;\n"
    "    if (file)\n"
    "        fclose(file);\n"
    "    if (status)\n"
    "        return nasbed_fail(trial, \"its file cannot be read\");\n"
    "    for (int i = BEST - 1; i >= 0; i--) {\n"
    "        nasbed_from_index(trial, best[i], &a);\n"
    "        (void)nasbed_query(trial, &a, nasbed_points(trial), &v);\n"
    "    }\n"
    "    return nasbed_finish(trial, &a);\n"
    "}\n"
    "const struct nasbed_method nasbed_method = {.abi = NASBED_ABI, .size = sizeof(struct "
    "nasbed_api),\n"
    "    .name = \"oracle\", .class_name = \"RS\", .source = \"a test\", .spaces = spaces,\n"
    "    .options = options, .options_size = sizeof(struct settings), .run = run};\n";

/* whole.h5 is of smoke, mine.h5 of mine.ini: the same protocol under another name. */
static int set_up(void **state)
{
    char *ini;
    size_t size;
    if (scratch_make(state) || smoke_table("cell", "whole.h5", 2, 0) ||
        file_read(NASBED_TEST_SOURCE "/protocols/smoke.ini", &ini, &size, NULL))
        return -1;
    int status = file_write(scratch_path("mine.ini"), ini, size, NULL);
    free(ini);
    return status ? status : made_table(scratch_path("mine.ini"), "cell", "mine.h5", 1, 0);
}

static int tear_down(void **state)
{
    free(out);
    free(err);
    return scratch_remove(state);
}

static void test_better_method(void **state)
{
    (void)state;
    char command[512];
    assert_int_equal(file_write(scratch_path("oracle.c"), oracle, sizeof oracle - 1, NULL), 0);
    (void)snprintf(command, sizeof command,
                   "cd %s && %s -std=c11 -O2 -shared -fPIC -I%s/methods oracle.c -o oracle.so && "
                   "%s table export whole.h5 --csv --final >whole.csv",
                   scratch, NASBED_TEST_COMPILER, NASBED_TEST_SOURCE, NASBED_TEST_PROGRAM);
    assert_int_equal(system(command), 0);
    assert_int_equal(nasbed("validate --method ./oracle.so --set oracle.file=whole.csv --table "
                            "whole.h5 --budgets 6 --seeds 12 --out judged --quiet"),
                     0);
    assert_string_equal(err, "");
    holds(out, "conformance of oracle, cell, budget 6\n"
               "  ok    finishes with an architecture of the space\n"
               "  ok    asks the same at the same seed\n"
               "  ok    does not depend on the clock\n"
               "  ok    asks for nothing when the budget is spent\n"
               "  ok    is random search where rows are permuted (negative control)\n");
    holds(out, "\nVerdict: oracle is better than random search (5 %, Holm); +");
    assert_true(file_exists(scratch_path("judged/verdict.csv")));
    assert_true(file_exists(scratch_path("judged/verdict.tex")));
    assert_false(
        file_exists(scratch_path("judged/verdict.(null)"))); /* a format that has no file */
    assert_int_equal(
        nasbed("validate --method ./oracle.so --table whole.h5 --budgets 6 --conformance"),
        1); /* without its file it is nothing */
    holds(out,
          "  FAIL  finishes with an architecture of the space: seed 0: oracle: its file cannot be "
          "read\n"
          "  -     asks the same at the same seed: not tested: trials failed\n");
}

/* A protocol file of one's own is named as for nasbed run. */
static void test_protocols(void **state)
{
    (void)state;
    static const char words[] =
        "validate --method random-search --conformance --budgets 6 --table ";
    char command[512];
    (void)snprintf(command, sizeof command, "%smine.h5 --protocol mine.ini", words);
    assert_int_equal(nasbed(command), 0);
    holds(out, "  ok    does not depend on the clock\n");
    (void)snprintf(command, sizeof command, "%smine.h5", words);
    assert_int_equal(nasbed(command), 2);
    holds(
        err,
        "nasbed: validate: table mine.h5: its protocol (--protocol): unknown protocol \"mine\": ");
    holds(err, ", or the path of an .ini file");
    (void)snprintf(command, sizeof command, "%swhole.h5 --protocol mine.ini", words);
    assert_int_equal(nasbed(command), 1);
    holds(err,
          "nasbed: validate: table whole.h5: belongs to another table: its protocol is smoke, not "
          "mine ");
    assert_int_equal(nasbed("validate --method random-search --protocol smok"), 2);
    holds(err, "nasbed: validate: unknown protocol \"smok\": did you mean \"smoke\"?");
    assert_int_equal(nasbed("validate --method random-search --protocol mine.ini"), 1);
    holds(err, "nasbed: validate: no table of protocol mine is released: name one (--table)");
}

/* Who trains networks or a supernet of its own needs the data, whatever the table has. */
static void test_data_for_live_methods(void **state)
{
    (void)state;
    assert_int_equal(setenv("NASBED_DATA", scratch_folder("nothing"), 1), 0);
    assert_int_equal(nasbed("validate --method darts --table whole.h5 --budgets 6 --conformance"),
                     1);
    holds(err, "nasbed dataset fetch cifar10");
    assert_string_equal(out, "");
    assert_int_equal(unsetenv("NASBED_DATA"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_better_method),
                                       cmocka_unit_test(test_protocols),
                                       cmocka_unit_test(test_data_for_live_methods)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
