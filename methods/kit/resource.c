#include "methods/kit/resource.h"

#include "base/numeric.h"

#include <string.h>

/* Asking ------------------------------------------------------------------------------------------- */

struct asking {
    struct resource *resource;
    const struct nasbed_trial *trial;
    int supernet;
    struct nasbed_choice choice[NASBED_CHOICES];
    bool free[NASBED_CHOICES][NASBED_CHOICE_OPTIONS]; /* computes nothing that costs */
    bool meet[NASBED_CHOICES][NASBED_CHOICES];        /* both in one term */
    bool failed;
};

/* MACs of one image forward: a step is quoted at 2 FLOPs each, three times over a batch. */
static double quoted(struct asking *asking, const struct nasbed_program *program)
{
    struct nasbed_schedule schedule;
    nasbed_schedule(asking->trial, &schedule);
    uint64_t flops = nasbed_supernet_quote(asking->trial, asking->supernet, program);
    asking->failed = asking->failed || flops == UINT64_MAX;
    return (double)flops / (2.0 * 3.0 * schedule.batch);
}

static void find_free(struct asking *asking)
{
    struct nasbed_program everything = {.weighed = false};
    for (int i = 0; i < asking->resource->choices; i++)
        for (int k = 0; k < asking->choice[i].options; k++)
            everything.present[i][k] = true;
    double all = quoted(asking, &everything);
    for (int i = 0; i < asking->resource->choices; i++)
        for (int k = 0; k < asking->choice[i].options; k++) {
            everything.present[i][k] = false;
            asking->free[i][k] = quoted(asking, &everything) == all;
            everything.present[i][k] = true;
        }
}

/* The first option of every choice, but those of `term`. */
static double macs_of(struct asking *asking, const struct resource_term *term)
{
    struct nasbed_program program = {.weighed = false};
    int option[NASBED_CHOICES] = {0};
    for (int n = 0; n < term->n; n++)
        option[term->choice[n]] = term->option[n];
    for (int i = 0; i < asking->resource->choices; i++)
        for (int k = 0; k < asking->choice[i].options; k++)
            program.present[i][k] = k == option[i] || asking->free[i][k];
    return quoted(asking, &program);
}

static bool holds(const struct resource_term *outer, const struct resource_term *inner)
{
    int found = 0;
    for (int n = 0; n < inner->n; n++)
        for (int m = 0; m < outer->n; m++)
            found += outer->choice[m] == inner->choice[n] && outer->option[m] == inner->option[n];
    return found == inner->n;
}

/* What these options cost together beyond what any fewer of them do. */
static void add_term(struct asking *asking, struct resource_term term)
{
    struct resource *r = asking->resource;
    double known = r->constant;
    for (int t = 0; t < r->terms; t++)
        known += holds(&term, &r->term[t]) ? r->term[t].macs : 0;
    term.macs = macs_of(asking, &term) - known;
    if (term.macs == 0 || asking->failed)
        return;
    if (r->terms == RESOURCE_TERMS) {
        asking->failed = true;
        return;
    }
    r->term[r->terms++] = term;
    for (int n = 0; n < term.n; n++)
        for (int m = 0; m < n; m++)
            asking->meet[term.choice[m]][term.choice[n]] = true;
}

/* Every combination of options, but the first, of the choices of `term`. */
static void add_terms(struct asking *asking, struct resource_term term, int n)
{
    if (n == term.n || n == RESOURCE_ORDER) {
        add_term(asking, term);
        return;
    }
    for (int k = 1; k < asking->choice[term.choice[n]].options; k++) {
        term.option[n] = k;
        add_terms(asking, term, n + 1);
    }
}

/* Few choices before many; three only where two of them meet. */
static void find_terms(struct asking *asking)
{
    int choices = asking->resource->choices;
    for (int i = 0; i < choices; i++)
        add_terms(asking, (struct resource_term){.n = 1, .choice = {i}}, 0);
    for (int i = 0; i < choices; i++)
        for (int j = i + 1; j < choices; j++)
            add_terms(asking, (struct resource_term){.n = 2, .choice = {i, j}}, 0);
    for (int i = 0; i < choices; i++)
        for (int j = i + 1; j < choices; j++)
            for (int l = j + 1; l < choices; l++)
                if (asking->meet[i][j] || asking->meet[i][l] || asking->meet[j][l])
                    add_terms(asking, (struct resource_term){.n = 3, .choice = {i, j, l}}, 0);
}

static void join(struct resource *r, int from, int to)
{
    for (int i = 0; i < r->choices; i++)
        r->part[i] = r->part[i] == from ? to : r->part[i];
}

/* Choices of one term are of one part; parts are numbered from 0. */
static void find_parts(struct resource *r)
{
    for (int i = 0; i < r->choices; i++)
        r->part[i] = -1;
    for (int t = 0; t < r->terms; t++)
        for (int n = 0; n < r->term[t].n; n++) {
            int choice = r->term[t].choice[n], first = r->term[t].choice[0];
            if (r->part[choice] < 0)
                r->part[choice] = NASBED_CHOICES + choice;
            join(r, r->part[choice], r->part[first]);
        }
    for (int i = 0; i < r->choices; i++)
        if (r->part[i] >= NASBED_CHOICES)
            join(r, r->part[i], r->parts++);
}

bool resource_open(struct resource *resource, const struct nasbed_trial *trial, int supernet)
{
    struct asking asking = {.resource = resource, .trial = trial, .supernet = supernet};
    *resource = (struct resource){.terms = 0};
    resource->choices = nasbed_choices(trial, asking.choice);
    if (resource->choices == 0)
        return false;
    find_free(&asking);
    resource->constant = macs_of(&asking, &(struct resource_term){.n = 0});
    find_terms(&asking);
    find_parts(resource);
    return !asking.failed;
}

/* Answering ---------------------------------------------------------------------------------------- */

/* The product of a term's weights, but for that of number `but`. */
static double product(const struct resource_term *term,
                      const double weight[NASBED_CHOICES][NASBED_CHOICE_OPTIONS], int but)
{
    double p = term->macs;
    for (int n = 0; n < term->n; n++)
        p *= n == but ? 1 : weight[term->choice[n]][term->option[n]];
    return p;
}

double resource_macs(const struct resource *r,
                     const double weight[NASBED_CHOICES][NASBED_CHOICE_OPTIONS])
{
    double sum = r->constant;
    for (int t = 0; t < r->terms; t++)
        sum += product(&r->term[t], weight, -1);
    return sum;
}

double resource_penalty(const struct resource *r,
                        const double weight[NASBED_CHOICES][NASBED_CHOICE_OPTIONS],
                        double gradient[NASBED_CHOICES][NASBED_CHOICE_OPTIONS],
                        double of[NASBED_CHOICES])
{
    double macs[NASBED_CHOICES] = {r->parts == 1 ? r->constant : 0}, sum = 0;
    memset(gradient, 0, NASBED_CHOICES * sizeof *gradient);
    for (int t = 0; t < r->terms; t++)
        macs[r->part[r->term[t].choice[0]]] += product(&r->term[t], weight, -1);
    for (int p = 0; p < r->parts; p++) {
        double value = macs[p] > 1 ? numeric_log(macs[p]) : 0;
        sum += value;
        if (of)
            of[p] = value;
    }
    for (int t = 0; t < r->terms; t++) {
        const struct resource_term *term = &r->term[t];
        double whole = macs[r->part[term->choice[0]]];
        for (int n = 0; n < term->n && whole > 1; n++)
            gradient[term->choice[n]][term->option[n]] += product(term, weight, n) / whole;
    }
    return sum;
}
