/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/** Momentum as PyTorch has it, for references that step with it: v = momentum v + g, update = learning rate v. */
final class HeavyBall implements IUpdater {

    private final double learningRate;
    private final double momentum;

    HeavyBall(double learningRate, double momentum) {
        this.learningRate = learningRate;
        this.momentum = momentum;
    }

    @Override
    public long stateSize(long numParams) {
        return numParams;
    }

    @Override
    public GradientUpdater<HeavyBall> instantiate(INDArray view, boolean initialize) {
        if (initialize) {
            view.assign(0);
        }
        return new Step(view.reshape(view.length()));
    }

    @Override
    public GradientUpdater<HeavyBall> instantiate(Map<String, INDArray> state, boolean initialize) {
        throw new UnsupportedOperationException("not used with SameDiff");
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
    public void setLrAndSchedule(double lr, ISchedule schedule) {
        throw new UnsupportedOperationException("the learning rate of a golden case is constant");
    }

    @Override
    public IUpdater clone() {
        return new HeavyBall(learningRate, momentum);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HeavyBall that && that.learningRate == learningRate && that.momentum == momentum;
    }

    @Override
    public int hashCode() {
        return Double.hashCode(learningRate) * 31 + Double.hashCode(momentum);
    }

    private final class Step implements GradientUpdater<HeavyBall> {

        private final INDArray velocity;

        Step(INDArray velocity) {
            this.velocity = velocity;
        }

        @Override
        public HeavyBall getConfig() {
            return HeavyBall.this;
        }

        @Override
        public void setState(Map<String, INDArray> state, boolean initialize) {
            throw new UnsupportedOperationException("not used with SameDiff");
        }

        @Override
        public Map<String, INDArray> getState() {
            return Map.of("v", velocity);
        }

        @Override
        public void setStateViewArray(INDArray view, long[] shape, char order, boolean initialize) {
            throw new UnsupportedOperationException("bound when created");
        }

        @Override
        public void applyUpdater(INDArray gradient, int iteration, int epoch) {
            velocity.muli(momentum).addi(gradient.reshape(gradient.length()));
            gradient.assign(velocity.mul(learningRate).reshape(gradient.shape()));
        }
    }
}
