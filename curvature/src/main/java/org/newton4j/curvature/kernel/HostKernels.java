/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What the two kernels on native memory share: checks, choice of the type, windows onto memory, threads.
 *
 * <p>Both give the same bits, whatever the number of threads.
 */
abstract class HostKernels implements StepKernels {

    /** Elements per window: a buffer holds less than 2^31 bytes. */
    static final int WINDOW = 1 << 27;

    private final Workers workers;

    private final int window;

    /**
     * @param workers threads to share the work with
     * @param window elements addressed by one buffer, at most {@link #WINDOW}
     */
    HostKernels(Workers workers, int window) {
        this.workers = workers;
        this.window = window;
    }

    /**
     * Advances coordinates {@code from} (inclusive) to {@code to} (exclusive) of a window.
     *
     * @return counts as {@link StepCounts#packed}
     */
    abstract long range(FloatStep step, FloatMemory memory, int from, int to);

    /**
     * Advances coordinates {@code from} (inclusive) to {@code to} (exclusive) of a window.
     *
     * @return counts as {@link StepCounts#packed}
     */
    abstract long range(DoubleStep step, DoubleMemory memory, int from, int to);

    /** The loops over rows that belong to this kernel. */
    abstract RowLoops rowLoops();

    /** Products with a stack of rows in native memory. */
    final RowProducts rows(INDArray rows) {
        return new HostRows(rows, rowLoops(), workers, window);
    }

    /** Products with and updates of symmetric matrices in native memory. */
    final SymmetricKernels symmetric() {
        return new HostSymmetric(workers);
    }

    /** Sums over the first axis of an array {@link ColumnSums} accepts. */
    final double[] columnSums(INDArray rows) {
        return ColumnSums.of(rows, workers);
    }

    /** The loops of {@link Elementwise} that belong to this kernel, or null if BLAS's are faster. */
    abstract @Nullable FloatLoops floatLoops();

    /** Who combines FLOAT vectors that {@link Elementwise} accepts; null for BLAS. */
    final Elementwise.@Nullable Team team() {
        FloatLoops loops = floatLoops();
        return loops == null ? null : new Elementwise.Team(loops, workers);
    }

    @Override
    public final long lion(INDArray gradient, INDArray m, double learningRate, double beta1, double beta2) {
        INDArray[] arrays = {gradient, m};
        StepCounts counts = Arguments.lion(arrays, learningRate, beta1, beta2) == DataType.FLOAT
                ? run(LionFloat.of(learningRate, beta1, beta2), arrays)
                : run(LionDouble.of(learningRate, beta1, beta2), arrays);
        return counts.leftOut();
    }

    @Override
    public final long diffGrad(
            INDArray gradient,
            INDArray m,
            INDArray v,
            INDArray previous,
            double stepSize,
            double beta1,
            double beta2,
            double epsilon) {
        INDArray[] arrays = {gradient, m, v, previous};
        StepCounts counts = Arguments.diffGrad(arrays, stepSize, beta1, beta2, epsilon) == DataType.FLOAT
                ? run(DiffGradFloat.of(stepSize, beta1, beta2, epsilon), arrays)
                : run(DiffGradDouble.of(stepSize, beta1, beta2, epsilon), arrays);
        return counts.leftOut();
    }

    @Override
    public final long adaHessian(
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
        boolean fed = curvature != null;
        INDArray[] arrays =
                curvature == null ? new INDArray[] {gradient, m, v} : new INDArray[] {gradient, m, v, curvature};
        DataType type = Arguments.adaHessian(
                arrays, learningRate, beta1, beta2, epsilon, hessianPower, mCorrection, vCorrection, limit);
        StepCounts counts = type == DataType.FLOAT
                ? run(
                        AdaHessianFloat.of(
                                fed,
                                learningRate,
                                beta1,
                                beta2,
                                epsilon,
                                hessianPower,
                                mCorrection,
                                vCorrection,
                                limit),
                        arrays)
                : run(
                        AdaHessianDouble.of(
                                fed,
                                learningRate,
                                beta1,
                                beta2,
                                epsilon,
                                hessianPower,
                                mCorrection,
                                vCorrection,
                                limit),
                        arrays);
        return counts.leftOut();
    }

    @Override
    public final StepCounts sophia(
            INDArray gradient,
            INDArray m,
            INDArray h,
            @Nullable INDArray curvature,
            double learningRate,
            double beta1,
            double beta2,
            double rho) {
        boolean fed = curvature != null;
        INDArray[] arrays =
                curvature == null ? new INDArray[] {gradient, m, h} : new INDArray[] {gradient, m, h, curvature};
        return Arguments.sophia(arrays, learningRate, beta1, beta2, rho) == DataType.FLOAT
                ? run(SophiaFloat.of(fed, learningRate, beta1, beta2, rho), arrays)
                : run(SophiaDouble.of(fed, learningRate, beta1, beta2, rho), arrays);
    }

    private StepCounts run(FloatStep step, INDArray[] arrays) {
        checkNative(DataType.FLOAT, arrays);
        long n = arrays[0].length();
        StepCounts counts = new StepCounts(0, 0);
        try {
            for (long at = 0; at < n; at += window) {
                int part = (int) Math.min(window, n - at);
                FloatMemory memory = FloatMemory.of(arrays, at, part);
                counts = counts.plus(workers.sum(part, (from, to) -> range(step, memory, from, to)));
            }
        } finally {
            Reference.reachabilityFence(arrays);
        }
        return counts;
    }

    private StepCounts run(DoubleStep step, INDArray[] arrays) {
        checkNative(DataType.DOUBLE, arrays);
        long n = arrays[0].length();
        StepCounts counts = new StepCounts(0, 0);
        try {
            for (long at = 0; at < n; at += window) {
                int part = (int) Math.min(window, n - at);
                DoubleMemory memory = DoubleMemory.of(arrays, at, part);
                counts = counts.plus(workers.sum(part, (from, to) -> range(step, memory, from, to)));
            }
        } finally {
            Reference.reachabilityFence(arrays);
        }
        return counts;
    }

    /** {@link Kernels#of} never lets these through; memory is at stake, so they are checked here again. */
    private static void checkNative(DataType type, INDArray[] arrays) {
        for (INDArray array : arrays) {
            if (array.dataType() != type || !HostMemory.isDense(array)) {
                throw new IllegalArgumentException("a kernel on native memory takes dense FLOAT or DOUBLE vectors, not "
                        + array.shapeInfoToString() + "; get the kernel for these arrays from Kernels.of");
            }
        }
    }
}
