/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The only place that chooses a kernel.
 *
 * <p>Which kernel works on native memory is decided once per process, at first use, and written to the log at level
 * INFO: the Vector API if the module {@code jdk.incubator.vector} was added on Java 17 or 18, else plain Java. Both give
 * the same bits.
 *
 * <pre>
 * --add-modules jdk.incubator.vector      makes the Vector API available
 * -Dnewton4j.kernels=java|vector|nd4j     forces a kernel
 * -Dnewton4j.threads=N                    threads per step, 1 to 1024; default OMP_NUM_THREADS, else all processors
 * </pre>
 */
public final class Kernels {

    private static final StepKernels ND4J = new Nd4jKernels();

    private static final SymmetricKernels ND4J_SYMMETRIC = new Nd4jSymmetric();

    private Kernels() {}

    private static final class Holder {
        static final KernelChoice CHOICE = KernelChoice.decide();
    }

    /**
     * The kernel for a set of arrays: the fast one if all are dense vectors of one length and one type, FLOAT or DOUBLE,
     * in memory of the CPU backend; else ND4J operations.
     *
     * @param arrays operands of one step, gradient first; at least one; Not modified
     * @return kernel that accepts these arrays
     * @throws IllegalArgumentException if arrays are missing, empty, not flat, not of floating-point type, or differ in
     *     length or type
     * @throws IllegalStateException if {@code newton4j.kernels} or {@code newton4j.threads} is wrong or cannot be met
     */
    public static StepKernels of(INDArray... arrays) {
        if (arrays.length == 0) {
            throw new IllegalArgumentException("no arrays given, must be the operands of a step, gradient first");
        }
        DataType type = Arguments.arrays(Arguments.UNNAMED, arrays);
        StepKernels chosen = chosen();
        boolean fast = (type == DataType.FLOAT || type == DataType.DOUBLE) && HostMemory.isHostBackend();
        for (int a = 0; a < arrays.length && fast; a++) {
            fast = HostMemory.isDense(arrays[a]);
        }
        return fast ? chosen : ND4J;
    }

    /**
     * The kernel for products with a stack of rows: the fast one on memory of the CPU backend, else ND4J operations.
     *
     * @param rows G, shape [m, d], FLOAT, DOUBLE or BFLOAT16, contiguous in C order, possibly a view; kept by reference
     * @return products with these rows
     * @throws IllegalArgumentException if {@code rows} is no such matrix
     * @throws IllegalStateException if {@code newton4j.kernels} or {@code newton4j.threads} is wrong or cannot be met
     */
    public static RowProducts rows(INDArray rows) {
        Arguments.rows(rows);
        return chosen() instanceof HostKernels host && HostMemory.isHostBackend()
                ? host.rows(rows)
                : new Nd4jRows(rows);
    }

    /**
     * The kernel for a symmetric matrix: the one that touches half of it on memory of the CPU backend, else ND4J
     * operations. A matrix whose update and products come from different kernels has to be completed in between.
     *
     * @param matrix M, shape [n, n], FLOAT or DOUBLE
     * @return kernel that accepts this matrix; ND4J operations if it does not lie in F order without gaps
     * @throws IllegalStateException if {@code newton4j.kernels} or {@code newton4j.threads} is wrong or cannot be met
     */
    public static SymmetricKernels symmetric(INDArray matrix) {
        return chosen() instanceof HostKernels host && HostMemory.isHostBackend() && HostSymmetric.accepts(matrix)
                ? host.symmetric()
                : ND4J_SYMMETRIC;
    }

    /**
     * Sums over the first axis, in double.
     *
     * @param rows any rank from 2, FLOAT or DOUBLE; Not modified
     * @return a sum for each place of {@code rows[i]}, in C order
     * @throws IllegalStateException if {@code newton4j.kernels} or {@code newton4j.threads} is wrong or cannot be met
     */
    public static double[] columnSums(INDArray rows) {
        return chosen() instanceof HostKernels host && HostMemory.isHostBackend() && ColumnSums.accepts(rows)
                ? host.columnSums(rows)
                : rows.castTo(DataType.DOUBLE).sum(0).dup('c').data().asDouble();
    }

    /**
     * Who combines vectors in native memory.
     *
     * @param vectors of one length
     * @return null if BLAS and ND4J's operations have to do it, because of type, layout, backend or choice
     * @throws IllegalStateException if {@code newton4j.kernels} or {@code newton4j.threads} is wrong or cannot be met
     */
    static Elementwise.@Nullable Team team(INDArray... vectors) {
        return chosen() instanceof HostKernels host && HostMemory.isHostBackend() && Elementwise.accepts(vectors)
                ? host.team()
                : null;
    }

    /**
     * Name of the kernel chosen for dense FLOAT and DOUBLE vectors, for reports.
     *
     * @return {@code "vector"}, {@code "java"} or {@code "nd4j"}
     * @throws IllegalStateException if {@code newton4j.kernels} or {@code newton4j.threads} is wrong or cannot be met
     */
    public static String name() {
        return chosen().name();
    }

    private static StepKernels chosen() {
        StepKernels kernels = Holder.CHOICE.kernels();
        if (kernels == null) {
            throw new IllegalStateException(Holder.CHOICE.message());
        }
        return kernels;
    }
}
