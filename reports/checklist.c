#include "reports/checklist.h"

#include "reports/comparison.h"
#include "reports/grid.h"
#include "reports/trajectory.h"
#include "reports/truth.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Facts ----------------------------------------------------------------------------------- */

/* A list of different names as text: "a, b". */
struct names {
    struct text text;
    const char **name; /* [n] borrowed from the traces */
    size_t n;
};

/* What is counted once and used by several points. */
struct facts {
    const struct trace *traces; /* [n] */
    size_t n;
    const struct table *table;    /* that judges them; NULL: none */
    size_t blocks, with_baseline; /* budgets; those that have random search */
    size_t groups, few,
        single;         /* (budget, method, setting)s; below COMPARISON_SEEDS; of one seed */
    size_t least, most; /* seeds of a group */
    size_t timed;       /* traces with seconds */
    size_t followed;    /* traces that say what was in hand, and when */
    size_t biased;      /* trials tested on the training that they saw */
    size_t options, changed, told; /* of all groups; off their default; with a provenance */
    struct names programs, libraries, methods, ablated;
    size_t absent; /* (method, setting)s that are not the same at every budget */
};

static bool names_add(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->name[i], name) == 0)
            return true;
    const char **grown = realloc(names->name, (names->n + 1) * sizeof *grown);
    if (!grown)
        return false;
    names->name = grown;
    text_append(&names->text, "%s%s", names->n ? ", " : "", name);
    names->name[names->n++] = name;
    return !names->text.failed;
}

static void names_free(struct names *names)
{
    free(names->name);
    text_free(&names->text);
}

static void facts_free(struct facts *facts)
{
    names_free(&facts->programs);
    names_free(&facts->libraries);
    names_free(&facts->methods);
    names_free(&facts->ablated);
}

static bool count_traces(struct facts *facts)
{
    bool ok = true;
    for (size_t i = 0; i < facts->n; i++) {
        const struct trace *trace = &facts->traces[i];
        facts->timed += trace->times.known;
        facts->followed += trajectory_source(trace, facts->table) != TRAJECTORY_NOTHING;
        facts->biased += trace->finish.biased;
        ok = ok && names_add(&facts->programs, trace->header.program) &&
             names_add(&facts->methods, trace->header.method);
        if (trace->header.blas[0])
            ok = ok && names_add(&facts->libraries, trace->header.blas);
    }
    return ok;
}

/* True if the block that begins at `start` has the method and setting of `header`. */
static bool block_has(const struct collection *collection, size_t start,
                      const struct trace_header *header)
{
    size_t end = collection_end(collection, start, COLLECTION_BLOCK);
    for (; start < end; start = collection_end(collection, start, COLLECTION_GROUP))
        if (!collection_compare_methods(&collection->traces[start].header, header))
            return true;
    return false;
}

/* How many groups of the block at `start` the block at `other` lacks. */
static size_t count_absent(const struct collection *collection, size_t start, size_t other)
{
    size_t n = 0, end = collection_end(collection, start, COLLECTION_BLOCK);
    for (; start < end; start = collection_end(collection, start, COLLECTION_GROUP))
        n += !block_has(collection, other, &collection->traces[start].header);
    return n;
}

static bool count_group(struct facts *facts, size_t seeds, const struct trace_header *header,
                        const struct trace_header *before)
{
    facts->groups++;
    facts->few += seeds < COMPARISON_SEEDS;
    facts->single += seeds == 1;
    facts->least = facts->groups == 1 || seeds < facts->least ? seeds : facts->least;
    facts->most = seeds > facts->most ? seeds : facts->most;
    for (size_t i = 0; i < header->n_options; i++) {
        facts->options++;
        facts->changed += strcmp(header->options[i].value, header->options[i].standard) != 0;
        facts->told += header->options[i].provenance[0] != '\0';
    }
    /* Neighbours in a block: the same method under another setting, unless its files are others. */
    return !before || strcmp(before->method, header->method) != 0 ||
           strcmp(before->origin.digest, header->origin.digest) != 0 ||
           names_add(&facts->ablated, header->method);
}

static bool count_block(struct facts *facts, const struct collection *collection, size_t start,
                        size_t end)
{
    bool ok = true, baseline = false;
    const struct trace_header *before = NULL;
    for (size_t next; start < end && ok; start = next) {
        const struct trace_header *header = &collection->traces[start].header;
        next = collection_end(collection, start, COLLECTION_GROUP);
        baseline = baseline || strcmp(header->method, COLLECTION_BASELINE) == 0;
        ok = count_group(facts, next - start, header, before);
        before = header;
    }
    facts->with_baseline += baseline;
    facts->blocks++;
    return ok;
}

static int find_facts(struct facts *facts, const struct collection *collection, size_t start,
                      size_t end, const struct table *table, struct error *error)
{
    char reason[160];
    *facts = (struct facts){.traces = &collection->traces[start], .n = end - start};
    if (!truth_refuse(table, &facts->traces->header, reason, sizeof reason))
        facts->table = table;
    bool ok = count_traces(facts);
    for (size_t first = start, next; start < end && ok; start = next) {
        next = collection_end(collection, start, COLLECTION_BLOCK);
        ok = count_block(facts, collection, start, next);
        facts->absent +=
            count_absent(collection, start, first) + count_absent(collection, first, start);
    }
    if (!ok) {
        facts_free(facts);
        return error_set(error, ERROR_MEMORY, "checklist: out of memory");
    }
    return 0;
}

/* ---- Answers --------------------------------------------------------------------------------- */

static const char *plural(size_t n, const char *one, const char *many)
{
    return n == 1 ? one : many;
}

static enum checklist_answer share(size_t n, size_t of)
{
    return n == of ? CHECKLIST_YES : n ? CHECKLIST_PARTLY : CHECKLIST_NO;
}

static enum checklist_answer answer_pipeline(const struct facts *facts, struct text *out)
{
    text_append(out,
                "They name the program that trained (nasbed %s) and the hash of its protocol (%s); "
                "whether the code can be had, they do not know.",
                facts->programs.text.data, facts->traces->header.protocol_hash);
    return CHECKLIST_UNKNOWN;
}

static enum checklist_answer answer_method(const struct facts *facts, struct text *out)
{
    text_append(out, "They name %s of nasbed %s; whether the code can be had, they do not know.",
                facts->methods.text.data, facts->programs.text.data);
    return CHECKLIST_UNKNOWN;
}

static enum checklist_answer answer_as_it_is(const struct facts *facts, struct text *out)
{
    text_append(out, "They name nasbed %s; when its code came out, they do not know.",
                facts->programs.text.data);
    return CHECKLIST_UNKNOWN;
}

static enum checklist_answer answer_benchmark(const struct facts *facts, struct text *out)
{
    const struct trace_header *header = &facts->traces->header;
    char data[9] = ""; /* of an imported table none was here */
    (void)snprintf(data, sizeof data, "%.8s", header->dataset_digest);
    text_append(out,
                "All %zu traces: space %s, data set %s, protocol hash %.8s, %s%.8s. A section with "
                "two of any is refused.",
                facts->n, header->space, header->numerics ? data : "of the table's source",
                header->protocol_hash, header->table[0] ? "table " : "no table", header->table);
    return CHECKLIST_YES;
}

static enum checklist_answer answer_confounding(const struct facts *facts, struct text *out)
{
    bool one = facts->programs.n == 1 && facts->libraries.n <= 1;
    text_append(out, "%s of the program (%s), numerics version %d",
                facts->programs.n == 1 ? "One version" : "Several versions",
                facts->programs.text.data, facts->traces->header.numerics);
    if (facts->libraries.n)
        text_append(out, ", %s (%s)", facts->libraries.n == 1 ? "one BLAS" : "several BLAS",
                    facts->libraries.text.data);
    text_append(out,
                ". Budgets count what trainings cost, not the clock: the same on any machine%s.",
                facts->timed ? "; which machine gave the CPU seconds is not in the traces" : "");
    return one && !facts->timed ? CHECKLIST_YES : CHECKLIST_PARTLY;
}

static enum checklist_answer answer_ablation(const struct facts *facts, struct text *out)
{
    if (facts->ablated.n)
        text_append(out, "More than one setting at one budget: %s.", facts->ablated.text.data);
    else
        text_append(out, "Each method ran with one setting at each budget.");
    return facts->ablated.n ? CHECKLIST_PARTLY : CHECKLIST_NO;
}

static enum checklist_answer answer_protocol(const struct facts *facts, struct text *out)
{
    text_append(out, "%zu %s, enforced by one ledger; ", facts->blocks,
                plural(facts->blocks, "budget", "budgets"));
    if (facts->least == facts->most)
        text_append(out, "%zu %s of every method", facts->least,
                    plural(facts->least, "seed", "seeds"));
    else
        text_append(out, "%zu to %zu seeds a method", facts->least, facts->most);
    text_append(out, "%s.", facts->absent ? "; not every method and setting at every budget" : "");
    if (facts->biased)
        text_append(out, " %zu of %zu results are tested on the training that the search saw.",
                    facts->biased, facts->n);
    return facts->absent || facts->least < facts->most || facts->biased ? CHECKLIST_PARTLY
                                                                        : CHECKLIST_YES;
}

static enum checklist_answer answer_anytime(const struct facts *facts, struct text *out)
{
    text_append(
        out,
        "%zu of %zu traces say which architecture was in hand after which cost%s. Cost counts "
        "operations, which no machine changes.",
        facts->followed, facts->n,
        facts->table ? ", and the table what it has when trained as all are" : "");
    return share(facts->followed, facts->n);
}

static enum checklist_answer answer_random(const struct facts *facts, struct text *out)
{
    text_append(out, "Random search: " COLLECTION_BASELINE " ran at %zu of %zu %s. ",
                facts->with_baseline, facts->blocks, plural(facts->blocks, "budget", "budgets"));
    if (facts->table)
        text_append(out, "Random sampling: what one draw is expected to reach is the mean of the "
                         "table, with which the comparison names the average architecture.");
    else
        text_append(out, "Random sampling, a single draw: no table gives its expectation.");
    return facts->table || !facts->with_baseline ? share(facts->with_baseline, facts->blocks)
                                                 : CHECKLIST_PARTLY;
}

static enum checklist_answer answer_repeats(const struct facts *facts, struct text *out)
{
    text_append(out, "%zu", facts->least);
    if (facts->most > facts->least)
        text_append(out, " to %zu", facts->most);
    text_append(out, " %s a method and budget, each in the manifest",
                plural(facts->most, "seed", "seeds"));
    if (facts->few)
        text_append(out, "; %zu of %zu have fewer than the %d that a verdict needs", facts->few,
                    facts->groups, COMPARISON_SEEDS);
    text_append(out, ".");
    return share(facts->groups - facts->few, facts->groups) == CHECKLIST_YES ? CHECKLIST_YES
           : facts->single == facts->groups                                  ? CHECKLIST_NO
                                                                             : CHECKLIST_PARTLY;
}

static enum checklist_answer answer_tabular(const struct facts *facts, struct text *out)
{
    const struct trace_header *header = &facts->traces->header;
    if (header->table[0])
        text_append(out, "Table %s, %d %s.", header->table, header->table_seeds,
                    plural((size_t)header->table_seeds, "seed", "seeds"));
    else
        text_append(out, "Every network was trained for its trial.");
    return header->table[0] ? CHECKLIST_YES : CHECKLIST_NO;
}

static enum checklist_answer answer_tuning(const struct facts *facts, struct text *out)
{
    if (!facts->options) {
        text_append(out, "The methods have no options.");
        return CHECKLIST_UNKNOWN;
    }
    text_append(
        out,
        "Every trace holds the value of every option: %zu %s over %zu %s of method and budget, "
        "%zu off the default; %zu say where the value comes from. What choosing them took is "
        "not in the traces.",
        facts->options, plural(facts->options, "value", "values"), facts->groups,
        plural(facts->groups, "pair", "pairs"), facts->changed, facts->told);
    return CHECKLIST_PARTLY;
}

static enum checklist_answer answer_resources(const struct facts *facts, struct text *out)
{
    text_append(
        out,
        "The charges of %s%zu %s hold every training and evaluation, those of the final choice "
        "too; %zu %s CPU seconds, which hold what the methods compute themselves%s.",
        facts->n == 1 ? "" : "all ", facts->n, plural(facts->n, "trial", "trials"), facts->timed,
        plural(facts->timed, "has", "have"),
        facts->timed && facts->traces->header.table[0]
            ? " (and of trainings read from the table nothing)"
            : "");
    return facts->timed == facts->n ? CHECKLIST_YES : CHECKLIST_PARTLY;
}

static enum checklist_answer answer_details(const struct facts *facts, struct text *out)
{
    (void)facts;
    text_append(out, "In every trace: method, options, space, protocol, data set, table, numerics, "
                     "program, budget, seeds. Not there: machine, compiler, operating system.");
    return CHECKLIST_PARTLY;
}

#define CODE       "2 releasing code"
#define COMPARISON "3 comparing methods"
#define DETAILS    "4 reporting details"

static const struct {
    const char *section, *practice;
    enum checklist_answer (*answer)(const struct facts *facts, struct text *out);
} points[CHECKLIST_POINTS] = {
    [POINT_PIPELINE] = {CODE, "The code of the training pipeline is released", answer_pipeline},
    [POINT_METHOD] = {CODE, "The code of the NAS methods is released", answer_method},
    [POINT_AS_IT_IS] = {CODE, "Code is released as it is, not once it is clean", answer_as_it_is},
    [POINT_BENCHMARK] = {COMPARISON, "The same NAS benchmark, not just the same data set",
                         answer_benchmark},
    [POINT_ABLATION] = {COMPARISON, "Ablations", answer_ablation},
    [POINT_PROTOCOL] = {COMPARISON, "The same evaluation protocol for all methods",
                        answer_protocol},
    [POINT_ANYTIME] = {COMPARISON, "Performance as a function of the resources spent",
                       answer_anytime},
    [POINT_RANDOM] = {COMPARISON, "Against random sampling and random search", answer_random},
    [POINT_REPEATS] = {COMPARISON, "Several runs with different seeds", answer_repeats},
    [POINT_TABULAR] = {COMPARISON, "A tabular or surrogate benchmark if possible", answer_tabular},
    [POINT_CONFOUND] = {COMPARISON, "Confounding factors are controlled", answer_confounding},
    [POINT_TUNING] = {DETAILS, "The use of hyperparameter optimization is reported", answer_tuning},
    [POINT_RESOURCES] = {DETAILS, "Resources of the entire method, end to end", answer_resources},
    [POINT_DETAILS] = {DETAILS, "All details of the experimental setup", answer_details},
};

int checklist_make(struct checklist *checklist, const struct collection *collection, size_t start,
                   size_t end, const struct table *table, struct error *error)
{
    struct facts facts;
    bool failed = false;
    *checklist = (struct checklist){0};
    int status = find_facts(&facts, collection, start, end, table, error);
    if (status)
        return status;
    for (int i = 0; i < CHECKLIST_POINTS; i++) {
        struct checklist_item *item = &checklist->items[i];
        item->answer = points[i].answer(&facts, &item->facts);
        failed = failed || item->facts.failed;
    }
    facts_free(&facts);
    if (!failed)
        return 0;
    checklist_free(checklist);
    return error_set(error, ERROR_MEMORY, "checklist: out of memory");
}

void checklist_free(struct checklist *checklist)
{
    for (int i = 0; i < CHECKLIST_POINTS; i++)
        text_free(&checklist->items[i].facts);
}

/* ---- Print ----------------------------------------------------------------------------------- */

const char *checklist_answer_text(enum checklist_answer answer)
{
    static const char *const texts[] = {[CHECKLIST_YES] = "yes",
                                        [CHECKLIST_PARTLY] = "partly",
                                        [CHECKLIST_NO] = "no",
                                        [CHECKLIST_UNKNOWN] = "not in the traces"};
    return texts[answer];
}

static const struct field fields[] = {
    {"number", FIELD_REAL, 0, .column = ""},
    {"section", FIELD_TEXT, .column = "section"},
    {"practice", FIELD_TEXT, .column = "practice"},
    {"answer", FIELD_TEXT, .column = "answer"},
    {"facts", FIELD_TEXT, .column = "what the traces say"},
};

int checklist_print(const struct checklist *checklist, enum report_format format, struct text *out,
                    struct error *error)
{
    const struct frame frame = {.format = format, .font = "footnotesize"};
    struct grid grid;
    struct text title = {0}, notes = {0};
    grid_init(&grid, fields, sizeof fields / sizeof *fields);
    for (int i = 0; i < CHECKLIST_POINTS; i++) {
        const struct checklist_item *item = &checklist->items[i];
        grid_row(&grid);
        grid_number(&grid, "number", i + 1);
        grid_text(&grid, "section", points[i].section);
        grid_text(&grid, "practice", points[i].practice);
        grid_text(&grid, "answer", checklist_answer_text(item->answer));
        grid_text(&grid, "facts", item->facts.data);
    }
    int status;
    if (format == REPORT_CSV) {
        status = grid_print_csv(&grid, true, out, error);
    } else {
        text_append(&title, "Best practices for NAS research, answered from the traces");
        text_append(&notes,
                    "Numbers and sections are those of the Best Practices in Lindauer and Hutter, "
                    "JMLR 21(243), 2020; the wording is ours. Every answer follows from the traces "
                    "of this section and the table that judges them; what they cannot know they do "
                    "not claim.\n");
        frame_begin(&frame, &title, out);
        status = frame_grid(&frame, &grid, out, error);
        frame_end(&frame, &notes, out);
    }
    text_free(&notes);
    text_free(&title);
    grid_free(&grid);
    return status;
}
