/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.newton4j.optimizers.training.GaussNewtonNets.error;
import static org.newton4j.optimizers.training.GaussNewtonNets.ramp;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.KroneckerGradient;

class KroneckerProductTest {

    /** A layer larger in every respect shares the buffers. */
    private static final KroneckerLayer LARGE = new KroneckerLayer("large", 9, 12, 0, -1, false);

    static Stream<Arguments> layers() {
        return Stream.of(
                        new KroneckerLayer("dense", 3, 5, 2, 14, false),
                        new KroneckerLayer("convolution", 3, 5, 5, 2, false),
                        new KroneckerLayer("no bias", 4, 6, 1, -1, false),
                        new KroneckerLayer("1-D", 3, 7, 4, 1, true),
                        new KroneckerLayer("1-D without bias", 3, 7, 4, -1, true),
                        new KroneckerLayer("one output", 1, 4, 0, 3, false),
                        new KroneckerLayer("one input", 3, 2, 0, 3, false),
                        new KroneckerLayer("one weight", 1, 1, 0, -1, false),
                        LARGE)
                .flatMap(layer -> Stream.of(KroneckerProduct.Rescale.values())
                        .flatMap(rescale -> Stream.of(
                                Arguments.of(layer, rescale, DataType.DOUBLE, DataType.DOUBLE, DataType.DOUBLE, 1e-14),
                                Arguments.of(layer, rescale, DataType.FLOAT, DataType.FLOAT, DataType.FLOAT, 1e-5),
                                Arguments.of(layer, rescale, DataType.DOUBLE, DataType.FLOAT, DataType.FLOAT, 1e-5),
                                Arguments.of(
                                        layer, rescale, DataType.FLOAT, DataType.FLOAT, DataType.BFLOAT16, 1e-5))));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void should_be_the_dense_product_inside_the_flat_gradient(
            KroneckerLayer layer,
            KroneckerProduct.Rescale rescale,
            DataType gradientType,
            DataType arithmetic,
            DataType storage,
            double tolerance) {
        INDArray flat = ramp(150).castTo(gradientType);
        INDArray before = flat.dup();
        INDArray left = symmetric(layer.outputs(), 3).castTo(storage);
        INDArray right = symmetric(layer.inputs(), 7).castTo(storage);
        KroneckerProduct product =
                new KroneckerProduct(layer, new KroneckerProduct.Buffers(arithmetic, List.of(LARGE, layer)));

        product.apply(left, right, flat, rescale);

        INDArray v = layer.gather(before.castTo(DataType.DOUBLE));
        INDArray u = KroneckerGradient.sandwich(left.castTo(DataType.DOUBLE), v, right.castTo(DataType.DOUBLE));
        INDArray expected = before.castTo(DataType.DOUBLE);
        layer.scatter(u.mul(scale(layer, v, u, rescale)), expected);
        assertThat(error(flat.castTo(DataType.DOUBLE), expected)).isLessThan(tolerance);
    }

    private static double scale(KroneckerLayer layer, INDArray v, INDArray u, KroneckerProduct.Rescale rescale) {
        return switch (rescale) {
            case NONE -> 1;
            case JOINT -> KroneckerGradient.rescale(v, u);
            case SUM_OF_NORMS -> sumOfNorms(layer, v) / sumOfNorms(layer, u);
        };
    }

    private static double sumOfNorms(KroneckerLayer layer, INDArray matrix) {
        double weights = 0;
        double bias = 0;
        for (int i = 0; i < layer.outputs(); i++) {
            for (int j = 0; j < layer.inputs(); j++) {
                double value = matrix.getDouble(i, j);
                if (layer.hasBias() && j == layer.inputs() - 1) {
                    bias += value * value;
                } else {
                    weights += value * value;
                }
            }
        }
        return Math.sqrt(weights) + Math.sqrt(bias);
    }

    private static INDArray symmetric(int n, int seed) {
        INDArray a = ramp(n, n).addi(seed);
        return a.add(a.transpose()).dup('f');
    }
}
