#include "methods/kit/alphabet.h"

#include <assert.h>
#include <string.h>

/* Names are static strings: mostly the pointer is enough. */
static bool same(const char *a, const char *b)
{
    return a == b || strcmp(a, b) == 0;
}

int alphabet_find_kind(const struct alphabet *alphabet, const char *name)
{
    for (int k = 0; k < alphabet->kinds; k++)
        if (same(alphabet->kind[k].name, name))
            return k;
    return -1;
}

int alphabet_find_token(const struct alphabet_kind *kind, const char *name)
{
    for (int i = 0; i < kind->tokens; i++)
        if (same(kind->token[i], name))
            return i;
    return -1;
}

/* The word's index; it is added if it is new. -1: no room. */
static int find_word(struct alphabet *alphabet, const char *name)
{
    for (int w = 0; w < alphabet->words; w++)
        if (same(alphabet->word[w], name))
            return w;
    if (alphabet->words == ALPHABET_WORDS)
        return -1;
    alphabet->word[alphabet->words] = name;
    return alphabet->words++;
}

static bool add_token(struct alphabet *alphabet, struct alphabet_kind *kind, const char *name)
{
    if (alphabet_find_token(kind, name) >= 0)
        return true;
    int word = find_word(alphabet, name);
    if (word < 0 || kind->tokens == ALPHABET_TOKENS)
        return false;
    kind->token[kind->tokens] = name;
    kind->word[kind->tokens++] = word;
    return true;
}

static struct alphabet_kind *add_kind(struct alphabet *alphabet, const char *name)
{
    int k = alphabet_find_kind(alphabet, name);
    if (k < 0 && alphabet->kinds < ALPHABET_KINDS) {
        k = alphabet->kinds++;
        alphabet->kind[k] = (struct alphabet_kind){.name = name};
    }
    return k < 0 ? NULL : &alphabet->kind[k];
}

/* All that can follow `prefix`; it is left as it was. */
static bool read_from(struct alphabet *alphabet, const struct nasbed_trial *trial,
                      struct nasbed_architecture *prefix)
{
    int options = nasbed_options(trial, prefix);
    if (prefix->n > alphabet->decisions)
        alphabet->decisions = prefix->n;
    if (options == 0)
        return true;
    struct alphabet_kind *kind = add_kind(alphabet, nasbed_decision_name(trial, prefix));
    bool fits = kind && options <= ALPHABET_TOKENS;
    for (int o = 0; o < options && fits; o++) {
        fits = add_token(alphabet, kind, nasbed_option_name(trial, prefix, o));
        prefix->decision[prefix->n++] = (unsigned char)o;
        fits = fits && read_from(alphabet, trial, prefix);
        prefix->n--;
    }
    return fits;
}

bool alphabet_read(struct alphabet *alphabet, const struct nasbed_trial *trial)
{
    struct nasbed_architecture prefix = {.n = 0};
    *alphabet = (struct alphabet){.kinds = 0};
    return read_from(alphabet, trial, &prefix);
}

int alphabet_decision(const struct alphabet *alphabet, const struct nasbed_trial *trial,
                      const struct nasbed_architecture *prefix, int token[ALPHABET_TOKENS],
                      int *options)
{
    int k = alphabet_find_kind(alphabet, nasbed_decision_name(trial, prefix));
    assert(k >= 0 && "every prefix was read");
    *options = nasbed_options(trial, prefix);
    for (int o = 0; o < *options; o++)
        token[o] = alphabet_find_token(&alphabet->kind[k], nasbed_option_name(trial, prefix, o));
    return k;
}
