#include "methods/kit/regressor.h"

#include "base/numeric.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 256 }; /* strings of a batch */

/* Opening -------------------------------------------------------------------------------------- */

/* The layout: the same for every member. */
static void place(struct regressor *regressor, struct parameters *layout)
{
    const struct regressor_shape *shape = &regressor->shape;
    int width = shape->width;
    embedding_place(&regressor->embedding, layout, shape->ids, width);
    if (shape->recurrent) {
        lstm_place(&regressor->lstm, layout, width, width, 1, false);
    } else {
        linear_place(&regressor->first, layout, shape->block * width, width, true);
        linear_place(&regressor->second, layout, width, width, true);
    }
    linear_place(&regressor->head, layout, width, 1, true);
}

static bool allocate(struct regressor *regressor)
{
    const struct regressor_shape *shape = &regressor->shape;
    size_t width = (size_t)shape->width, rows = ROWS;
    size_t inputs = rows * width * (size_t)(shape->recurrent ? STRING_TOKENS : shape->block);
    regressor->x = doubles_open(inputs);
    regressor->dx = doubles_open(inputs);
    regressor->dh = doubles_open(shape->recurrent ? inputs : 1);
    regressor->layer1 = doubles_open(rows * width);
    regressor->layer2 = doubles_open(rows * width);
    regressor->d1 = doubles_open(rows * width);
    regressor->d2 = doubles_open(rows * width);
    regressor->y = doubles_open(rows);
    regressor->dy = doubles_open(rows);
    return regressor->x && regressor->dx && regressor->dh && regressor->layer1 &&
           regressor->layer2 && regressor->d1 && regressor->d2 && regressor->y && regressor->dy &&
           (!shape->recurrent || lstm_open(&regressor->lstm, STRING_TOKENS, ROWS));
}

bool regressor_open(struct regressor *regressor, const struct regressor_shape *shape)
{
    struct parameters layout = {0};
    assert(shape->members >= 1 && shape->members <= REGRESSOR_MEMBERS);
    *regressor = (struct regressor){.shape = *shape};
    place(regressor, &layout);
    bool opened = allocate(regressor) && adam_open(&regressor->adam, &layout, 0);
    for (int m = 0; m < shape->members; m++) {
        regressor->member[m].n = layout.n;
        opened = opened && parameters_open(&regressor->member[m]);
    }
    if (!opened)
        regressor_close(regressor);
    return opened;
}

void regressor_close(struct regressor *regressor)
{
    for (int m = 0; m < REGRESSOR_MEMBERS; m++)
        parameters_close(&regressor->member[m]);
    adam_close(&regressor->adam);
    lstm_close(&regressor->lstm);
    free(regressor->x);
    free(regressor->dx);
    free(regressor->dh);
    free(regressor->layer1);
    free(regressor->layer2);
    free(regressor->d1);
    free(regressor->d2);
    free(regressor->y);
    free(regressor->dy);
    *regressor = (struct regressor){.y = NULL};
}

void regressor_reset(struct regressor *regressor, int member, double mean,
                     struct nasbed_trial *trial)
{
    struct parameters *parameters = &regressor->member[member];
    parameters_uniform(parameters, 0, parameters->n, regressor->shape.range, trial);
    parameters->value[regressor->head.bias] = numeric_log(mean / (1 - mean));
}

/* The strings as inputs ------------------------------------------------------------------------ */

/* Where the vector of token t of row r goes: the LSTM's by step, the MLP's all blocks into one. */
static size_t vector_at(const struct regressor *regressor, int rows, int t, int r)
{
    const struct regressor_shape *shape = &regressor->shape;
    int vector = shape->recurrent ? t * rows + r : r * shape->block + t % shape->block;
    return (size_t)vector * (size_t)shape->width;
}

/* Add up embeddings [rows] strings of one length into x; the MLP takes the mean over blocks. */
static void embed(struct regressor *regressor, const struct parameters *parameters,
                  const struct string *const *strings, int rows)
{
    const struct regressor_shape *shape = &regressor->shape;
    int n = strings[0]->n, vectors = shape->recurrent ? n : shape->block;
    size_t size = (size_t)(vectors * rows * shape->width);
    memset(regressor->x, 0, size * sizeof *regressor->x);
    for (int r = 0; r < rows; r++)
        for (int t = 0; t < n; t++)
            for (int part = 0; part < 2 && strings[r]->id[t][part] >= 0; part++)
                embedding_add(&regressor->embedding, parameters, strings[r]->id[t][part],
                              regressor->x + vector_at(regressor, rows, t, r));
    for (size_t i = 0; i < size && !shape->recurrent; i++)
        regressor->x[i] *= (double)shape->block / n;
}

static void embed_back(struct regressor *regressor, struct parameters *parameters,
                       const struct string *const *strings, int rows)
{
    const struct regressor_shape *shape = &regressor->shape;
    int n = strings[0]->n;
    size_t size = (size_t)(shape->block * rows * shape->width);
    for (size_t i = 0; i < size && !shape->recurrent; i++)
        regressor->dx[i] *= (double)shape->block / n;
    for (int r = 0; r < rows; r++)
        for (int t = 0; t < n; t++)
            for (int part = 0; part < 2 && strings[r]->id[t][part] >= 0; part++)
                embedding_back(&regressor->embedding, parameters, strings[r]->id[t][part],
                               regressor->dx + vector_at(regressor, rows, t, r));
}

/* The networks --------------------------------------------------------------------------------- */

static void rectify(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] > 0 ? x[i] : 0;
}

/* Gradient through a ReLU whose output was y. */
static void rectify_back(const double *y, double *dy, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dy[i] = y[i] > 0 ? dy[i] : 0;
}

/* y of `rows` strings of one length. Returns f [rows][width]. */
static const double *forward(struct regressor *regressor, const struct parameters *parameters,
                             const struct string *const *strings, int rows)
{
    size_t width = (size_t)regressor->shape.width, size = (size_t)rows * width;
    int n = strings[0]->n;
    const double *f = regressor->layer2;
    embed(regressor, parameters, strings, rows);
    if (regressor->shape.recurrent) {
        f = lstm_forward(&regressor->lstm, parameters, n, rows, regressor->x) +
            (size_t)(n - 1) * size;
    } else {
        linear_forward(&regressor->first, parameters, regressor->x, rows, regressor->layer1);
        rectify(regressor->layer1, size);
        linear_forward(&regressor->second, parameters, regressor->layer1, rows, regressor->layer2);
        rectify(regressor->layer2, size);
    }
    linear_forward(&regressor->head, parameters, f, rows, regressor->y);
    for (int r = 0; r < rows; r++)
        regressor->y[r] = numeric_sigmoid(regressor->y[r]);
    return f;
}

/* dy [rows], of the loss by the head's sum -> the gradient. */
static void back(struct regressor *regressor, struct parameters *parameters,
                 const struct string *const *strings, int rows, const double *f)
{
    size_t width = (size_t)regressor->shape.width, size = (size_t)rows * width;
    int n = strings[0]->n;
    if (regressor->shape.recurrent) {
        size_t last = (size_t)(n - 1) * size;
        memset(regressor->dh, 0, last * sizeof *regressor->dh);
        linear_back(&regressor->head, parameters, f, regressor->dy, rows, regressor->dh + last);
        lstm_back(&regressor->lstm, parameters, n, regressor->dh, regressor->dx);
    } else {
        linear_back(&regressor->head, parameters, f, regressor->dy, rows, regressor->d2);
        rectify_back(regressor->layer2, regressor->d2, size);
        linear_back(&regressor->second, parameters, regressor->layer1, regressor->d2, rows,
                    regressor->d1);
        rectify_back(regressor->layer1, regressor->d1, size);
        linear_back(&regressor->first, parameters, regressor->x, regressor->d1, rows,
                    regressor->dx);
    }
    embed_back(regressor, parameters, strings, rows);
}

/* How many of the next strings make one batch. */
static int batch_of(const struct string *const *strings, int n)
{
    int rows = 1;
    while (rows < n && rows < ROWS && strings[rows]->n == strings[0]->n)
        rows++;
    return rows;
}

/* Fitting -------------------------------------------------------------------------------------- */

double regressor_loss(struct regressor *regressor, int member, const struct example *examples,
                      const int *chosen, int n)
{
    struct parameters *parameters = &regressor->member[member];
    double loss = 0;
    for (int i = 0, rows; i < n; i += rows) {
        const struct string *strings[ROWS] = {NULL};
        for (rows = 0; rows < ROWS && i + rows < n; rows++)
            strings[rows] = &examples[chosen[i + rows]].string;
        rows = batch_of(strings, rows);
        const double *f = forward(regressor, parameters, strings, rows);
        for (int r = 0; r < rows; r++) { /* L = |y - target| / n, y = sig(z) */
            double y = regressor->y[r], error = y - examples[chosen[i + r]].target;
            loss += fabs(error) / n;
            regressor->dy[r] = (error > 0 ? 1.0 : error < 0 ? -1.0 : 0.0) * y * (1 - y) / n;
        }
        back(regressor, parameters, strings, rows, f);
    }
    return loss;
}

static void shuffle(int *order, int n, struct nasbed_trial *trial)
{
    for (int i = n - 1; i > 0; i--) {
        int j = (int)nasbed_below(trial, (uint32_t)i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

/* Indices of the examples by length, the given order kept among equals. */
static void sort_by_length(const struct example *examples, int *order, int n)
{
    int placed = 0;
    for (int length = 0; length <= STRING_TOKENS; length++)
        for (int i = 0; i < n; i++)
            if (examples[i].string.n == length)
                order[placed++] = i;
}

static void fit_member(struct regressor *regressor, int member, const struct example *examples,
                       const int *chosen, int n, int epochs, struct nasbed_trial *trial)
{
    struct parameters *parameters = &regressor->member[member];
    double mean = 0;
    for (int i = 0; i < n; i++)
        mean += examples[chosen[i]].target / n;
    mean = fmin(fmax(mean, 0.01), 0.99); /* the logit stays finite */
    regressor_reset(regressor, member, mean, trial);
    adam_reset(&regressor->adam);
    for (int epoch = 0; epoch < epochs; epoch++) {
        parameters_clear(parameters);
        (void)regressor_loss(regressor, member, examples, chosen, n);
        adam_step(&regressor->adam, parameters);
    }
}

bool regressor_fit(struct regressor *regressor, const struct example *examples, int n, int epochs,
                   double rate, struct nasbed_trial *trial)
{
    int members = regressor->shape.members;
    int *order = calloc((size_t)n + 1, sizeof *order), *fold = calloc((size_t)n + 1, sizeof *fold);
    int *chosen = calloc((size_t)n + 1, sizeof *chosen);
    bool allocated = order && fold && chosen;
    if (allocated) {
        regressor->adam.rate = rate;
        sort_by_length(examples, order, n);
        for (int i = 0; i < n; i++)
            fold[i] = i % members;
        shuffle(fold, n, trial);
        for (int m = 0; m < members; m++) {
            int seen = 0;
            for (int i = 0; i < n; i++)
                if (members == 1 || fold[order[i]] != m)
                    chosen[seen++] = order[i];
            fit_member(regressor, m, examples, chosen, seen, epochs, trial);
        }
    }
    free(order);
    free(fold);
    free(chosen);
    return allocated;
}

/* Reading -------------------------------------------------------------------------------------- */

void regressor_read(struct regressor *regressor, int member, const struct string *strings, int n,
                    double *y)
{
    for (int i = 0, rows; i < n; i += rows) {
        const struct string *batch[ROWS] = {NULL};
        for (rows = 0; rows < ROWS && i + rows < n; rows++)
            batch[rows] = &strings[i + rows];
        rows = batch_of(batch, rows);
        (void)forward(regressor, &regressor->member[member], batch, rows);
        memcpy(y + i, regressor->y, (size_t)rows * sizeof *y);
    }
}

void regressor_predict(struct regressor *regressor, const struct string *strings, int n,
                       double *mean, double *scratch)
{
    int members = regressor->shape.members;
    memset(mean, 0, (size_t)n * sizeof *mean);
    for (int m = 0; m < members; m++) {
        regressor_read(regressor, m, strings, n, scratch);
        for (int i = 0; i < n; i++)
            mean[i] += scratch[i] / members;
    }
}
