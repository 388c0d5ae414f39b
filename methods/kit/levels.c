#include "methods/kit/levels.h"

#include <stdlib.h>
#include <string.h>

static bool mirror_cell(const struct nasbed_architecture *a, struct nasbed_architecture *mirrored);

static const struct level_plan plans[] = {
    {"cell",
     {{"edge 0>3"}, {"edge 0>1", "edge 1>3"}, {"edge 0>2", "edge 1>2", "edge 2>3"}},
     mirror_cell},
    {"chain",
     {{"depth 1", "width 1", "kernel 1.1", "kernel 1.2", "skip 1"},
      {"depth 2", "width 2", "kernel 2.1", "kernel 2.2", "skip 2"},
      {"depth 3", "width 3", "kernel 3.1", "kernel 3.2", "skip 3"}},
     NULL},
    {"macro",
     {{"layer 1", "layer 2"}, {"layer 3", "layer 4", "layer 5"}, {"layer 6", "layer 7", "layer 8"}},
     NULL}};

/* Opening -------------------------------------------------------------------------------------- */

/* The block of each kind of decision, and the widest block. False unless each kind is in one. */
static bool read_plan(struct levels *levels)
{
    const struct alphabet *alphabet = &levels->alphabet;
    int found = 0;
    for (int b = 0; b < LEVELS; b++)
        for (int slot = 0; slot < LEVEL_SLOTS && levels->plan->block[b][slot]; slot++) {
            int kind = alphabet_find_kind(alphabet, levels->plan->block[b][slot]);
            if (kind < 0)
                return false;
            levels->block[kind] = b;
            found++;
            if (slot >= levels->slots)
                levels->slots = slot + 1;
        }
    return found == alphabet->kinds;
}

/* Decisions whose names begin with the same word ("edge", "kernel") are the same in different places:
 * they share what stands for their options. By place among the options, not by name: "2w" is the wide
 * one of the first block of `chain`, and the narrow one of the second. */
static void share_options(struct levels *levels)
{
    const struct alphabet *alphabet = &levels->alphabet;
    levels->options = 0;
    for (int k = 0; k < alphabet->kinds; k++) {
        size_t word = strcspn(alphabet->kind[k].name, " ");
        int first = 0;
        while (first < k && (strcspn(alphabet->kind[first].name, " ") != word ||
                             memcmp(alphabet->kind[first].name, alphabet->kind[k].name, word) != 0))
            first++;
        levels->option[k] = first < k ? levels->option[first] : levels->options;
        if (levels->option[k] + alphabet->kind[k].tokens > levels->options)
            levels->options = levels->option[k] + alphabet->kind[k].tokens;
        levels->pair[k] = levels->pairs;
        levels->pairs += alphabet->kind[k].tokens;
    }
}

bool levels_open(struct levels *levels, struct nasbed_trial *trial)
{
    *levels = (struct levels){.trial = trial};
    for (size_t p = 0; p < sizeof plans / sizeof *plans; p++)
        if (strcmp(plans[p].space, nasbed_space_name(trial)) == 0)
            levels->plan = &plans[p];
    if (!levels->plan || !alphabet_read(&levels->alphabet, trial) || !read_plan(levels))
        return false;
    share_options(levels);
    levels->level_of = calloc(nasbed_count(trial), 1);
    return levels->level_of != NULL;
}

void levels_close(struct levels *levels)
{
    free(levels->level_of);
    levels->level_of = NULL;
}

/* Expansion ------------------------------------------------------------------------------------ */

static bool mirror_cell(const struct nasbed_architecture *a, struct nasbed_architecture *mirrored)
{
    static const int swapped[] = {1, 0, 2, 3, 5, 4}; /* 0>1 with 0>2, 1>3 with 2>3 */
    if (a->decision[2] != 0)                         /* 1>2 tells nodes 1 and 2 apart */
        return false;
    *mirrored = *a;
    for (int i = 0; i < 6; i++)
        mirrored->decision[i] = a->decision[swapped[i]];
    return true;
}

/* Whether the index comes first at this level. */
static bool comes_first(struct levels *levels, const struct nasbed_architecture *a, int level)
{
    uint64_t index = nasbed_index(levels->trial, a);
    struct nasbed_architecture mirrored;
    if (levels->level_of[index] == level)
        return false;
    if (levels->plan->mirror && levels->plan->mirror(a, &mirrored) &&
        levels->level_of[nasbed_index(levels->trial, &mirrored)] == level)
        return false;
    levels->level_of[index] = (unsigned char)level;
    return true;
}

static bool add(struct levels *levels, const struct nasbed_architecture *a, int level,
                struct candidates *candidates)
{
    if (!comes_first(levels, a, level))
        return true;
    if (candidates->n == candidates->capacity) {
        size_t capacity = candidates->capacity ? 2 * candidates->capacity : 1024;
        struct candidate *grown = realloc(candidates->entry, capacity * sizeof *grown);
        if (!grown)
            return false;
        candidates->entry = grown;
        candidates->capacity = capacity;
    }
    candidates->entry[candidates->n++] = (struct candidate){.architecture = *a};
    return true;
}

/* The parent's option of the decision after `prefix`, by its kind; the first if it has none. */
static int inherited(const struct levels *levels, const struct nasbed_architecture *parent,
                     const struct nasbed_architecture *prefix)
{
    const char *kind = nasbed_decision_name(levels->trial, prefix);
    struct nasbed_architecture before = *parent;
    for (before.n = 0; before.n < parent->n; before.n++)
        if (strcmp(nasbed_decision_name(levels->trial, &before), kind) == 0)
            return parent->decision[before.n];
    return 0;
}

/* Every way to enlarge `parent` (level - 1) by block `level`, from `prefix` on. */
static bool enlarge(struct levels *levels, const struct nasbed_architecture *parent, int level,
                    struct nasbed_architecture *prefix, struct candidates *candidates)
{
    int choices = nasbed_options(levels->trial, prefix);
    if (choices == 0)
        return add(levels, prefix, level, candidates);
    int kind = alphabet_find_kind(&levels->alphabet, nasbed_decision_name(levels->trial, prefix));
    int block = levels->block[kind] + 1, first = 0, last = 0;
    if (block == level)
        last = choices - 1;
    else if (block < level)
        first = last = inherited(levels, parent, prefix);
    bool added = true;
    for (int o = first; o <= last && added; o++) {
        prefix->decision[prefix->n++] = (unsigned char)o;
        added = enlarge(levels, parent, level, prefix, candidates);
        prefix->n--;
    }
    return added;
}

static void shuffle(struct candidates *candidates, struct nasbed_trial *trial)
{
    for (size_t i = candidates->n; i > 1; i--) {
        size_t j = nasbed_below(trial, (uint32_t)i);
        struct candidate kept = candidates->entry[i - 1];
        candidates->entry[i - 1] = candidates->entry[j];
        candidates->entry[j] = kept;
    }
    for (size_t i = 0; i < candidates->n; i++)
        candidates->entry[i].order = i;
}

bool levels_expand(struct levels *levels, int level, const struct history *parents, size_t first,
                   struct candidates *candidates)
{
    struct nasbed_architecture prefix = {.n = 0}, none = {.n = 0};
    bool added = true;
    candidates->n = 0;
    if (level == 1)
        added = enlarge(levels, &none, level, &prefix, candidates);
    for (size_t i = first; level > 1 && i < parents->n && added; i++)
        added = enlarge(levels, &parents->entry[i].architecture, level, &prefix, candidates);
    shuffle(candidates, levels->trial);
    return added;
}

/* Strings -------------------------------------------------------------------------------------- */

int levels_ids(const struct levels *levels, bool paired)
{
    return levels->options + (paired ? levels->pairs : levels->alphabet.kinds) + 1;
}

/* The option that `a` has for a decision, as a token of its kind; -1: it has no such decision. */
static int token_of(const struct levels *levels, const struct nasbed_architecture *a, int kind)
{
    struct nasbed_architecture before = *a;
    for (before.n = 0; before.n < a->n; before.n++) {
        const char *name = nasbed_decision_name(levels->trial, &before);
        if (alphabet_find_kind(&levels->alphabet, name) != kind)
            continue;
        const char *option = nasbed_option_name(levels->trial, &before, a->decision[before.n]);
        return alphabet_find_token(&levels->alphabet.kind[kind], option);
    }
    return -1;
}

void levels_spell(const struct levels *levels, const struct nasbed_architecture *a, int level,
                  bool paired, bool padded, struct string *string)
{
    int none = levels_ids(levels, paired) - 1;
    string->n = 0;
    for (int b = 0; b < level; b++)
        for (int slot = 0; slot < levels->slots; slot++) {
            const char *name = levels->plan->block[b][slot];
            if (!name && !padded)
                continue;
            int kind = name ? alphabet_find_kind(&levels->alphabet, name) : -1;
            int token = kind >= 0 ? token_of(levels, a, kind) : -1;
            short *id = string->id[string->n++];
            id[0] = (short)(token < 0 ? none : levels->option[kind] + token);
            id[1] =
                (short)(token < 0 ? -1
                                  : levels->options + (paired ? levels->pair[kind] + token : kind));
        }
}
