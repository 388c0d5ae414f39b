/* LSTM: a stack of recurrent layers over batches of sequences, in one direction or both.
 * Hochreiter, Schmidhuber, Neural Computation 9(8), 1997, with the forget gate of Gers et al.,
 * 2000:
 *
 *     [i f o g] = [x_t h_{t-1}] W + b      c_t = sig(f) c_{t-1} + sig(i) tanh(g)
 *     h_t = sig(o) tanh(c_t)               h_0 = c_0 = 0, unless they are given
 *
 * One direction can be stepped, so that what came out of a step decides what goes into the next.
 * The work space is the LSTM's own: one sequence batch at a time. */
#ifndef NASBED_METHODS_KIT_LSTM_H
#define NASBED_METHODS_KIT_LSTM_H

#include "methods/kit/parameters.h"

#define LSTM_LAYERS 4

/* One direction of one layer, and what its forward pass leaves for the way back, in the order of
 * its steps s: the sequence's own, or the reverse. */
struct lstm_layer {
    int inputs;
    int weights, bias; /* places of W [inputs + units][4 units] and b [4 units] */
    double *joined;    /* [length][rows][inputs + units] x_t and h_{t-1} */
    double *gates;     /* [length][rows][4 units] sig i, sig f, sig o, tanh g */
    double *cell;      /* [length][rows][units] c_t */
    double *squashed;  /* [length][rows][units] tanh c_t */
};

struct lstm {
    int inputs, units, layers, directions;
    struct lstm_layer layer[LSTM_LAYERS][2];
    int rows;                    /* of the batch under way */
    double *output[LSTM_LAYERS]; /* [length][rows][directions * units] h_t of a layer; the
                                     way back overwrites all but the top one's */
    double *d_gates;             /* [length][rows][4 units] */
    double *d_joined;            /* [rows][inputs + units], of the widest layer */
    double *d_hidden, *d_cell;   /* [rows][units]; after lstm_back of one layer in one direction the
                                    gradient with respect to h_0 and c_0 */
    /* The caller's, from before a forward pass until after its way back; NULL: 0, none. */
    const double *first_hidden, *first_cell; /* [rows][units] h_0, c_0; one layer, one direction */
    const double *d_last_cell; /* [rows][directions * units] with respect to the last c
                                                of the top layer */
};

/* Place the weights; `both`: a second set reads each layer's input backwards, and h of the two lie
 * side by side. */
void lstm_place(struct lstm *lstm, struct parameters *parameters, int inputs, int units, int layers,
                bool both);

/* Work space for sequences of up to `length` steps, `rows` at a time. False when memory runs out. */
bool lstm_open(struct lstm *lstm, int length, int rows);
void lstm_close(struct lstm *lstm);

/* Step t = 0, 1, .. of a batch (one direction only): x [rows][inputs] -> the top layer's h
 * [rows][units], valid until the next batch. All steps of a batch have the same rows. */
const double *lstm_step(struct lstm *lstm, const struct parameters *parameters, int t, int rows,
                        const double *x);

/* All steps: x [length][rows][inputs] -> [length][rows][directions * units], of the top layer. */
const double *lstm_forward(struct lstm *lstm, const struct parameters *parameters, int length,
                           int rows, const double *x);

/* After either: the last c of the top layer in one direction, [rows][units]. (Its h stands in the
 * output: at the last time step, or of the second direction at the first.) */
const double *lstm_last_cell(const struct lstm *lstm, int length, int direction);

/* Back through time after either: dh [length][rows][directions * units] with respect to the top
 * layer's h -> adds to the gradient, and into dx [length][rows][inputs] (overwritten). */
void lstm_back(struct lstm *lstm, struct parameters *parameters, int length, const double *dh,
               double *dx);

#endif
