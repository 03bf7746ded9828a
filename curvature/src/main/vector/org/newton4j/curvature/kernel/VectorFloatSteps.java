/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The FLOAT steps with the Vector API, on native memory in place.
 *
 * <p>The arithmetic is that of {@link FloatStep} operation by operation, without fused multiply-add, so the bits are the
 * same; a block with a gradient that is not finite, and what a vector does not fill, goes through {@link FloatTiles}.
 */
final class VectorFloatSteps {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    private static final int BYTES = SPECIES.vectorByteSize();

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /** Coordinates between two looks for NaN and infinity; their gradients stay in the first-level cache. */
    private static final int BLOCK = 2048;

    /** In place of a count: there is no vector loop for the step. */
    private static final int NO_LOOP = -1;

    private VectorFloatSteps() {}

    /**
     * Advances coordinates {@code from} (inclusive) to {@code to} (exclusive).
     *
     * @param step formula
     * @param memory its operands; the first {@code step.written()} are Modified
     * @return counts as {@link StepCounts#packed}
     */
    static long run(FloatStep step, FloatMemory memory, int from, int to) {
        ByteBuffer[] operands = memory.bytes();
        int vectorTo = from + SPECIES.loopBound(to - from);
        long counts = 0;
        for (int at = from; at < vectorTo; at += BLOCK) {
            int end = Math.min(vectorTo, at + BLOCK);
            int first = at * Float.BYTES;
            int last = end * Float.BYTES;
            int unclipped = allFinite(operands[0], first, last) ? apply(step, operands, first, last) : NO_LOOP;
            counts += unclipped == NO_LOOP
                    ? FloatTiles.run(step, memory.values(), at, end)
                    : StepCounts.packed(0, unclipped);
        }
        return vectorTo == to ? counts : counts + FloatTiles.run(step, memory.values(), vectorTo, to);
    }

    /** Does the step and counts the coordinates it marks; {@link #NO_LOOP} if there is no vector loop for it. */
    private static int apply(FloatStep step, ByteBuffer[] operands, int first, int last) {
        if (step instanceof LionFloat lion) {
            lion(lion, operands[0], operands[1], first, last);
            return 0;
        }
        if (step instanceof DiffGradFloat diffGrad && diffGrad.stepSize() != 0) {
            friction(operands[0], operands[3], first, last);
            diffGrad(diffGrad, operands[0], operands[1], operands[2], operands[3], first, last);
            return 0;
        }
        if (step instanceof AdaHessianFloat adaHessian && adaHessian.step() != 0) {
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
        if (step instanceof SophiaFloat sophia) {
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
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int at = first; at < last; at += BYTES) {
            sum = sum.add(load(x, at).mul(0));
        }
        return sum.reduceLanes(VectorOperators.ADD) == 0;
    }

    /** {@code u = learningRate sign(beta1 m + (1 - beta1) g);  m' = beta2 m + (1 - beta2) g}. */
    private static void lion(LionFloat k, ByteBuffer gradient, ByteBuffer momentum, int first, int last) {
        float learningRate = k.learningRate();
        float beta1 = k.beta1();
        float oneMinusBeta1 = k.oneMinusBeta1();
        float beta2 = k.beta2();
        float oneMinusBeta2 = k.oneMinusBeta2();
        for (int at = first; at < last; at += BYTES) {
            FloatVector g = load(gradient, at);
            FloatVector m = load(momentum, at);
            FloatVector c = m.mul(beta1).add(g.mul(oneMinusBeta1));
            c.mul(LionFloat.BIG)
                    .mul(LionFloat.BIG)
                    .min(1)
                    .max(-1)
                    .mul(learningRate)
                    .intoByteBuffer(gradient, at, ORDER);
            m.mul(beta2).add(g.mul(oneMinusBeta2)).intoByteBuffer(momentum, at, ORDER);
        }
    }

    /**
     * {@link FrictionFloat#onePlusExpOfMinus}, put where the previous gradient was, which is not needed any more. In two
     * loops because C2 stops inlining, and boxes every vector, in one as long as that.
     */
    private static void friction(ByteBuffer gradient, ByteBuffer previous, int first, int last) {
        for (int at = first; at < last; at += BYTES) {
            FloatVector x = load(previous, at).sub(load(gradient, at)).abs();
            FloatVector z = x.min(FrictionFloat.LIMIT).mul(FrictionFloat.SCALE);
            z.mul(FrictionFloat.C6)
                    .add(FrictionFloat.C5)
                    .mul(z)
                    .add(FrictionFloat.C4)
                    .mul(z)
                    .add(FrictionFloat.C3)
                    .mul(z)
                    .add(FrictionFloat.C2)
                    .mul(z)
                    .add(1)
                    .mul(z)
                    .intoByteBuffer(previous, at, ORDER);
        }
        for (int at = first; at < last; at += BYTES) {
            FloatVector q = load(previous, at);
            q = q.mul(q.add(2));
            q = q.mul(q.add(2));
            q = q.mul(q.add(2));
            q = q.mul(q.add(2));
            q.add(2).intoByteBuffer(previous, at, ORDER);
        }
    }

    /** {@code u = stepSize m' / (friction (sqrt(v') + epsilon))}. */
    private static void diffGrad(
            DiffGradFloat k,
            ByteBuffer gradient,
            ByteBuffer moment,
            ByteBuffer second,
            ByteBuffer previous,
            int first,
            int last) {
        float stepSize = k.stepSize();
        float beta1 = k.beta1();
        float oneMinusBeta1 = k.oneMinusBeta1();
        float beta2 = k.beta2();
        float oneMinusBeta2 = k.oneMinusBeta2();
        float epsilon = k.epsilon();
        for (int at = first; at < last; at += BYTES) {
            FloatVector g = load(gradient, at);
            FloatVector m = load(moment, at).mul(beta1).add(g.mul(oneMinusBeta1));
            FloatVector v = load(second, at).mul(beta2).add(g.mul(oneMinusBeta2).mul(g));
            m.div(load(previous, at).mul(v.sqrt().add(epsilon))).mul(stepSize).intoByteBuffer(gradient, at, ORDER);
            m.intoByteBuffer(moment, at, ORDER);
            v.intoByteBuffer(second, at, ORDER);
            g.intoByteBuffer(previous, at, ORDER);
        }
    }

    /** {@code v' = beta2 v + (1 - beta2) D^2}. */
    private static void secondMoment(AdaHessianFloat k, ByteBuffer second, ByteBuffer curvature, int first, int last) {
        float beta2 = k.beta2();
        float oneMinusBeta2 = k.oneMinusBeta2();
        for (int at = first; at < last; at += BYTES) {
            FloatVector d = load(curvature, at);
            load(second, at).mul(beta2).add(d.mul(oneMinusBeta2).mul(d)).intoByteBuffer(second, at, ORDER);
        }
    }

    /** {@code u = step m' / ((sqrt(v) rootScale)^hessianPower + epsilon)}, cut to the limit. */
    private static void adaHessian(
            AdaHessianFloat k,
            boolean squareRoot,
            ByteBuffer gradient,
            ByteBuffer moment,
            ByteBuffer second,
            int first,
            int last) {
        float step = k.step();
        float beta1 = k.beta1();
        float oneMinusBeta1 = k.oneMinusBeta1();
        float epsilon = k.epsilon();
        float rootScale = k.rootScale();
        float limit = k.limit();
        for (int at = first; at < last; at += BYTES) {
            FloatVector m = load(moment, at).mul(beta1).add(load(gradient, at).mul(oneMinusBeta1));
            FloatVector root = load(second, at).sqrt().mul(rootScale);
            if (squareRoot) {
                root = root.sqrt();
            }
            m.div(root.add(epsilon)).mul(step).min(limit).max(-limit).intoByteBuffer(gradient, at, ORDER);
            m.intoByteBuffer(moment, at, ORDER);
        }
    }

    /** {@code h' = beta2 h + (1 - beta2) c}. */
    private static void average(SophiaFloat k, ByteBuffer average, ByteBuffer curvature, int first, int last) {
        float beta2 = k.beta2();
        float oneMinusBeta2 = k.oneMinusBeta2();
        for (int at = first; at < last; at += BYTES) {
            load(average, at)
                    .mul(beta2)
                    .add(load(curvature, at).mul(oneMinusBeta2))
                    .intoByteBuffer(average, at, ORDER);
        }
    }

    /** {@code u = learningRate clamp(m' / (rho max(h, 0) + 1e-15))}; counts what was not clamped. */
    private static int sophia(
            SophiaFloat k, ByteBuffer gradient, ByteBuffer momentum, ByteBuffer average, int first, int last) {
        float learningRate = k.learningRate();
        float beta1 = k.beta1();
        float oneMinusBeta1 = k.oneMinusBeta1();
        float rho = k.rho();
        FloatVector unclipped = FloatVector.zero(SPECIES);
        for (int at = first; at < last; at += BYTES) {
            FloatVector m = load(momentum, at).mul(beta1).add(load(gradient, at).mul(oneMinusBeta1));
            FloatVector ratio = m.div(load(average, at).mul(rho).max(0).add(SophiaFloat.EPSILON))
                    .min(1)
                    .max(-1);
            unclipped = unclipped.add(
                    ratio.abs().mul(-1).add(1).mul(SophiaFloat.BIG).min(1));
            ratio.mul(learningRate).intoByteBuffer(gradient, at, ORDER);
            m.intoByteBuffer(momentum, at, ORDER);
        }
        return (int) unclipped.reduceLanes(VectorOperators.ADD);
    }

    private static FloatVector load(ByteBuffer buffer, int at) {
        return FloatVector.fromByteBuffer(SPECIES, buffer, at, ORDER);
    }
}
