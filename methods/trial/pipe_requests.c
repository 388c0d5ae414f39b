#include "methods/trial/pipe_requests.h"

#include "base/text.h"
#include "methods/trial/pipe.h"
#include "methods/trial/pipe_question.h"

#include <inttypes.h>
#include <string.h>

static const struct pipe_row *const tables[] = {pipe_space_rows, pipe_query_rows, pipe_network_rows,
                                                pipe_supernet_rows};

enum { TABLES = sizeof tables / sizeof *tables, ROWS_MOST = 64 };

/* The requests --------------------------------------------------------------------------------- */

static const char *sealed(const char *name)
{
    return strstr(name, "test") ? "; the test accuracy is sealed: no request gives it" : "";
}

static int unknown(const char *name, struct error *error)
{
    const char *names[ROWS_MOST];
    size_t n = 0;
    for (int i = 0; i < TABLES; i++)
        for (const struct pipe_row *row = tables[i]; row->name && n < ROWS_MOST; row++)
            names[n++] = row->name;
    const char *near = text_nearest(name, names, n);
    return error_set(error, ERROR_STATE, "asked for \"%.60s\", which there is not%s%s%s%s", name,
                     near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "",
                     sealed(name));
}

/* Whether `word` is one of the words of `list`. */
static bool among(const char *list, const char *word)
{
    size_t length = strlen(word);
    while (*list) {
        size_t size = strcspn(list, " ");
        if (size == length && memcmp(list, word, size) == 0)
            return true;
        list += size + (list[size] == ' ');
    }
    return false;
}

static int check_members(const struct pipe_row *row, const json_t *ask, struct error *error)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)ask, name, value)
    {
        if (strcmp(name, "do") != 0 && !among(row->members, name))
            return error_set(error, ERROR_STATE,
                             "asked for \"%s\" with \"%.60s\", which it has not%s", row->name, name,
                             sealed(name));
    }
    return 0;
}

static int find_row(const json_t *ask, const struct pipe_row **row, struct error *error)
{
    const char *name = json_string_value(json_object_get(ask, "do"));
    if (!name)
        return error_set(error, ERROR_STATE,
                         "sent an object without \"do\", the name of a request");
    for (int i = 0; i < TABLES; i++)
        for (*row = tables[i]; (*row)->name; ++*row)
            if (strcmp(name, (*row)->name) == 0)
                return check_members(*row, ask, error);
    return unknown(name, error);
}

/* A request without end or effect is a hang that talks. */
static int count_idle(struct pipe_session *session, struct error *error)
{
    uint64_t left = nasbed_left(session->trial);
    session->idle = left == session->left ? session->idle + 1 : 0;
    session->left = left;
    if (session->idle < PIPE_FREE_MOST)
        return 0;
    return error_set(error, ERROR_STATE, "made %d requests in a row that charge nothing",
                     PIPE_FREE_MOST);
}

int pipe_answer(struct pipe_session *session, const json_t *ask, json_t *reply, struct error *error)
{
    const struct pipe_row *row = NULL;
    struct question question = {
        .session = session, .trial = session->trial, .ask = ask, .reply = reply, .error = error};
    session->status = NASBED_DONE;
    if (find_row(ask, &row, error) || count_idle(session, error))
        return error->code;
    if (row->answer(&question))
        return error_context(error, "asked for \"%s\" wrongly", row->name);
    session->over |= session->status == NASBED_FAILED;
    question_put(&question, "status", json_string(pipe_status_name(session->status)));
    question_put(&question, "left", pipe_count(nasbed_left(session->trial)));
    return 0;
}

/* The hello ------------------------------------------------------------------------------------ */

/* The decisions along one path of the space's tree: always the first option, or always the last. */
static json_t *decisions_of(const struct nasbed_trial *trial, bool last)
{
    struct nasbed_architecture prefix = {0};
    json_t *list = json_array();
    int n;
    while (prefix.n < NASBED_DECISIONS && (n = nasbed_options(trial, &prefix)) > 0) {
        (void)json_array_append_new(list, json_pack("{s:s, s:o}", "name",
                                                    nasbed_decision_name(trial, &prefix), "options",
                                                    pipe_option_names(trial, &prefix, n)));
        prefix.decision[prefix.n++] = (unsigned char)(last ? n - 1 : 0);
    }
    return list;
}

/* The same decisions whatever was decided before: then they multiply to all architectures. */
static bool is_fixed(const struct nasbed_trial *trial, const json_t *first)
{
    json_t *last = decisions_of(trial, true);
    uint64_t product = 1;
    for (size_t i = 0; i < json_array_size(first); i++)
        product *= json_array_size(json_object_get(json_array_get(first, i), "options"));
    bool fixed = json_equal(first, last) && product == nasbed_count(trial);
    json_decref(last);
    return fixed;
}

/* Seeds beyond 2^63 are strings: JSON's readers disagree about them. */
static json_t *seed_of(uint64_t seed)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, seed);
    return seed <= INT64_MAX ? json_integer((json_int_t)seed) : json_string(text);
}

json_t *pipe_hello(const struct nasbed_trial *trial, uint64_t seed)
{
    json_t *decisions = decisions_of(trial, false);
    bool fixed = is_fixed(trial, decisions);
    return json_pack("{s:s, s:i, s:s, s:o, s:o, s:b, s:o, s:i, s:f, s:o, s:o, s:o}", "hello",
                     "nasbed", "version", PIPE_VERSION, "space", nasbed_space_name(trial), "count",
                     pipe_count(nasbed_count(trial)), "decisions", decisions, "fixed", (int)fixed,
                     "choices", pipe_choices(trial), "points", nasbed_points(trial), "budget",
                     nasbed_budget(trial), "unit", pipe_count(nasbed_unit(trial)), "left",
                     pipe_count(nasbed_left(trial)), "seed", seed_of(seed));
}
