/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;

/**
 * The updater of every preconditioner: it takes the preconditioned gradient the listener delivers and hands it to the
 * base updater.
 *
 * <p>Its state in Deeplearning4j's view is that of the base updater, nothing more. The preconditioner's own state belongs
 * to the network, not to a block, and is kept by the listener's side. Not safe for use by several threads at once.
 */
public final class PreconditionedUpdater implements GradientUpdater<PreconditionerConfig>, GradientConsumer {

    private final PreconditionerConfig config;
    private final GradientUpdater<?> base;
    private @Nullable Delivery delivery;

    /** The gradient for one iteration; null means that the step is left out. */
    private record Delivery(int iteration, @Nullable INDArray gradient) {}

    PreconditionedUpdater(PreconditionerConfig config, GradientUpdater<?> base) {
        this.config = config;
        this.base = base;
    }

    @Override
    public PreconditionerConfig getConfig() {
        return config;
    }

    @Override
    public Preconditioning preconditioning() {
        return config.preconditioning();
    }

    /**
     * Hands state to the base updater.
     *
     * @param stateMap what the base updater expects
     * @param initialize whether it is to write its initial state
     */
    @Override
    public void setState(Map<String, INDArray> stateMap, boolean initialize) {
        base.setState(stateMap, initialize);
    }

    /**
     * State of the base updater.
     *
     * @return as the base updater names it
     */
    @Override
    public Map<String, INDArray> getState() {
        return base.getState();
    }

    /**
     * Binds the base updater to a state view.
     *
     * @param viewArray state view; Modified if {@code initialize}
     * @param gradientShape shape of the gradients to come
     * @param gradientOrder order of the gradients to come
     * @param initialize whether to write the initial state
     */
    @Override
    public void setStateViewArray(INDArray viewArray, long[] gradientShape, char gradientOrder, boolean initialize) {
        base.setStateViewArray(viewArray, gradientShape, gradientOrder, initialize);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if {@code gradient} is not flat
     */
    @Override
    public void acceptGradient(INDArray gradient, int iteration) {
        if (gradient.rank() != 1) {
            throw new IllegalArgumentException("the preconditioned gradient has rank " + gradient.rank()
                    + ", but must be flat, in the order of this updater's block");
        }
        delivery = new Delivery(iteration, gradient);
    }

    @Override
    public void requireLearningRate(int iteration, int epoch) {
        if (config.hasLearningRate()) {
            config.stepLearningRate(iteration, epoch);
        }
    }

    @Override
    public void skipStep(int iteration) {
        delivery = new Delivery(iteration, null);
    }

    /**
     * Replaces the gradient by the base updater's update of the preconditioned gradient.
     *
     * @param gradient of any shape with the length of the block; Modified
     * @param iteration 0-based
     * @param epoch 0-based
     * @throws IllegalStateException if no preconditioned gradient was delivered for this iteration, or one of another
     *     length or type, or if the schedule's learning rate is not finite or negative
     */
    @Override
    public void applyUpdater(INDArray gradient, int iteration, int epoch) {
        if (gradient.length() == 0) {
            return;
        }
        Delivery delivered = delivery;
        // A gradient serves one step only; a failed step must not leave it for the next one.
        delivery = null;
        if (delivered == null) {
            throw MissingDelivery.of(config.name(), "a preconditioned gradient", iteration);
        }
        if (delivered.iteration() != iteration) {
            throw new IllegalStateException(config.name() + ": a gradient was delivered for iteration "
                    + delivered.iteration() + ", but the step is that of iteration " + iteration
                    + "; deliver it between the gradient and the step of one iteration");
        }
        INDArray preconditioned = delivered.gradient();
        if (preconditioned == null) {
            gradient.assign(0);
            return;
        }
        if (!(preconditioned.length() == gradient.length() && preconditioned.dataType() == gradient.dataType())) {
            throw new IllegalStateException(config.name() + ": the preconditioned gradient is "
                    + preconditioned.length() + " x " + preconditioned.dataType() + ", but the gradient is "
                    + gradient.length() + " x " + gradient.dataType());
        }
        requireLearningRate(iteration, epoch);
        gradient.assign(gradient.rank() == 1 ? preconditioned : preconditioned.reshape('c', gradient.shape()));
        base.applyUpdater(gradient, iteration, epoch);
    }
}
