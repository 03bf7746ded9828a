/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.training.RandomStream;

/**
 * Products with the Hessian of a graph's loss, by central differences of its gradient.
 *
 * <pre>
 * H v ≈ (g(θ + ε v) - g(θ - ε v)) / (2 ε),   ε = δ s / rms v
 * </pre>
 *
 * <p>In DOUBLE, s = max(1, rms θ), and δ is the cube root of 2^-52, 6e-6, where all operations are smooth: the error is
 * about 1e-10 of the result. Elsewhere δ is 1e-10: a relu that switches between the two points adds the jump of the gradient
 * divided by 2 ε, and the smaller the step, the rarer that is; rounding then costs 1e-7 … 3e-5. In FLOAT and narrower
 * types, where such a step is lost in rounding, δ is the cube root of the type's precision and s = rms θ: 1e-4 on smooth graphs in
 * FLOAT, and of no use where there are kinks.
 *
 * <p>Every evaluation starts at the same place of the random stream, so random operations repeat themselves.
 */
final class GraphHessian {

    private static final double TINY = 1e-10;

    private final GraphGradient gradient;
    private final double delta;
    private final INDArray point;
    private final INDArray there;
    private final INDArray ahead;
    private long evaluations;

    /**
     * Prepares products.
     *
     * @param gradient how gradients are evaluated
     * @param length of the flat vectors
     * @param smooth whether no operation of the graph has kinks
     */
    GraphHessian(GraphGradient gradient, long length, boolean smooth) {
        this.gradient = gradient;
        double precision = switch (gradient.precision()) {
            case DOUBLE -> 0x1p-52;
            case FLOAT -> 0x1p-23;
            case HALF -> 0x1p-10;
            default -> 0x1p-7;
        };
        delta = isWide() && !smooth ? TINY : Math.cbrt(precision);
        point = Nd4j.createUninitialized(DataType.DOUBLE, length);
        there = Nd4j.createUninitialized(DataType.DOUBLE, length);
        ahead = Nd4j.createUninitialized(DataType.DOUBLE, length);
    }

    private boolean isWide() {
        return gradient.precision() == DataType.DOUBLE;
    }

    /** Reads the parameters of this iteration. */
    void moveTo(SameDiff graph, GraphLayout layout) {
        layout.read(graph, point);
    }

    /**
     * Multiplies.
     *
     * @param graph in training; Not modified
     * @param v DOUBLE, not zero; Not modified
     * @param stream where random operations start
     * @param out DOUBLE, receives H v; Modified
     */
    void multiply(SameDiff graph, INDArray v, RandomStream stream, INDArray out) {
        double step = delta * scale() / rms(v);
        gradientAt(graph, v, step, stream, ahead);
        gradientAt(graph, v, -step, stream, out);
        out.rsubi(ahead).divi(2 * step);
    }

    private void gradientAt(SameDiff graph, INDArray v, double step, RandomStream stream, INDArray out) {
        there.assign(v).muli(step).addi(point);
        stream.restore();
        evaluations++;
        gradient.at(graph, there, out);
    }

    private double scale() {
        double size = rms(point);
        if (isWide()) {
            return Math.max(1, size);
        }
        return size > 0 ? size : 1;
    }

    private static double rms(INDArray vector) {
        return vector.norm2Number().doubleValue() / Math.sqrt((double) vector.length());
    }

    /** Gradients evaluated so far. */
    long evaluations() {
        return evaluations;
    }
}
