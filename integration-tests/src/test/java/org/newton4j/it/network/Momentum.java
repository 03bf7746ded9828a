/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.network;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * PyTorch's SGD with momentum, which Deeplearning4j lacks and the reference implementations train with.
 *
 * <pre>
 * v = momentum v + (1 - dampening) g        v = 0 at first, dampening included
 * update = learningRate v
 * </pre>
 */
public final class Momentum implements IUpdater {

    private static final long serialVersionUID = 1L;

    private double learningRate;
    private double momentum;
    private double dampening;

    private Momentum() {}

    /** With v = momentum v + (1 - dampening) g. */
    public Momentum(double learningRate, double momentum, double dampening) {
        this.learningRate = learningRate;
        this.momentum = momentum;
        this.dampening = dampening;
    }

    @Override
    public long stateSize(long numParams) {
        return numParams;
    }

    @Override
    public GradientUpdater<Momentum> instantiate(INDArray viewArray, boolean initializeViewArray) {
        if (initializeViewArray) {
            viewArray.assign(0);
        }
        return new Updater(this, viewArray);
    }

    @Override
    public GradientUpdater<Momentum> instantiate(Map<String, INDArray> updaterState, boolean initializeStateArrays) {
        return instantiate(updaterState.get("V"), initializeStateArrays);
    }

    @Override
    public Momentum clone() {
        return new Momentum(learningRate, momentum, dampening);
    }

    @Override
    public double getLearningRate(int iteration, int epoch) {
        return learningRate;
    }

    @Override
    public boolean hasLearningRate() {
        return true;
    }

    @Override
    public void setLrAndSchedule(double lr, ISchedule lrSchedule) {
        learningRate = lr;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Momentum that
                && learningRate == that.learningRate
                && momentum == that.momentum
                && dampening == that.dampening;
    }

    @Override
    public int hashCode() {
        return java.util.Objects.hash(learningRate, momentum, dampening);
    }

    private record Updater(Momentum config, INDArray velocity) implements GradientUpdater<Momentum> {

        @Override
        public Momentum getConfig() {
            return config;
        }

        @Override
        public void setState(Map<String, INDArray> stateMap, boolean initialize) {
            velocity.assign(stateMap.get("V"));
        }

        @Override
        public Map<String, INDArray> getState() {
            return Map.of("V", velocity);
        }

        @Override
        public void setStateViewArray(
                INDArray viewArray, long[] gradientShape, char gradientOrder, boolean initialize) {
            throw new UnsupportedOperationException("SameDiff is not trained with it");
        }

        @Override
        public void applyUpdater(INDArray gradient, int iteration, int epoch) {
            velocity.muli(config.momentum)
                    .addi(gradient.mul(1 - config.dampening).reshape(velocity.shape()));
            gradient.assign(velocity.mul(config.learningRate).reshape(gradient.shape()));
        }
    }
}
