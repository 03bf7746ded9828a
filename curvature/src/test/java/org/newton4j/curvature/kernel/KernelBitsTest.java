/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Neither the vector module nor the number of threads nor the size of windows changes a bit.
 */
class KernelBitsTest {

    private static final int N = 4 * Workers.PARALLEL_FROM + 1234;

    /** All arrays of three steps of each kind, with NaN and infinity in the gradients. */
    private static List<INDArray> run(StepKernels kernels, DataType type) {
        Nd4j.getRandom().setSeed(17);
        List<INDArray> arrays = new ArrayList<>();
        INDArray source = Nd4j.randn(type, N).muli(3);
        source.putScalar(N / 2, Double.NaN);
        source.putScalar(N - 1, Double.POSITIVE_INFINITY);
        INDArray m = Nd4j.randn(type, N);
        INDArray v = Nd4j.rand(type, N);
        INDArray h = Nd4j.randn(type, N);
        INDArray previous = Nd4j.randn(type, N).muli(9);
        INDArray curvature = Nd4j.randn(type, N);
        for (int step = 0; step < 3; step++) {
            INDArray lion = source.dup();
            INDArray diffGrad = source.dup();
            INDArray adaHessian = source.dup();
            INDArray halfPower = source.dup();
            INDArray sophia = source.dup();
            INDArray sophiaBetween = source.dup();
            long leftOut = kernels.lion(lion, m, 1e-3, 0.9, 0.99)
                    + kernels.diffGrad(diffGrad, m, v, previous, 1e-3, 0.9, 0.999, 1e-8)
                    + kernels.adaHessian(adaHessian, m, v, curvature, 0.15, 0.9, 0.999, 1e-4, 1, 0.1, 0.001)
                    + kernels.adaHessian(halfPower, m, v, null, 0.15, 0.9, 0.999, 1e-4, 0.5, 0.1, 0.001, 0.05);
            assertThat(leftOut).isEqualTo(8);
            StepCounts fed = kernels.sophia(sophia, m, h, curvature, 1e-3, 0.965, 0.99, 2);
            StepCounts between = kernels.sophia(sophiaBetween, m, h, null, 1e-3, 0.965, 0.99, 2);
            assertThat(List.of(fed.leftOut(), between.leftOut())).containsOnly(2L);
            INDArray counts = Nd4j.createFromArray((double) fed.unclipped(), (double) between.unclipped());
            arrays.addAll(List.of(lion, diffGrad, adaHessian, halfPower, sophia, sophiaBetween, counts));
        }
        arrays.addAll(List.of(m, v, h, previous, curvature));
        return arrays;
    }

    private static void assertSameBits(List<INDArray> actual, List<INDArray> expected) {
        for (int a = 0; a < expected.size(); a++) {
            double[] x = actual.get(a).toDoubleVector();
            double[] y = expected.get(a).toDoubleVector();
            for (int i = 0; i < y.length; i++) {
                if (Double.doubleToLongBits(x[i]) != Double.doubleToLongBits(y[i])) {
                    throw new AssertionError("array %d element %d: %s, expected %s".formatted(a, i, x[i], y[i]));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void should_give_the_same_bits_with_and_without_the_vector_api(DataType type) {
        assumeTrue(KernelChoice.vectorObstacle() == null, "the vector module is not there");

        assertSameBits(
                run(KernelChoice.vector(new Workers(1), HostKernels.WINDOW), type),
                run(new JavaKernels(new Workers(1)), type));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void should_give_the_same_bits_on_any_number_of_threads(int threads) {
        assertSameBits(
                run(new JavaKernels(new Workers(threads)), DataType.FLOAT),
                run(new JavaKernels(new Workers(1)), DataType.FLOAT));
    }

    @Test
    void should_give_the_same_bits_on_any_number_of_threads_with_the_vector_api() {
        assumeTrue(KernelChoice.vectorObstacle() == null, "the vector module is not there");

        assertSameBits(
                run(KernelChoice.vector(new Workers(3), HostKernels.WINDOW), DataType.DOUBLE),
                run(KernelChoice.vector(new Workers(1), HostKernels.WINDOW), DataType.DOUBLE));
    }

    /** Arrays beyond 2^31 bytes are worked on through several windows; small windows show the seams. */
    @ParameterizedTest
    @ValueSource(ints = {1, 1000, KernelCases.WINDOW})
    void should_give_the_same_bits_through_windows_of_any_size(int window) {
        int length = 5 * Workers.CHUNK / (window == 1 ? 100 : 1) + 3;
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            INDArray gradient = Nd4j.randn(type, length);
            INDArray m = Nd4j.randn(type, length);
            INDArray whole = gradient.dup();
            INDArray wholeM = m.dup();
            new JavaKernels(new Workers(2)).lion(whole, wholeM, 1e-3, 0.9, 0.99);
            for (StepKernels kernels : windowed(window)) {
                INDArray parts = gradient.dup();
                INDArray partsM = m.dup();
                kernels.lion(parts, partsM, 1e-3, 0.9, 0.99);
                assertSameBits(List.of(parts, partsM), List.of(whole, wholeM));
            }
        }
    }

    private static List<StepKernels> windowed(int window) {
        List<StepKernels> kernels = new ArrayList<>();
        kernels.add(new JavaKernels(new Workers(2), window));
        if (KernelChoice.vectorObstacle() == null) {
            kernels.add(KernelChoice.vector(new Workers(2), window));
        }
        return kernels;
    }
}
