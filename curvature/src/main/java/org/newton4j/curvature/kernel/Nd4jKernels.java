/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.controlflow.Select;
import org.nd4j.linalg.api.ops.impl.reduce.longer.MatchCondition;
import org.nd4j.linalg.api.ops.impl.transforms.bool.IsFinite;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.conditions.Conditions;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Chains of ND4J operations: any backend, any floating-point type, any stride. HALF and BFLOAT16 are computed in FLOAT.
 *
 * <p>Several times slower than the kernels on native memory: each operation is one pass over memory.
 */
final class Nd4jKernels implements StepKernels {

    /** A formula on flat arrays of type FLOAT or DOUBLE; advances state in place and returns the update. */
    private interface Formula {

        /**
         * @param arrays the operands, gradient first, 0 where it is not finite
         * @param good where the gradient is finite, or null for everywhere
         */
        INDArray apply(INDArray[] arrays, @Nullable INDArray good);
    }

    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public long lion(INDArray gradient, INDArray m, double learningRate, double beta1, double beta2) {
        INDArray[] arrays = {gradient, m};
        Arguments.lion(arrays, learningRate, beta1, beta2);
        return step(arrays, 2, 1, (a, good) -> {
            INDArray u =
                    Transforms.sign(mix(beta1, a[1], 1 - beta1, a[0]), false).muli(learningRate);
            advance(a[1], beta2, 1 - beta2, a[0]);
            return u;
        });
    }

    @Override
    public long diffGrad(
            INDArray gradient,
            INDArray m,
            INDArray v,
            INDArray previous,
            double stepSize,
            double beta1,
            double beta2,
            double epsilon) {
        INDArray[] arrays = {gradient, m, v, previous};
        Arguments.diffGrad(arrays, stepSize, beta1, beta2, epsilon);
        return step(arrays, 4, 3, (a, good) -> {
            INDArray g = a[0];
            advance(a[1], beta1, 1 - beta1, g);
            advance(a[2], beta2, 1, g.mul(1 - beta2).muli(g));
            INDArray xi = Transforms.sigmoid(Transforms.abs(a[3].sub(g), false), false);
            INDArray denominator = Transforms.sqrt(a[2], true).addi(epsilon);
            a[3].assign(g);
            return times(xi.muli(a[1]).divi(denominator), stepSize);
        });
    }

    @Override
    public long adaHessian(
            INDArray gradient,
            INDArray m,
            INDArray v,
            @Nullable INDArray curvature,
            double learningRate,
            double beta1,
            double beta2,
            double epsilon,
            double hessianPower,
            double mCorrection,
            double vCorrection,
            double limit) {
        INDArray[] arrays =
                curvature == null ? new INDArray[] {gradient, m, v} : new INDArray[] {gradient, m, v, curvature};
        Arguments.adaHessian(
                arrays, learningRate, beta1, beta2, epsilon, hessianPower, mCorrection, vCorrection, limit);
        return step(arrays, curvature == null ? 2 : 3, 1, (a, good) -> {
            advance(a[1], beta1, 1 - beta1, a[0]);
            if (a.length == 4) {
                advance(a[2], beta2, 1, a[3].mul(1 - beta2).muli(a[3]));
            }
            INDArray root = Transforms.sqrt(a[2], true).divi(Math.sqrt(vCorrection));
            INDArray denominator = hessianPower == 1
                    ? root.addi(epsilon)
                    : Transforms.pow(root, hessianPower, false).addi(epsilon);
            INDArray u = times(a[1].div(denominator), learningRate / mCorrection);
            return limit < Double.POSITIVE_INFINITY
                    ? Transforms.max(Transforms.min(u, limit, false), -limit, false)
                    : u;
        });
    }

    @Override
    public StepCounts sophia(
            INDArray gradient,
            INDArray m,
            INDArray h,
            @Nullable INDArray curvature,
            double learningRate,
            double beta1,
            double beta2,
            double rho) {
        INDArray[] arrays =
                curvature == null ? new INDArray[] {gradient, m, h} : new INDArray[] {gradient, m, h, curvature};
        Arguments.sophia(arrays, learningRate, beta1, beta2, rho);
        long[] unclipped = new long[1];
        long leftOut = step(arrays, curvature == null ? 2 : 3, 1, (a, good) -> {
            advance(a[1], beta1, 1 - beta1, a[0]);
            if (a.length == 4) {
                advance(a[2], beta2, 1 - beta2, a[3]);
            }
            INDArray denominator = Transforms.max(a[2].mul(rho), 0, false).addi(SophiaDouble.EPSILON);
            INDArray ratio = Transforms.max(Transforms.min(a[1].div(denominator), 1, false), -1, false);
            INDArray size = Transforms.abs(ratio, true);
            INDArray counted =
                    good == null ? size : select(good, size, size.ulike().assign(1));
            unclipped[0] = Nd4j.getExecutioner()
                    .exec(new MatchCondition(counted, Conditions.lessThan(1)))
                    .getLong(0);
            return ratio.muli(learningRate);
        });
        return new StepCounts(leftOut, unclipped[0]);
    }

    /**
     * Runs a formula so that coordinates with a bad gradient keep their state and get no update.
     *
     * @param arrays gradient first
     * @param written leading arrays to write back
     * @param kept state arrays behind the gradient that a left-out coordinate must not change
     */
    private static long step(INDArray[] arrays, int written, int kept, Formula formula) {
        INDArray[] work = Arrays.stream(arrays).map(Nd4jKernels::workArray).toArray(INDArray[]::new);
        INDArray g = work[0];
        long bad = NotFinite.count(g);
        if (bad == 0) {
            g.assign(formula.apply(work, null));
        } else {
            INDArray good = Nd4j.createUninitialized(DataType.BOOL, g.length());
            Nd4j.getExecutioner().exec(new IsFinite(g, good));
            INDArray zero = g.ulike().assign(0);
            INDArray[] before = new INDArray[kept];
            for (int a = 0; a < kept; a++) {
                before[a] = work[a + 1].dup();
            }
            g.assign(select(good, g.dup(), zero));
            g.assign(select(good, formula.apply(work, good), zero));
            for (int a = 0; a < kept; a++) {
                work[a + 1].assign(select(good, work[a + 1].dup(), before[a]));
            }
        }
        for (int a = 0; a < written; a++) {
            if (work[a].dataType() != arrays[a].dataType()) {
                flat(arrays[a]).assign(work[a].castTo(arrays[a].dataType()));
            }
        }
        return bad;
    }

    /** The array itself as a rank-1 view, or its FLOAT copy where the type is too narrow to compute in. */
    private static INDArray workArray(INDArray array) {
        boolean wide = array.dataType() == DataType.FLOAT || array.dataType() == DataType.DOUBLE;
        return wide ? flat(array) : flat(array).castTo(DataType.FLOAT);
    }

    private static INDArray flat(INDArray array) {
        // With enforceView a reshape that would have to copy throws instead of losing what is written.
        return array.rank() == 1 ? array : array.reshape('c', true, array.length());
    }

    private static INDArray select(INDArray mask, INDArray yes, INDArray no) {
        INDArray out = no.ulike();
        Nd4j.getExecutioner().exec(new Select(new INDArray[] {mask, yes, no}, new INDArray[] {out}));
        return out;
    }

    private static INDArray mix(double a, INDArray x, double b, INDArray y) {
        return x.mul(a).addi(y.mul(b));
    }

    private static void advance(INDArray state, double decay, double weight, INDArray x) {
        state.muli(decay).addi(weight == 1 ? x : x.mul(weight));
    }

    /** A quotient that overflowed times 0 would be NaN. */
    private static INDArray times(INDArray x, double factor) {
        return factor == 0 ? x.assign(0) : x.muli(factor);
    }
}
