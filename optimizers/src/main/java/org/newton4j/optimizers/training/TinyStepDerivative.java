/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Central differences of a DOUBLE shadow's gradient with a tiny step: the way that works for any layer.
 *
 * <pre>
 * H v ≈ (g(θ + ε v) - g(θ - ε v)) / (2 ε),   ε = δ max(1, rms θ) / rms v,   δ = 1e-10
 * </pre>
 *
 * <p>A relu or max-pool unit that switches between the two points adds the jump of the gradient divided by 2 ε, so a
 * larger step is not safer: the chance of a switch grows with the step as its damage shrinks. On LeNet with a batch of
 * 64, one product in about a thousand meets a switch at this step; rounding costs 1e-7 … 3e-5 of the result.
 */
final class TinyStepDerivative implements GradientDerivative {

    private static final double STEP = 1e-10;

    private final ShadowNetwork shadow;
    private final LossRounding rounding;
    private final INDArray point;
    private final INDArray ahead;
    private double scale = 1;
    private long evaluations;

    TinyStepDerivative(WatchedShadow watched) {
        shadow = watched.network();
        rounding = watched.rounding();
        if (shadow.type() != DataType.DOUBLE) {
            throw new IllegalArgumentException("the tiny step needs a DOUBLE shadow, but it is " + shadow.type());
        }
        long n = shadow.parameters().length();
        this.point = Nd4j.createUninitialized(DataType.DOUBLE, n);
        this.ahead = Nd4j.createUninitialized(DataType.DOUBLE, n);
    }

    /**
     * Sets the point.
     *
     * @param parameters θ, flat, rank 1; Not modified
     */
    void moveTo(INDArray parameters) {
        point.assign(parameters);
        scale = Math.max(1, Vectors.rms(point));
    }

    @Override
    public Product along(INDArray direction, boolean signs, double divisor, INDArray out) {
        double size = Vectors.rms(direction);
        if (size == 0) {
            out.assign(0);
            return Product.EXACT;
        }
        if (!(size > 0)) {
            throw new IllegalArgumentException("direction has rms " + size + ", but must be finite");
        }
        double step = STEP * scale / size;
        INDArray v = direction.castTo(DataType.DOUBLE);
        ahead.assign(gradientAt(v, step));
        double gradient = Norms.of(ahead);
        ahead.subi(gradientAt(v, -step));
        double change = Norms.of(ahead);
        out.assign(ahead.divi(2 * step * divisor));
        double error = rounding.relative(DataType.DOUBLE) * gradient;
        return new Product(ProductError.of(error, change, false), true).dividedBy(2 * step * divisor);
    }

    @Override
    public long evaluations() {
        return evaluations;
    }

    private INDArray gradientAt(INDArray v, double step) {
        INDArray parameters = shadow.parameters();
        parameters.assign(v).muli(step).addi(point);
        evaluations++;
        try {
            return shadow.gradient();
        } catch (RuntimeException failure) {
            // Some parts of Deeplearning4j create arrays of ND4J's default type whatever the type of the network.
            throw new IllegalStateException(
                    "curvature of this network needs its gradient in DOUBLE, which cannot be evaluated: "
                            + failure.getMessage()
                            + ". Where a part of it, such as RReLU, works only in ND4J's default type, now "
                            + Nd4j.defaultFloatingPointType()
                            + ", call Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE) first; or use an optimizer "
                            + "that needs no Hessian, for example Mkor, Lion or Adam",
                    failure);
        }
    }
}
