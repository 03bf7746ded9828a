/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The side of an updater that the listener sees: it is asked whether it wants curvature, and handed it.
 *
 * <p>Within one iteration the order is {@link #wantsCurvature}, then {@link #acceptCurvature} or
 * {@link #skipStep}, then the step. A step whose curvature is due and was not accepted fails with a message that names
 * {@code CurvatureListener}, unless it was to be skipped.
 */
public interface CurvatureConsumer extends SkippableStep {

    /**
     * What this updater needs.
     *
     * @return empty if it works on gradients alone
     */
    Optional<CurvatureRequest> curvatureRequest();

    /**
     * Whether the step of this iteration needs a new estimate: the iteration is due, or no step was ever made. In the second
     * case a step whose gradient is zero throughout does without: it moves nothing and leaves the state blank.
     *
     * @param iteration the iteration about to be stepped, 0-based
     * @return true if {@link #acceptCurvature} or {@link #skipStep} has to be called before the step
     */
    boolean wantsCurvature(int iteration);

    /**
     * Hands over the estimate for the step of this iteration.
     *
     * @param diagonal flat, length and type of this updater's gradient block, all entries finite; Not modified; read
     *     until the step of this iteration is over
     * @param iteration the iteration about to be stepped, 0-based
     */
    void acceptCurvature(INDArray diagonal, int iteration);

    /**
     * Declares that the first step with this state waits for the next iteration that is due: until then, parameters and
     * state stay as they are. For those who cannot know in time whether there is a gradient at all.
     *
     * @param iteration the iteration about to be stepped, 0-based
     */
    void awaitCurvature(int iteration);
}
