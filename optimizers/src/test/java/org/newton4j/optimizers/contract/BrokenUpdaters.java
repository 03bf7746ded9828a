/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.contract;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.nd4j.shade.jackson.annotation.JsonIgnoreProperties;

/** {@link HeavyBall} with one mistake each; the mistakes are such as people make. */
final class BrokenUpdaters {

    private BrokenUpdaters() {}

    /** A field is missing in the JSON. */
    @JsonIgnoreProperties("momentum")
    public static class LosesField extends HeavyBall {
        protected LosesField() {}

        public LosesField(double learningRate, double momentum) {
            super(learningRate, momentum);
        }
    }

    /** A field cannot be serialized. */
    public static class NotSerializable extends HeavyBall {
        @JsonIgnore
        private final Object lock = new Object();

        protected NotSerializable() {}

        public NotSerializable(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
            synchronized (lock) {
                super.step(v, gradient, rate, iteration);
            }
        }
    }

    /** The clone is the original. */
    public static class CloneIsThis extends HeavyBall {
        protected CloneIsThis() {}

        public CloneIsThis(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        @SuppressWarnings("MethodDoesntCallSuperMethod")
        public IUpdater clone() {
            return this;
        }
    }

    /** The clone shares what setLrAndSchedule writes. */
    public static class CloneShares extends HeavyBall {
        private double[] shared = {0};

        protected CloneShares() {}

        public CloneShares(double learningRate, double momentum) {
            super(learningRate, momentum);
            shared[0] = learningRate;
        }

        @Override
        public double getLearningRate(int iteration, int epoch) {
            return learningRateSchedule == null ? shared[0] : super.getLearningRate(iteration, epoch);
        }

        @Override
        public void setLrAndSchedule(double lr, @Nullable ISchedule lrSchedule) {
            super.setLrAndSchedule(lr, lrSchedule);
            shared[0] = learningRate;
        }

        @Override
        public boolean equals(Object other) {
            return super.equals(other) && shared[0] == ((CloneShares) other).shared[0];
        }

        @Override
        public int hashCode() {
            return super.hashCode();
        }
    }

    /** Equality forgets a field. */
    public static class EqualsMissesField extends HeavyBall {
        protected EqualsMissesField() {}

        public EqualsMissesField(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        public boolean equals(Object other) {
            return other != null
                    && other.getClass() == getClass()
                    && learningRate == ((HeavyBall) other).learningRate
                    && Objects.equals(learningRateSchedule, ((HeavyBall) other).learningRateSchedule);
        }

        @Override
        public int hashCode() {
            return Objects.hash(learningRate, learningRateSchedule);
        }
    }

    /** Equality is that of objects. */
    public static class EqualsIsIdentity extends HeavyBall {
        protected EqualsIsIdentity() {}

        public EqualsIsIdentity(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /** A hyper-parameter is accepted and never used. */
    public static class IgnoresMomentum extends HeavyBall {
        protected IgnoresMomentum() {}

        public IgnoresMomentum(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
            clean(gradient);
            v.muli(0.9).addi(gradient);
            gradient.assign(v).muli(rate);
        }
    }

    /** A hyper-parameter that no variant changes. */
    public static class HasUntriedField extends HeavyBall {
        private double dampening = 0.5;

        protected HasUntriedField() {}

        public HasUntriedField(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
            super.step(v, gradient.muli(1 - dampening), rate, iteration);
        }
    }

    /** Takes any number for a hyper-parameter. */
    public static class AcceptsNonsense extends HeavyBall {
        protected AcceptsNonsense() {}

        public AcceptsNonsense(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void check() {}
    }

    /** Reports the learning rate and uses another. */
    public static class FixedRate extends HeavyBall {
        protected FixedRate() {}

        public FixedRate(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
            super.step(v, gradient, 0.05, iteration);
        }
    }

    /** A learning rate that is set later is ignored. */
    public static class IgnoresSetRate extends HeavyBall {
        protected IgnoresSetRate() {}

        public IgnoresSetRate(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        public void setLrAndSchedule(double lr, @Nullable ISchedule lrSchedule) {}
    }

    /** A schedule is kept and not looked at. */
    public static class IgnoresSchedule extends HeavyBall {
        protected IgnoresSchedule() {}

        public IgnoresSchedule(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        public double getLearningRate(int iteration, int epoch) {
            return learningRateSchedule == null ? learningRate : learningRateSchedule.valueAt(0, 0);
        }
    }

    /** A schedule by epoch is asked with epoch 0. */
    public static class IgnoresEpoch extends HeavyBall {
        protected IgnoresEpoch() {}

        public IgnoresEpoch(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        public double getLearningRate(int iteration, int epoch) {
            return super.getLearningRate(iteration, 0);
        }
    }

    /** One value more per variable, for a counter. */
    public static class SizeIsNotAdditive extends HeavyBall {
        protected SizeIsNotAdditive() {}

        public SizeIsNotAdditive(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        public long stateSize(long numParams) {
            return numParams + 1;
        }
    }

    /** Does not look how large the state gets. */
    public static class Overflows extends HeavyBall {
        protected Overflows() {}

        public Overflows(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        public long stateSize(long numParams) {
            return numParams;
        }
    }

    /** Knows row vectors of one rank only. */
    public static class RankOneOnly extends HeavyBall {
        protected RankOneOnly() {}

        public RankOneOnly(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        public GradientUpdater<?> instantiate(INDArray viewArray, boolean initializeViewArray) {
            if (viewArray.rank() != 1) {
                throw new IllegalArgumentException("rank " + viewArray.rank());
            }
            return super.instantiate(viewArray, initializeViewArray);
        }
    }

    /** The base of those whose updater is broken, not the configuration. */
    private abstract static class WithUpdater extends HeavyBall {
        protected WithUpdater() {}

        protected WithUpdater(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        protected abstract HeavyBallUpdater updater();

        @Override
        public GradientUpdater<?> instantiate(INDArray viewArray, boolean initializeViewArray) {
            HeavyBallUpdater updater = updater();
            updater.bind(viewArray.reshape(viewArray.length()), initializeViewArray);
            return updater;
        }

        @Override
        public GradientUpdater<?> instantiate(Map<String, INDArray> updaterState, boolean initializeStateArrays) {
            HeavyBallUpdater updater = updater();
            updater.setState(updaterState, initializeStateArrays);
            return updater;
        }
    }

    /** Writes to the buffer below the view. */
    public static class ClearsBeside extends WithUpdater {
        protected ClearsBeside() {}

        public ClearsBeside(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected HeavyBallUpdater updater() {
            return new HeavyBallUpdater(this) {
                @Override
                protected void bind(INDArray view, boolean initialize) {
                    super.bind(view, initialize);
                    if (initialize && view.isView()) {
                        view.data().originalDataBuffer().assign(0);
                    }
                }
            };
        }
    }

    /** Trusts that the view holds zeros. */
    public static class NeverInitializes extends WithUpdater {
        protected NeverInitializes() {}

        public NeverInitializes(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected HeavyBallUpdater updater() {
            return new HeavyBallUpdater(this) {
                @Override
                protected void bind(INDArray view, boolean initialize) {
                    super.bind(view, false);
                }
            };
        }
    }

    /** Clears the view whether asked or not. */
    public static class AlwaysInitializes extends WithUpdater {
        protected AlwaysInitializes() {}

        public AlwaysInitializes(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected HeavyBallUpdater updater() {
            return new HeavyBallUpdater(this) {
                @Override
                protected void bind(INDArray view, boolean initialize) {
                    super.bind(view, true);
                }
            };
        }
    }

    /** Keeps its state in an array of its own. */
    public static class StateBesideView extends WithUpdater {
        protected StateBesideView() {}

        public StateBesideView(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected HeavyBallUpdater updater() {
            return new HeavyBallUpdater(this) {
                @Override
                protected void bind(INDArray view, boolean initialize) {
                    super.bind(view.dup(), initialize);
                }
            };
        }
    }

    /** Takes no state from a map. */
    public static class IgnoresStateMap extends WithUpdater {
        protected IgnoresStateMap() {}

        public IgnoresStateMap(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected HeavyBallUpdater updater() {
            return new HeavyBallUpdater(this) {
                @Override
                public void setState(Map<String, INDArray> stateMap, boolean initialize) {
                    super.setState(stateMap, true);
                }
            };
        }
    }

    /** Divides by the norm of the block, which depends on how Deeplearning4j cut the blocks. */
    public static class NormalizesBlock extends HeavyBall {
        protected NormalizesBlock() {}

        public NormalizesBlock(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
            super.step(v, gradient.divi(gradient.norm2Number().doubleValue()), rate, iteration);
        }
    }

    /** Counts the steps of all updaters together. */
    public static class CountsForAll extends HeavyBall {
        private static int steps;

        protected CountsForAll() {}

        public CountsForAll(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
            steps++;
            super.step(v, gradient, rate / steps, iteration);
        }
    }

    /** Lets NaN into the moving average. */
    public static class KeepsNan extends HeavyBall {
        protected KeepsNan() {}

        public KeepsNan(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void clean(INDArray gradient) {}
    }

    /** A power of the iteration underflows. */
    public static class VanishesLate extends HeavyBall {
        protected VanishesLate() {}

        public VanishesLate(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
            super.step(v, gradient, rate * Math.pow(0.5, iteration), iteration);
        }
    }

    /** Corrects the bias by the iteration, not by how often it stepped. */
    public static class CorrectsByIteration extends HeavyBall {
        protected CorrectsByIteration() {}

        public CorrectsByIteration(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
            super.step(v, gradient, rate / (1 - Math.pow(momentum, iteration + 1.0)), iteration);
        }
    }

    /** Computes in half precision unless the network is DOUBLE. */
    public static class RoundsFloat extends HeavyBall {
        protected RoundsFloat() {}

        public RoundsFloat(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
            super.step(v, gradient, rate, iteration);
            if (gradient.dataType() == DataType.FLOAT) {
                gradient.assign(gradient.castTo(DataType.HALF));
            }
        }
    }

    /** Has its arrays in FLOAT, whatever comes. */
    public static class FloatOnly extends HeavyBall {
        protected FloatOnly() {}

        public FloatOnly(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
            INDArray one = Nd4j.ones(DataType.FLOAT, gradient.length());
            if (one.dataType() != gradient.dataType()) {
                throw new IllegalStateException("the gradient is " + gradient.dataType());
            }
            super.step(v, gradient, rate, iteration);
        }
    }

    /** Walks uphill. */
    public static class WrongSign extends HeavyBall {
        protected WrongSign() {}

        public WrongSign(double learningRate, double momentum) {
            super(learningRate, momentum);
        }

        @Override
        protected void step(INDArray v, INDArray gradient, double rate, int iteration) {
            super.step(v, gradient, -rate, iteration);
        }
    }
}
