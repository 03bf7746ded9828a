/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

/** One promise an updater has to keep to be exchangeable in Deeplearning4j; each is one test of {@link UpdaterContract}. */
public enum Clause {
    /** Networks that use the updater, and every variant of it, come back from JSON equal. */
    JSON,
    /** The same through YAML. */
    YAML,
    /** The same through Java serialization. */
    JAVA_SERIALIZATION,
    /** A clone is equal, of the same class, and shares nothing that can change. */
    CLONE,
    /** Equality goes by value and covers every hyper-parameter, since equal neighbours are glued into one block. */
    EQUALITY,
    /** Every hyper-parameter that is written into the JSON changes what is trained. */
    HYPER_PARAMETERS,
    /** Hyper-parameters that make no sense are refused with a message when the updater is built. */
    NONSENSE,
    /** A learning rate that is set is the one that is reported and used. */
    LEARNING_RATE,
    /** Schedules by iteration and by epoch are followed. */
    SCHEDULE,
    /** The state is k values per parameter with a fixed whole k, so sizes of variables add up. */
    STATE_SIZE,
    /** A state that does not fit an int is refused; Deeplearning4j would wrap around silently. */
    STATE_OVERFLOW,
    /** State views {@code [n]} and {@code [1, n]} step alike, and nothing outside of the views is touched. */
    STATE_VIEWS,
    /** Initializing writes the whole view; not initializing writes nothing. */
    INITIALIZATION,
    /** All state lives in the view: a new updater on a restored view goes on bit-identically. */
    STATE_IN_VIEW,
    /** All state is in the state map: a new updater made from a copy of it goes on bit-identically (SameDiff). */
    STATE_MAP,
    /** A block steps like its parts: the view is s1 of all parameters, then s2 of all, as Deeplearning4j cuts it. */
    BLOCK_LAYOUT,
    /** Updaters made from one configuration do not influence each other. */
    INDEPENDENCE,
    /** A NaN or infinite gradient poisons neither the state nor later updates; an exception is as good. */
    NON_FINITE_GRADIENT,
    /** Steps at late iterations are finite and not zero. */
    LATE_ITERATION,
    /** With empty state, the first update at a late iteration is the one at iteration 0 (swapped in mid-training). */
    COLD_START,
    /** FLOAT and DOUBLE agree, and arrays keep their types. */
    DATA_TYPES,
    /** A quadratic with curvatures 1 to 100 is minimized. */
    QUADRATIC,
    /** Rosenbrock's function is minimized. */
    ROSENBROCK,
    /** Training a {@code MultiLayerNetwork}, FLOAT and DOUBLE, lowers its loss. */
    TRAINS_NETWORK,
    /** Training a {@code ComputationGraph}, FLOAT and DOUBLE, lowers its loss. */
    TRAINS_GRAPH,
    /** A {@code MultiLayerNetwork} that was saved and restored goes on bit-identically. */
    RESUMES_NETWORK,
    /** A {@code ComputationGraph} that was saved and restored goes on bit-identically. */
    RESUMES_GRAPH,
    /** A clone of a trained {@code MultiLayerNetwork} goes on bit-identically. */
    CLONES_NETWORK,
    /** Equal configurations share a block of the network, different ones do not. */
    BLOCKS,
    /** The state survives when {@code setLearningRate} splits blocks and merges them again. */
    SPLIT_AND_MERGE,
    /** A learning rate of its own changes the steps of that layer and of no other. */
    LAYER_LEARNING_RATE,
    /** {@code setLearningRate} on a network keeps the state and takes effect. */
    NETWORK_LEARNING_RATE,
    /** {@code convertDataType} keeps the state, and training goes on. */
    DATA_TYPE_CONVERSION,
    /** Without the listeners the updater needs, training fails and names one of them. */
    MISSING_LISTENER
}
