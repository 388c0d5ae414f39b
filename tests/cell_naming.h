/* A second way to tell the networks of `cell` apart, for tests: straight from the decisions,
 * without graphs and sharing no code with the canonical form. Name the live convolutions of an
 * architecture in every possible way, write the cell down as text under each naming, keep the
 * least text. Two cells are one network if and only if their least texts are equal. */
#ifndef NASBED_TESTS_CELL_NAMING_H
#define NASBED_TESTS_CELL_NAMING_H

#include "spaces/cell.h"
#include "spaces/space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORM_TEXT = 768, TERMS_MOST = 8 };

/* A node of the cell: the terms that it adds up, sums of sums dissolved. A term is -1: the cell's
 * input; an edge: the convolution on it; CELL_EDGES + node: a pool of that node. */
struct tensor {
    int n, term[TERMS_MOST];
};

struct form {
    char text[FORM_TEXT]; /* least over all namings; "" where no path leads to the output */
    int name[CELL_EDGES]; /* the naming that gave it: number of a convolution among its kind, -1:
                             dead */
    int count[2];         /* live convolutions 1x1, 3x3 */
};

struct naming {
    const struct architecture *architecture;
    struct tensor tensor[CELL_NODES];
    int name[CELL_EDGES];
};

static bool is_conv(int operation)
{
    return operation == CELL_CONV_1X1 || operation == CELL_CONV_3X3;
}

static void find_tensors(struct naming *naming)
{
    naming->tensor[0] = (struct tensor){.n = 1, .term = {-1}};
    for (int e = 0; e < CELL_EDGES; e++) {
        const struct tensor *from = &naming->tensor[cell_edges[e].from];
        struct tensor *to = &naming->tensor[cell_edges[e].to];
        int operation = naming->architecture->decision[e];
        if (operation == CELL_NONE || from->n == 0)
            continue;
        if (operation == CELL_SKIP_CONNECT)
            for (int i = 0; i < from->n; i++)
                to->term[to->n++] = from->term[i];
        else
            to->term[to->n++] = is_conv(operation) ? e : CELL_EDGES + cell_edges[e].from;
    }
}

/* Give the convolutions that a node depends on the name 0 (all others keep -1). */
static void mark_live(struct naming *naming, int node)
{
    for (int i = 0; i < naming->tensor[node].n; i++) {
        int term = naming->tensor[node].term[i];
        if (term >= CELL_EDGES) {
            mark_live(naming, term - CELL_EDGES);
        } else if (term >= 0 && naming->name[term] < 0) {
            naming->name[term] = 0;
            mark_live(naming, cell_edges[term].from);
        }
    }
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Append a node's terms, sorted as texts. */
static void write_tensor(const struct naming *naming, int node, char *text)
{
    char term[TERMS_MOST][FORM_TEXT];
    const struct tensor *tensor = &naming->tensor[node];
    for (int i = 0; i < tensor->n; i++) {
        int t = tensor->term[i];
        term[i][0] = '\0';
        if (t < 0)
            strcpy(term[i], "x");
        else if (t < CELL_EDGES)
            (void)snprintf(term[i], FORM_TEXT, "c%d.%d", naming->architecture->decision[t],
                           naming->name[t]);
        else {
            strcpy(term[i], "p(");
            write_tensor(naming, t - CELL_EDGES, term[i]);
            strcat(term[i], ")");
        }
    }
    qsort(term, (size_t)tensor->n, sizeof *term, compare_texts);
    for (int i = 0; i < tensor->n; i++) {
        strcat(text, i ? "+" : "");
        strcat(text, term[i]);
    }
}

/* The whole cell under one naming: each convolution's input in the order of the names, the output.
 */
static void write_form(const struct naming *naming, const int *count, char *text)
{
    text[0] = '\0';
    for (int kind = 0; kind < 2; kind++)
        for (int k = 0; k < count[kind]; k++)
            for (int e = 0; e < CELL_EDGES; e++)
                if (naming->architecture->decision[e] == CELL_CONV_1X1 + kind &&
                    naming->name[e] == k) {
                    (void)snprintf(text + strlen(text), 16, "%d.%d=", CELL_CONV_1X1 + kind, k);
                    write_tensor(naming, cell_edges[e].from, text);
                    strcat(text, ";");
                }
    write_tensor(naming, CELL_NODES - 1, text);
}

/* Try every naming of the convolutions from edge `e` on; `used` are the names taken, a bit set a
 * kind. */
static void try_namings(struct naming *naming, int e, const int used[2], struct form *form)
{
    while (e < CELL_EDGES && naming->name[e] < 0)
        e++;
    if (e == CELL_EDGES) {
        char text[FORM_TEXT];
        write_form(naming, form->count, text);
        if (!form->text[0] || strcmp(text, form->text) < 0) {
            memcpy(form->text, text, FORM_TEXT);
            memcpy(form->name, naming->name, sizeof form->name);
        }
        return;
    }
    int kind = naming->architecture->decision[e] - CELL_CONV_1X1;
    for (int k = 0; k < form->count[kind]; k++) {
        if (used[kind] >> k & 1)
            continue;
        int now[2] = {used[0], used[1]};
        now[kind] |= 1 << k;
        naming->name[e] = k;
        try_namings(naming, e + 1, now, form);
    }
}

static void find_form(const struct architecture *architecture, struct form *form)
{
    struct naming naming = {.architecture = architecture, .name = {-1, -1, -1, -1, -1, -1}};
    memset(form, 0, sizeof *form);
    find_tensors(&naming);
    mark_live(&naming, CELL_NODES - 1);
    for (int e = 0; e < CELL_EDGES; e++)
        if (naming.name[e] == 0)
            form->count[architecture->decision[e] - CELL_CONV_1X1]++;
    memcpy(form->name, naming.name, sizeof form->name);
    if (naming.tensor[CELL_NODES - 1].n > 0)
        try_namings(&naming, 0, (int[2]){0, 0}, form);
}

/* The forms of all architectures, by index; NULL without memory. The caller frees them. */
static struct form *find_forms(const struct space *cell)
{
    struct form *forms = calloc((size_t)cell->count, sizeof *forms);
    for (uint32_t i = 0; forms && i < cell->count; i++) {
        struct architecture architecture;
        cell->from_index(i, &architecture);
        find_form(&architecture, &forms[i]);
    }
    return forms;
}

#endif
