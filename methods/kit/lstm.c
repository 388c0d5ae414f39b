#include "methods/kit/lstm.h"

#include "base/numeric.h"
#include "methods/kit/blas.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void lstm_place(struct lstm *lstm, struct parameters *parameters, int inputs, int units, int layers,
                bool both)
{
    assert(layers >= 1 && layers <= LSTM_LAYERS);
    *lstm = (struct lstm){
        .inputs = inputs, .units = units, .layers = layers, .directions = both ? 2 : 1};
    for (int l = 0; l < layers; l++)
        for (int d = 0; d < lstm->directions; d++) {
            struct lstm_layer *layer = &lstm->layer[l][d];
            layer->inputs = l == 0 ? inputs : lstm->directions * units;
            layer->weights = parameters_place(parameters, (layer->inputs + units) * 4 * units);
            layer->bias = parameters_place(parameters, 4 * units);
        }
}

static bool open_layer(struct lstm_layer *layer, size_t steps, size_t units)
{
    layer->joined = doubles_open(steps * ((size_t)layer->inputs + units));
    layer->gates = doubles_open(steps * 4 * units);
    layer->cell = doubles_open(steps * units);
    layer->squashed = doubles_open(steps * units);
    return layer->joined && layer->gates && layer->cell && layer->squashed;
}

bool lstm_open(struct lstm *lstm, int length, int rows)
{
    size_t steps = (size_t)length * (size_t)rows, units = (size_t)lstm->units;
    size_t width = units * (size_t)lstm->directions, widest = width;
    bool opened = true;
    if (widest < (size_t)lstm->inputs)
        widest = (size_t)lstm->inputs;
    for (int l = 0; l < lstm->layers; l++) {
        for (int d = 0; d < lstm->directions; d++)
            opened = open_layer(&lstm->layer[l][d], steps, units) && opened;
        lstm->output[l] = doubles_open(steps * width);
        opened = opened && lstm->output[l];
    }
    lstm->d_gates = doubles_open(steps * 4 * units);
    lstm->d_joined = doubles_open((size_t)rows * (widest + units));
    lstm->d_hidden = doubles_open((size_t)rows * units);
    lstm->d_cell = doubles_open((size_t)rows * units);
    if (opened && lstm->d_gates && lstm->d_joined && lstm->d_hidden && lstm->d_cell)
        return true;
    lstm_close(lstm);
    return false;
}

void lstm_close(struct lstm *lstm)
{
    for (int l = 0; l < lstm->layers; l++) {
        for (int d = 0; d < lstm->directions; d++) {
            struct lstm_layer *layer = &lstm->layer[l][d];
            free(layer->joined);
            free(layer->gates);
            free(layer->cell);
            free(layer->squashed);
        }
        free(lstm->output[l]);
    }
    free(lstm->d_gates);
    free(lstm->d_joined);
    free(lstm->d_hidden);
    free(lstm->d_cell);
    *lstm = (struct lstm){0};
}

/* Forward -------------------------------------------------------------------------------------- */

/* The gates of one row, from their sums; c_t, tanh c_t and h_t. `before` is c_{t-1}, NULL: 0. */
static void activate(int units, double *gates, const double *before, double *cell, double *squashed,
                     double *h)
{
    double *i = gates, *f = gates + units, *o = gates + 2 * units, *g = gates + 3 * units;
    for (int j = 0; j < units; j++) {
        i[j] = numeric_sigmoid(i[j]);
        f[j] = numeric_sigmoid(f[j]);
        o[j] = numeric_sigmoid(o[j]);
        g[j] = numeric_tanh(g[j]);
        cell[j] = (before ? f[j] * before[j] : 0) + i[j] * g[j];
        squashed[j] = numeric_tanh(cell[j]);
        h[j] = o[j] * squashed[j];
    }
}

/* Step s of one direction of a layer: x [rows][inputs] -> h, rows `stride` apart; `last` is the h of
 * step s-1, NULL: 0. */
static void step(const struct lstm *lstm, const struct lstm_layer *layer,
                 const struct parameters *parameters, int s, const double *x, const double *last,
                 double *h)
{
    int rows = lstm->rows, units = lstm->units, width = layer->inputs + units;
    int stride = lstm->directions * units;
    if (s == 0)
        last = lstm->first_hidden;
    double *joined = layer->joined + (size_t)s * (size_t)(rows * width);
    double *gates = layer->gates + (size_t)s * (size_t)(rows * 4 * units);
    size_t states = (size_t)s * (size_t)(rows * units);
    const double *before = s > 0 ? layer->cell + states - rows * units : lstm->first_cell;

    for (int r = 0; r < rows; r++) {
        double *row = joined + r * width;
        memcpy(row, x + r * layer->inputs, (size_t)layer->inputs * sizeof *row);
        if (last)
            memcpy(row + layer->inputs, last + r * stride, (size_t)units * sizeof *row);
        else
            memset(row + layer->inputs, 0, (size_t)units * sizeof *row);
        memcpy(gates + r * 4 * units, parameters->value + layer->bias,
               (size_t)(4 * units) * sizeof *gates);
    }
    blas_product(rows, width, 4 * units, joined, parameters->value + layer->weights, 1, gates);
    for (int r = 0; r < rows; r++)
        activate(units, gates + r * 4 * units, before ? before + r * units : NULL,
                 layer->cell + states + r * units, layer->squashed + states + r * units,
                 h + r * stride);
}

const double *lstm_last_cell(const struct lstm *lstm, int length, int direction)
{
    return lstm->layer[lstm->layers - 1][direction].cell +
           (size_t)(length - 1) * (size_t)(lstm->rows * lstm->units);
}

const double *lstm_step(struct lstm *lstm, const struct parameters *parameters, int t, int rows,
                        const double *x)
{
    assert(lstm->directions == 1 && (t == 0 || rows == lstm->rows));
    lstm->rows = rows;
    assert((!lstm->first_hidden && !lstm->first_cell) || lstm->layers == 1);
    size_t size = (size_t)(rows * lstm->units);
    for (int l = 0; l < lstm->layers; l++) {
        double *h = lstm->output[l] + (size_t)t * size;
        step(lstm, &lstm->layer[l][0], parameters, t, x, t > 0 ? h - size : NULL, h);
        x = h;
    }
    return x;
}

const double *lstm_forward(struct lstm *lstm, const struct parameters *parameters, int length,
                           int rows, const double *x)
{
    size_t size = (size_t)(rows * lstm->directions * lstm->units);
    lstm->rows = rows;
    for (int l = 0; l < lstm->layers; l++) {
        for (int d = 0; d < lstm->directions; d++) {
            const struct lstm_layer *layer = &lstm->layer[l][d];
            double *output = lstm->output[l] + d * lstm->units, *last = NULL;
            for (int s = 0; s < length; s++) {
                size_t t = (size_t)(d == 0 ? s : length - 1 - s);
                double *h = output + t * size;
                step(lstm, layer, parameters, s, x + t * (size_t)(rows * layer->inputs), last, h);
                last = h;
            }
        }
        x = lstm->output[l];
    }
    return x;
}

/* Back ----------------------------------------------------------------------------------------- */

/* One row of one step: dh (from above) and what later steps left in d_hidden and d_cell -> the
 * gates' gradients, and d_cell for the step before. */
static void differentiate(int units, const double *gates, const double *before,
                          const double *squashed, const double *dh, const double *d_hidden,
                          double *d_cell, double *d_gates)
{
    const double *i = gates, *f = gates + units, *o = gates + 2 * units, *g = gates + 3 * units;
    for (int j = 0; j < units; j++) {
        double d = dh[j] + d_hidden[j];
        double dc = d_cell[j] + d * o[j] * (1 - squashed[j] * squashed[j]);
        d_gates[j] = dc * g[j] * i[j] * (1 - i[j]);
        d_gates[units + j] = before ? dc * before[j] * f[j] * (1 - f[j]) : 0;
        d_gates[2 * units + j] = d * squashed[j] * o[j] * (1 - o[j]);
        d_gates[3 * units + j] = dc * i[j] * (1 - g[j] * g[j]);
        d_cell[j] = dc * f[j];
    }
}

/* Step s of one direction: dh and dx are those of its time, rows of dh `stride` apart; dx is added
 * to. */
static void step_back(struct lstm *lstm, const struct lstm_layer *layer,
                      const struct parameters *parameters, int s, const double *dh, double *dx)
{
    int rows = lstm->rows, units = lstm->units, width = layer->inputs + units;
    int stride = lstm->directions * units;
    double *d_gates = lstm->d_gates + (size_t)s * (size_t)(rows * 4 * units);
    const double *gates = layer->gates + (size_t)s * (size_t)(rows * 4 * units);
    size_t states = (size_t)s * (size_t)(rows * units);
    const double *before = s > 0 ? layer->cell + states - rows * units : lstm->first_cell;

    for (int r = 0; r < rows; r++)
        differentiate(units, gates + r * 4 * units, before ? before + r * units : NULL,
                      layer->squashed + states + r * units, dh + r * stride,
                      lstm->d_hidden + r * units, lstm->d_cell + r * units,
                      d_gates + r * 4 * units);
    blas_product_bt(rows, 4 * units, width, d_gates, parameters->value + layer->weights, 0,
                    lstm->d_joined);
    for (int r = 0; r < rows; r++) {
        const double *row = lstm->d_joined + r * width;
        for (int j = 0; j < layer->inputs; j++)
            dx[r * layer->inputs + j] += row[j];
        memcpy(lstm->d_hidden + r * units, row + layer->inputs, (size_t)units * sizeof *row);
    }
}

/* One direction of a layer, all steps; the weights' gradient in one product over all of them. */
static void layer_back(struct lstm *lstm, const struct lstm_layer *layer, int d,
                       struct parameters *parameters, int length, const double *dh, double *dx)
{
    int rows = lstm->rows, units = lstm->units;
    size_t above = (size_t)(rows * lstm->directions * units);
    memset(lstm->d_hidden, 0, (size_t)(rows * units) * sizeof *lstm->d_hidden);
    memset(lstm->d_cell, 0, (size_t)(rows * units) * sizeof *lstm->d_cell);
    if (lstm->d_last_cell && layer == &lstm->layer[lstm->layers - 1][d])
        for (int r = 0; r < rows; r++)
            memcpy(lstm->d_cell + r * units, lstm->d_last_cell + (r * lstm->directions + d) * units,
                   (size_t)units * sizeof *lstm->d_cell);
    for (int s = length - 1; s >= 0; s--) {
        size_t t = (size_t)(d == 0 ? s : length - 1 - s);
        step_back(lstm, layer, parameters, s, dh + t * above + d * units,
                  dx + t * (size_t)(rows * layer->inputs));
    }
    blas_product_at(layer->inputs + units, length * rows, 4 * units, layer->joined, lstm->d_gates,
                    1, parameters->gradient + layer->weights);
    double *bias = parameters->gradient + layer->bias;
    for (int r = 0; r < length * rows; r++)
        for (int j = 0; j < 4 * units; j++)
            bias[j] += lstm->d_gates[(size_t)r * (size_t)(4 * units) + (size_t)j];
}

void lstm_back(struct lstm *lstm, struct parameters *parameters, int length, const double *dh,
               double *dx)
{
    for (int l = lstm->layers - 1; l >= 0; l--) {
        size_t size = (size_t)(length * lstm->rows * lstm->layer[l][0].inputs);
        /* The gradient takes the place of the lower layer's h, of which `joined` has a copy. */
        double *below = l == 0 ? dx : lstm->output[l - 1];
        memset(below, 0, size * sizeof *below);
        for (int d = 0; d < lstm->directions; d++)
            layer_back(lstm, &lstm->layer[l][d], d, parameters, length, dh, below);
        dh = below;
    }
}
