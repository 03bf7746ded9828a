/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * An activation with one formula for z > 0 and another for z ≤ 0, each continued beyond 0.
 *
 * <pre>
 * SELU           λ z                 λ α (e^z - 1)      λ = 1.0507…, α = 1.6732…
 * ELU(1)         z                   e^z - 1
 * RectifiedTanh  tanh z              0
 * </pre>
 *
 * <p>Deeplearning4j's own function is used wherever z is still on its recorded side, so at θ the replay equals it to
 * the last bit; only the few units that crossed take the continued formula.
 */
final class TwoBranches implements Kink {

    private static final double SELU_SCALE = 1.0507009873554805;
    private static final double SELU_ALPHA = 1.6732632423543772;

    /** The branches, as scale and the two formulas. */
    enum Shape {
        SELU,
        ELU,
        RECTIFIED_TANH
    }

    private final IActivation inner;
    private final Shape shape;

    TwoBranches(IActivation inner, Shape shape) {
        this.inner = inner;
        this.shape = shape;
    }

    @Override
    public void record(INDArray z, Recording recording) {
        Nd4j.getExecutioner().exec(new Step(z, recording.firstLike(z)));
    }

    @Override
    public boolean readableFromOutput() {
        return true;
    }

    @Override
    public boolean outputMustBeUnscaled() {
        return false;
    }

    @Override
    public void recordOutput(INDArray a, Recording recording) {
        Nd4j.getExecutioner().exec(new Step(a, recording.firstLike(a)));
    }

    @Override
    public INDArray forward(INDArray z, Recording recording) {
        INDArray positive = recording.first(z);
        INDArray crossed = crossed(z, positive);
        if (isNone(crossed)) {
            return inner.getActivation(z, true);
        }
        INDArray continued = pick(positive, upper(z), lower(z));
        INDArray a = inner.getActivation(z, true);
        return a.addi(continued.subi(a).muli(crossed));
    }

    @Override
    public INDArray backward(INDArray z, INDArray epsilon, Recording recording) {
        INDArray positive = recording.first(z);
        INDArray crossed = crossed(z, positive);
        if (isNone(crossed)) {
            return inner.backprop(z, epsilon).getFirst();
        }
        INDArray continued = pick(positive, upperSlope(z), lowerSlope(z)).muli(epsilon);
        INDArray delta = inner.backprop(z, epsilon).getFirst();
        return delta.addi(continued.subi(delta).muli(crossed));
    }

    private static INDArray crossed(INDArray z, INDArray positive) {
        INDArray now = MemoryOrder.emptyLike(z);
        Nd4j.getExecutioner().exec(new Step(z, now));
        return Transforms.abs(now.subi(positive), false);
    }

    private static boolean isNone(INDArray crossed) {
        return crossed.maxNumber().doubleValue() == 0;
    }

    private static INDArray pick(INDArray positive, INDArray upper, INDArray lower) {
        return upper.subi(lower).muli(positive).addi(lower);
    }

    private INDArray upper(INDArray z) {
        return switch (shape) {
            case SELU -> z.mul(SELU_SCALE);
            case ELU -> z.dup();
            case RECTIFIED_TANH -> Transforms.tanh(z, true);
        };
    }

    private INDArray lower(INDArray z) {
        return switch (shape) {
            case SELU -> exp(z).subi(1).muli(SELU_SCALE * SELU_ALPHA);
            case ELU -> exp(z).subi(1);
            case RECTIFIED_TANH -> z.ulike().assign(0);
        };
    }

    private INDArray upperSlope(INDArray z) {
        return switch (shape) {
            case SELU -> z.ulike().assign(SELU_SCALE);
            case ELU -> z.ulike().assign(1);
            case RECTIFIED_TANH -> {
                INDArray tanh = Transforms.tanh(z, true);
                yield tanh.muli(tanh).rsubi(1);
            }
        };
    }

    private INDArray lowerSlope(INDArray z) {
        return switch (shape) {
            case SELU -> exp(z).muli(SELU_SCALE * SELU_ALPHA);
            case ELU -> exp(z);
            case RECTIFIED_TANH -> z.ulike().assign(0);
        };
    }

    /** e^z for the z at which it is used, near or below 0; large z would give infinity times 0. */
    private static INDArray exp(INDArray z) {
        return Transforms.exp(Transforms.min(z, 1, true), false);
    }
}
