/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The DOUBLE steps with the Vector API, on native memory in place.
 *
 * <p>The arithmetic is that of {@link DoubleStep} operation by operation, without fused multiply-add, so the bits are the
 * same; a block with a gradient that is not finite, and what a vector does not fill, goes through {@link DoubleTiles}.
 */
final class VectorDoubleSteps {

    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;

    private static final int BYTES = SPECIES.vectorByteSize();

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /** Coordinates between two looks for NaN and infinity; their gradients stay in the first-level cache. */
    private static final int BLOCK = 2048;

    /** In place of a count: there is no vector loop for the step. */
    private static final int NO_LOOP = -1;

    private VectorDoubleSteps() {}

    /**
     * Advances coordinates {@code from} (inclusive) to {@code to} (exclusive).
     *
     * @param step formula
     * @param memory its operands; the first {@code step.written()} are Modified
     * @return counts as {@link StepCounts#packed}
     */
    static long run(DoubleStep step, DoubleMemory memory, int from, int to) {
        ByteBuffer[] operands = memory.bytes();
        int vectorTo = from + SPECIES.loopBound(to - from);
        long counts = 0;
        for (int at = from; at < vectorTo; at += BLOCK) {
            int end = Math.min(vectorTo, at + BLOCK);
            int first = at * Double.BYTES;
            int last = end * Double.BYTES;
            int unclipped = allFinite(operands[0], first, last) ? apply(step, operands, first, last) : NO_LOOP;
            counts += unclipped == NO_LOOP
                    ? DoubleTiles.run(step, memory.values(), at, end)
                    : StepCounts.packed(0, unclipped);
        }
        return vectorTo == to ? counts : counts + DoubleTiles.run(step, memory.values(), vectorTo, to);
    }

    /** Does the step and counts the coordinates it marks; {@link #NO_LOOP} if there is no vector loop for it. */
    private static int apply(DoubleStep step, ByteBuffer[] operands, int first, int last) {
        if (step instanceof LionDouble lion) {
            lion(lion, operands[0], operands[1], first, last);
            return 0;
        }
        if (step instanceof DiffGradDouble diffGrad && diffGrad.stepSize() != 0) {
            friction(operands[0], operands[3], first, last);
            diffGrad(diffGrad, operands[0], operands[1], operands[2], operands[3], first, last);
            return 0;
        }
        if (step instanceof AdaHessianDouble adaHessian && adaHessian.step() != 0) {
            boolean squareRoot = adaHessian.hessianPower() == 0.5;
            if (adaHessian.hessianPower() != 1 && !squareRoot) {
                return NO_LOOP;
            }
            if (adaHessian.curvature()) {
                secondMoment(adaHessian, operands[2], operands[3], first, last);
            }
            adaHessian(adaHessian, squareRoot, operands[0], operands[1], operands[2], first, last);
            return 0;
        }
        if (step instanceof SophiaDouble sophia) {
            if (sophia.curvature()) {
                average(sophia, operands[2], operands[3], first, last);
            }
            return sophia(sophia, operands[0], operands[1], operands[2], first, last);
        }
        return NO_LOOP;
    }

    /**
     * Byte positions here and below; last - first is a multiple of the vector size. One sum: with two C2 boxed them in one
     * process of nine, and the loop is bound by memory anyway.
     */
    private static boolean allFinite(ByteBuffer x, int first, int last) {
        DoubleVector sum = DoubleVector.zero(SPECIES);
        for (int at = first; at < last; at += BYTES) {
            sum = sum.add(load(x, at).mul(0));
        }
        return sum.reduceLanes(VectorOperators.ADD) == 0;
    }

    /** {@code u = learningRate sign(beta1 m + (1 - beta1) g);  m' = beta2 m + (1 - beta2) g}. */
    private static void lion(LionDouble k, ByteBuffer gradient, ByteBuffer momentum, int first, int last) {
        double learningRate = k.learningRate();
        double beta1 = k.beta1();
        double oneMinusBeta1 = k.oneMinusBeta1();
        double beta2 = k.beta2();
        double oneMinusBeta2 = k.oneMinusBeta2();
        for (int at = first; at < last; at += BYTES) {
            DoubleVector g = load(gradient, at);
            DoubleVector m = load(momentum, at);
            DoubleVector c = m.mul(beta1).add(g.mul(oneMinusBeta1));
            c.mul(LionDouble.BIG)
                    .mul(LionDouble.BIG)
                    .min(1)
                    .max(-1)
                    .mul(learningRate)
                    .intoByteBuffer(gradient, at, ORDER);
            m.mul(beta2).add(g.mul(oneMinusBeta2)).intoByteBuffer(momentum, at, ORDER);
        }
    }

    /**
     * {@link FrictionDouble#onePlusExpOfMinus}, put where the previous gradient was, which is not needed any more. In two
     * loops because C2 stops inlining, and boxes every vector, in one as long as that.
     */
    private static void friction(ByteBuffer gradient, ByteBuffer previous, int first, int last) {
        for (int at = first; at < last; at += BYTES) {
            DoubleVector x = load(previous, at).sub(load(gradient, at)).abs();
            DoubleVector z = x.min(FrictionDouble.LIMIT).mul(FrictionDouble.SCALE);
            z.mul(FrictionDouble.C9)
                    .add(FrictionDouble.C8)
                    .mul(z)
                    .add(FrictionDouble.C7)
                    .mul(z)
                    .add(FrictionDouble.C6)
                    .mul(z)
                    .add(FrictionDouble.C5)
                    .mul(z)
                    .add(FrictionDouble.C4)
                    .mul(z)
                    .add(FrictionDouble.C3)
                    .mul(z)
                    .add(FrictionDouble.C2)
                    .mul(z)
                    .add(1)
                    .mul(z)
                    .intoByteBuffer(previous, at, ORDER);
        }
        for (int at = first; at < last; at += BYTES) {
            DoubleVector q = load(previous, at);
            q = q.mul(q.add(2));
            q = q.mul(q.add(2));
            q = q.mul(q.add(2));
            q = q.mul(q.add(2));
            q = q.mul(q.add(2));
            q = q.mul(q.add(2));
            q.add(2).intoByteBuffer(previous, at, ORDER);
        }
    }

    /** {@code u = stepSize m' / (friction (sqrt(v') + epsilon))}. */
    private static void diffGrad(
            DiffGradDouble k,
            ByteBuffer gradient,
            ByteBuffer moment,
            ByteBuffer second,
            ByteBuffer previous,
            int first,
            int last) {
        double stepSize = k.stepSize();
        double beta1 = k.beta1();
        double oneMinusBeta1 = k.oneMinusBeta1();
        double beta2 = k.beta2();
        double oneMinusBeta2 = k.oneMinusBeta2();
        double epsilon = k.epsilon();
        for (int at = first; at < last; at += BYTES) {
            DoubleVector g = load(gradient, at);
            DoubleVector m = load(moment, at).mul(beta1).add(g.mul(oneMinusBeta1));
            DoubleVector v =
                    load(second, at).mul(beta2).add(g.mul(oneMinusBeta2).mul(g));
            m.div(load(previous, at).mul(v.sqrt().add(epsilon))).mul(stepSize).intoByteBuffer(gradient, at, ORDER);
            m.intoByteBuffer(moment, at, ORDER);
            v.intoByteBuffer(second, at, ORDER);
            g.intoByteBuffer(previous, at, ORDER);
        }
    }

    /** {@code v' = beta2 v + (1 - beta2) D^2}. */
    private static void secondMoment(AdaHessianDouble k, ByteBuffer second, ByteBuffer curvature, int first, int last) {
        double beta2 = k.beta2();
        double oneMinusBeta2 = k.oneMinusBeta2();
        for (int at = first; at < last; at += BYTES) {
            DoubleVector d = load(curvature, at);
            load(second, at).mul(beta2).add(d.mul(oneMinusBeta2).mul(d)).intoByteBuffer(second, at, ORDER);
        }
    }

    /** {@code u = step m' / ((sqrt(v) rootScale)^hessianPower + epsilon)}, cut to the limit. */
    private static void adaHessian(
            AdaHessianDouble k,
            boolean squareRoot,
            ByteBuffer gradient,
            ByteBuffer moment,
            ByteBuffer second,
            int first,
            int last) {
        double step = k.step();
        double beta1 = k.beta1();
        double oneMinusBeta1 = k.oneMinusBeta1();
        double epsilon = k.epsilon();
        double rootScale = k.rootScale();
        double limit = k.limit();
        for (int at = first; at < last; at += BYTES) {
            DoubleVector m = load(moment, at).mul(beta1).add(load(gradient, at).mul(oneMinusBeta1));
            DoubleVector root = load(second, at).sqrt().mul(rootScale);
            if (squareRoot) {
                root = root.sqrt();
            }
            m.div(root.add(epsilon)).mul(step).min(limit).max(-limit).intoByteBuffer(gradient, at, ORDER);
            m.intoByteBuffer(moment, at, ORDER);
        }
    }

    /** {@code h' = beta2 h + (1 - beta2) c}. */
    private static void average(SophiaDouble k, ByteBuffer average, ByteBuffer curvature, int first, int last) {
        double beta2 = k.beta2();
        double oneMinusBeta2 = k.oneMinusBeta2();
        for (int at = first; at < last; at += BYTES) {
            load(average, at)
                    .mul(beta2)
                    .add(load(curvature, at).mul(oneMinusBeta2))
                    .intoByteBuffer(average, at, ORDER);
        }
    }

    /** {@code u = learningRate clamp(m' / (rho max(h, 0) + 1e-15))}; counts what was not clamped. */
    private static int sophia(
            SophiaDouble k, ByteBuffer gradient, ByteBuffer momentum, ByteBuffer average, int first, int last) {
        double learningRate = k.learningRate();
        double beta1 = k.beta1();
        double oneMinusBeta1 = k.oneMinusBeta1();
        double rho = k.rho();
        DoubleVector unclipped = DoubleVector.zero(SPECIES);
        for (int at = first; at < last; at += BYTES) {
            DoubleVector m =
                    load(momentum, at).mul(beta1).add(load(gradient, at).mul(oneMinusBeta1));
            DoubleVector ratio = m.div(load(average, at).mul(rho).max(0).add(SophiaDouble.EPSILON))
                    .min(1)
                    .max(-1);
            unclipped = unclipped.add(
                    ratio.abs().mul(-1).add(1).mul(SophiaDouble.BIG).min(1));
            ratio.mul(learningRate).intoByteBuffer(gradient, at, ORDER);
            m.intoByteBuffer(momentum, at, ORDER);
        }
        return (int) unclipped.reduceLanes(VectorOperators.ADD);
    }

    private static DoubleVector load(ByteBuffer buffer, int at) {
        return DoubleVector.fromByteBuffer(SPECIES, buffer, at, ORDER);
    }
}
