/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.api.Model;

/**
 * Turns the gradient of a network, or of some of its variables, into a better one.
 *
 * <p>One object serves one network for the whole training and holds all state of the method. It must not keep a reference
 * to the network, which would never be collected.
 */
interface Preconditioner {

    /**
     * Whether the method wants L1 and L2 in the gradient it works on; if not, they are added to its result.
     *
     * @return the same for the whole training
     */
    boolean seesRegularization();

    /**
     * Reads what is alive only during the backward pass of an iteration.
     *
     * @param model the network inside onBackwardPass; Not modified
     * @param iteration 0-based
     */
    default void afterBackward(Model model, int iteration) {}

    /**
     * Replaces the gradient and advances the state.
     *
     * @param step this iteration; its gradient is Modified
     * @throws ArithmeticException if the method cannot go on, with layer and remedy; {@link #takeBack} follows
     */
    void precondition(PreconditionerStep step);

    /**
     * Goes back to the state, bit for bit, before the last {@link #precondition}, whether that ended or threw: the step is
     * left out. After each, this method or {@link #settle} is called once.
     */
    void takeBack();

    /** The step is made: nothing will be taken back any more. */
    void settle();

    /**
     * Gradients evaluated so far beyond those of plain training.
     *
     * @return a count
     */
    default long evaluations() {
        return 0;
    }

    /**
     * Everything that must survive a restart.
     *
     * @return live arrays by name, to be written at once; Not to be modified
     */
    SavedArrays state();

    /**
     * How many numbers {@link #state()} can have at most for this network and these settings: what claims more is not even
     * read.
     *
     * @return an upper bound
     */
    long mostNumbers();

    /**
     * Goes on from a saved state, before the first step.
     *
     * @param state as {@link #state()} gave it; arrays are taken over
     * @throws IllegalArgumentException if it does not fit the network or the settings; this object is then as before
     */
    void restore(SavedArrays state);
}
