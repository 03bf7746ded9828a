/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.api.ops.impl.transforms.pairwise.arithmetic.MulOp;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A piecewise linear activation as the line it follows at θ.
 *
 * <pre>
 * a = s z + c,   dL/dz = s dL/da;   s = f'(z), c = f(z) - s z at θ
 * </pre>
 *
 * <p>On a sloped piece c is a known constant, so it is set rather than computed: then the replay at θ repeats the
 * arithmetic of Deeplearning4j to the last bit.
 */
final class PiecewiseLinear implements Kink {

    /** How slope and offset follow from the output a. */
    private enum Output {
        /** s = [a > 0], c = 0. */
        STEP,
        /** s = [a ≥ 0] ? 1 : α, c = 0; for 0 < α ≤ 1. */
        LEAKY,
        /** s = [low < a < high], c = s ? offset of the sloped piece : a. */
        CLIPPED,
        /** Not at all. */
        UNREADABLE
    }

    /** Deeplearning4j gives a leaky relu slope 1 at exactly 0; Step compares with >. */
    static final double BELOW_ZERO = -Float.MIN_NORMAL;

    private final IActivation inner;
    private final Output output;
    private final double leak;
    private final double low;
    private final double high;
    private final double slopedOffset;
    private final boolean offsetComputed;

    private PiecewiseLinear(
            IActivation inner,
            Output output,
            double leak,
            double low,
            double high,
            double slopedOffset,
            boolean offsetComputed) {
        this.inner = inner;
        this.output = output;
        this.leak = leak;
        this.low = low;
        this.high = high;
        this.slopedOffset = slopedOffset;
        this.offsetComputed = offsetComputed;
    }

    static PiecewiseLinear of(ActivationReLU relu) {
        if (relu.getMax() == null && relu.getThreshold() == null && relu.getNegativeSlope() == null) {
            return new PiecewiseLinear(relu, Output.STEP, 0, 0, 0, 0, false);
        }
        boolean atZero = relu.getThreshold() == null || relu.getThreshold() == 0;
        return leaky(
                relu, atZero && relu.getMax() == null, relu.getNegativeSlope() == null ? 0 : relu.getNegativeSlope());
    }

    static PiecewiseLinear of(ActivationLReLU relu) {
        return leaky(relu, true, relu.getAlpha());
    }

    private static PiecewiseLinear leaky(IActivation relu, boolean bentAtZeroOnly, double slope) {
        boolean readable = bentAtZeroOnly && slope > 0 && slope <= 1;
        return new PiecewiseLinear(relu, readable ? Output.LEAKY : Output.UNREADABLE, slope, 0, 0, 0, !readable);
    }

    static PiecewiseLinear of(ActivationThresholdedReLU relu) {
        boolean readable = relu.getTheta() >= 0;
        return new PiecewiseLinear(relu, readable ? Output.STEP : Output.UNREADABLE, 0, 0, 0, 0, !readable);
    }

    static PiecewiseLinear of(ActivationReLU6 relu) {
        return new PiecewiseLinear(relu, Output.CLIPPED, 0, 0, 6, 0, false);
    }

    static PiecewiseLinear of(ActivationHardTanH tanh) {
        return new PiecewiseLinear(tanh, Output.CLIPPED, 0, -1, 1, 0, false);
    }

    static PiecewiseLinear of(ActivationHardSigmoid sigmoid) {
        return new PiecewiseLinear(sigmoid, Output.CLIPPED, 0, 0, 1, 0.5, false);
    }

    @Override
    public boolean readableFromOutput() {
        return output != Output.UNREADABLE;
    }

    @Override
    public boolean outputMustBeUnscaled() {
        return output == Output.CLIPPED;
    }

    @Override
    public void record(INDArray z, Recording recording) {
        INDArray slope = recording.firstLike(z);
        if (output == Output.STEP && inner instanceof ActivationReLU) {
            step(z, slope, 0);
            return;
        }
        if (output == Output.LEAKY) {
            recordOutput(z, recording);
            return;
        }
        slope.assign(inner.backprop(z.dup(), z.ulike().assign(1)).getFirst());
        if (!hasOffset()) {
            return;
        }
        INDArray a = inner.getActivation(z.dup(), true);
        if (offsetComputed) {
            recording.secondLike(z).assign(a.subi(z.mul(slope)));
        } else {
            setOffset(slope.neq(0).castTo(z.dataType()), a, recording.secondLike(z));
        }
    }

    @Override
    public void recordOutput(INDArray a, Recording recording) {
        INDArray slope = recording.firstLike(a);
        switch (output) {
            case STEP -> step(a, slope, 0);
            case LEAKY -> {
                // max(step, α) and not step (1 - α) + α, which need not be 1 where it should.
                step(a, slope, BELOW_ZERO);
                if (hasOwnBackwardSlope(a)) {
                    Transforms.max(recording.secondLike(a).assign(slope), (float) leak, false);
                }
                Transforms.max(slope, leak, false);
            }
            case CLIPPED -> {
                slope.assign(a.gt(low).castTo(a.dataType()).muli(a.lt(high).castTo(a.dataType())));
                setOffset(slope, a, recording.secondLike(a));
                if (inner instanceof ActivationHardSigmoid) {
                    // Deeplearning4j's constant is a float in DOUBLE networks too.
                    slope.muli(0.2f);
                }
            }
            default -> throw new IllegalStateException("pieces of " + inner + " cannot be read from its output");
        }
    }

    @Override
    public INDArray forward(INDArray z, Recording recording) {
        INDArray[] aligned = MemoryOrder.aligned(z, recording.first(z));
        aligned[0].muli(aligned[1]);
        return hasOffset() ? z.addi(recording.second(z)) : z;
    }

    @Override
    public INDArray backward(INDArray z, INDArray epsilon, Recording recording) {
        INDArray slope = hasOwnBackwardSlope(z) ? recording.second(z) : recording.first(z);
        INDArray[] aligned = MemoryOrder.aligned(epsilon, slope, z);
        Nd4j.getExecutioner().exec(new MulOp(aligned[0], aligned[1], aligned[2]));
        return z;
    }

    /** target = [source > threshold]. */
    private static void step(INDArray source, INDArray target, double threshold) {
        INDArray[] aligned = MemoryOrder.aligned(source, target);
        Nd4j.getExecutioner().exec(new Step(aligned[0], aligned[1], threshold));
    }

    /** Deeplearning4j multiplies by α going forward and by its nearest float going backward. */
    private boolean hasOwnBackwardSlope(INDArray z) {
        return output == Output.LEAKY && z.dataType() == DataType.DOUBLE;
    }

    private boolean hasOffset() {
        return output == Output.CLIPPED || offsetComputed;
    }

    /** c = sloped ? slopedOffset : a. */
    private void setOffset(INDArray sloped, INDArray a, INDArray offset) {
        offset.assign(sloped).rsubi(1).muli(a);
        if (slopedOffset != 0) {
            offset.addi(sloped.mul(slopedOffset));
        }
    }
}
