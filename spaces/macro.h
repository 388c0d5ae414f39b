/* `macro`: the search space of NAS-Bench-Macro. Eight layers in three stages of 2, 3 and 3, three
 * choices each.
 *
 * Decisions are the layers in order, each an operation in the order of enum macro_operation. The
 * string of an architecture is the benchmark's: its decisions as digits. The index is the number
 * whose base-3 digits they are, the first one most significant: index 0 being all identity. */
#ifndef NASBED_SPACES_MACRO_H
#define NASBED_SPACES_MACRO_H

enum { MACRO_LAYERS = 8, MACRO_STAGES = 3, MACRO_OPERATIONS = 3, MACRO_ARCHITECTURES = 6561 };

enum macro_operation {
    MACRO_IDENTITY, /* nothing; as a stage's first layer a 1x1 convolution of stride 2, BN */
    MACRO_MB3_K3,   /* MobileNetV2 block: expansion 3, depthwise 3x3 */
    MACRO_MB6_K5    /* expansion 6, depthwise 5x5 */
};

extern const int macro_stage_layers[MACRO_STAGES];

#endif
