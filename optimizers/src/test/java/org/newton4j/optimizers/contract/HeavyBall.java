/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Momentum as a user may write it, v' = momentum v + g and update = learningRate v', who owes nothing to this library;
 * keeps every clause. Not final and in small pieces, so that {@link BrokenUpdaters} can break one piece each.
 */
public class HeavyBall implements IUpdater {

    protected double learningRate;
    protected @Nullable ISchedule learningRateSchedule;
    protected double momentum;

    protected HeavyBall() {}

    public HeavyBall(double learningRate, double momentum) {
        this.learningRate = learningRate;
        this.momentum = momentum;
        check();
    }

    protected void check() {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum = " + momentum + ", but must be in [0, 1)");
        }
    }

    /** Replaces the gradient by the update. */
    protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
        clean(gradient);
        v.muli(momentum).addi(gradient);
        gradient.assign(v).muli(rate);
    }

    protected void clean(INDArray gradient) {
        for (long i = 0; i < gradient.length(); i++) {
            if (!Double.isFinite(gradient.getDouble(i))) {
                gradient.putScalar(i, 0);
            }
        }
    }

    @Override
    public long stateSize(long numParams) {
        if (numParams > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("numParams = " + numParams + " does not fit an int");
        }
        return numParams;
    }

    @Override
    public GradientUpdater<?> instantiate(INDArray viewArray, boolean initializeViewArray) {
        HeavyBallUpdater updater = new HeavyBallUpdater(this);
        updater.bind(viewArray.reshape(viewArray.length()), initializeViewArray);
        return updater;
    }

    @Override
    public GradientUpdater<?> instantiate(Map<String, INDArray> updaterState, boolean initializeStateArrays) {
        HeavyBallUpdater updater = new HeavyBallUpdater(this);
        updater.setState(updaterState, initializeStateArrays);
        return updater;
    }

    @Override
    public double getLearningRate(int iteration, int epoch) {
        return learningRateSchedule == null ? learningRate : learningRateSchedule.valueAt(iteration, epoch);
    }

    @Override
    public boolean hasLearningRate() {
        return true;
    }

    @Override
    public void setLrAndSchedule(double lr, @Nullable ISchedule lrSchedule) {
        // A schedule comes with a NaN, which JSON cannot hold.
        learningRate = lrSchedule == null ? lr : 0;
        learningRateSchedule = lrSchedule;
    }

    @Override
    public IUpdater clone() {
        try {
            return (IUpdater) super.clone();
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other != null
                && other.getClass() == getClass()
                && learningRate == ((HeavyBall) other).learningRate
                && momentum == ((HeavyBall) other).momentum
                && Objects.equals(learningRateSchedule, ((HeavyBall) other).learningRateSchedule);
    }

    @Override
    public int hashCode() {
        return Objects.hash(getClass(), learningRate, momentum, learningRateSchedule);
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "(" + learningRate + ", " + momentum + ")";
    }

    /** Binds the state and steps. */
    public static class HeavyBallUpdater implements GradientUpdater<HeavyBall> {

        protected final HeavyBall config;
        protected @Nullable INDArray v;

        public HeavyBallUpdater(HeavyBall config) {
            this.config = config;
        }

        protected void bind(INDArray view, boolean initialize) {
            v = view;
            if (initialize) {
                v.assign(0);
            }
        }

        @Override
        public HeavyBall getConfig() {
            return config;
        }

        @Override
        public void setState(Map<String, INDArray> stateMap, boolean initialize) {
            bind(stateMap.get("V"), initialize);
        }

        @Override
        public Map<String, INDArray> getState() {
            return Map.of("V", v);
        }

        @Override
        public void setStateViewArray(INDArray view, long[] gradientShape, char gradientOrder, boolean initialize) {
            bind(view.reshape(view.length()), initialize);
        }

        @Override
        public void applyUpdater(INDArray gradient, int iteration, int epoch) {
            config.step(v, gradient, config.getLearningRate(iteration, epoch), iteration);
        }
    }
}
