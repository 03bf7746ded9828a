/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.kernel.Kernels;
import org.newton4j.curvature.kernel.StepCounts;
import org.newton4j.curvature.kernel.StepKernels;

/** What an optimizer's formula may look at during one step; built anew for every step by {@link FusedUpdater}. */
public final class UpdaterStep {

    private final INDArray gradient;
    private final Map<String, INDArray> state;
    private final int iteration;
    private final double learningRate;
    private final boolean coldStart;
    private final Curvature curvature;
    private WinRate winRate = WinRate.NONE;

    /**
     * The curvature of a step.
     *
     * @param diagonal the new estimate, or null
     * @param first whether no step was ever made with this state
     * @param estimates number of estimates up to and with this step, 0 for an optimizer without curvature
     */
    record Curvature(@Nullable INDArray diagonal, boolean first, long estimates) {
        static final Curvature NONE = new Curvature(null, false, 0);
    }

    UpdaterStep(
            INDArray gradient,
            Map<String, INDArray> state,
            int iteration,
            double learningRate,
            boolean coldStart,
            Curvature curvature) {
        this.gradient = gradient;
        this.state = state;
        this.iteration = iteration;
        this.learningRate = learningRate;
        this.coldStart = coldStart;
        this.curvature = curvature;
    }

    /**
     * The kernels that fit the arrays of this step.
     *
     * @return the chosen implementation
     */
    public StepKernels kernels() {
        INDArray[] arrays = new INDArray[1 + state.size() + (curvature.diagonal() == null ? 0 : 1)];
        arrays[0] = gradient;
        int i = 1;
        for (INDArray slot : state.values()) {
            arrays[i++] = slot;
        }
        if (curvature.diagonal() != null) {
            arrays[i] = curvature.diagonal();
        }
        return Kernels.of(arrays);
    }

    /**
     * Gradient of the block, to be replaced by the update that is subtracted from the parameters.
     *
     * @return rank 1, not a copy
     */
    public INDArray gradient() {
        return gradient;
    }

    /**
     * A state vector.
     *
     * @param slot one of the layout's keys
     * @return rank 1, length and type of the gradient, not a copy
     * @throws IllegalArgumentException if there is no such key
     */
    public INDArray state(String slot) {
        INDArray vector = state.get(slot);
        if (vector == null) {
            throw new IllegalArgumentException("slot = " + slot + ", but must be one of " + state.keySet());
        }
        return vector;
    }

    /**
     * Learning rate of this step.
     *
     * @return finite, at least 0
     */
    public double learningRate() {
        return learningRate;
    }

    /**
     * Number t of this step.
     *
     * @return the iteration, which Deeplearning4j counts from 0, plus 1
     */
    public long number() {
        return iteration + 1L;
    }

    /**
     * Whether the whole state is zero although this may not be the first iteration: the optimizer was swapped in during
     * training, or all gradients so far were zero. Bias corrections then need {@link BiasCorrection#coldStartDecay}.
     *
     * @return true at iteration 0, too
     */
    public boolean isColdStart() {
        return coldStart;
    }

    /**
     * The new curvature estimate.
     *
     * @return rank 1, length and type of the gradient; null if this step has none. Not to be modified
     */
    public @Nullable INDArray curvature() {
        return curvature.diagonal();
    }

    /**
     * Whether {@link #curvature()} is the first estimate folded in, whatever {@link #estimates()} says.
     *
     * @return true while the whole state is zero
     */
    public boolean isFirstCurvature() {
        return curvature.first();
    }

    /**
     * Number n of estimates folded in up to and with this step.
     *
     * @return at least 1 for optimizers that want curvature, 0 for others
     */
    public long estimates() {
        return curvature.estimates();
    }

    /**
     * Tells what an optimizer that clips has counted, for {@link FusedUpdater#winRate()}.
     *
     * @param counts of the whole block
     */
    public void countClipping(StepCounts counts) {
        winRate = new WinRate(counts.unclipped(), gradient.length() - counts.leftOut());
    }

    WinRate winRate() {
        return winRate;
    }
}
