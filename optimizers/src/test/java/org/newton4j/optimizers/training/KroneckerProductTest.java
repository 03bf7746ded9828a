/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.newton4j.optimizers.training.GaussNewtonNets.error;
import static org.newton4j.optimizers.training.GaussNewtonNets.ramp;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.inverse.KroneckerGradient;
import org.newton4j.curvature.inverse.RankOneInverse;
import org.newton4j.curvature.inverse.RankOneRule;

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

        product.apply(SymmetricFactor.of(left), SymmetricFactor.of(right), flat, rescale);

        INDArray v = layer.gather(before.castTo(DataType.DOUBLE));
        INDArray u = KroneckerGradient.sandwich(left.castTo(DataType.DOUBLE), v, right.castTo(DataType.DOUBLE));
        INDArray expected = before.castTo(DataType.DOUBLE);
        layer.scatter(u.mul(scale(layer, v, u, rescale)), expected);
        assertThat(error(flat.castTo(DataType.DOUBLE), expected)).isLessThan(tolerance);
    }

    /** Sides 200 and 210 long are kept as histories, the matrices beside them are not. */
    @ParameterizedTest
    @CsvSource({"true,true,false", "true,false,false", "false,true,false", "true,true,true", "true,false,true"})
    void thin_factors_should_multiply_like_their_matrices(boolean thinLeft, boolean thinRight, boolean outputsLast) {
        KroneckerLayer layer = new KroneckerLayer("thin", 210, 200, 7, 7 + 210 * 199, outputsLast);
        KroneckerLayer larger = new KroneckerLayer("larger", 220, 200, 0, -1, false);
        KroneckerProduct product =
                new KroneckerProduct(layer, new KroneckerProduct.Buffers(DataType.DOUBLE, List.of(layer, larger)));
        RankOneInverse left = factor(210, thinLeft);
        RankOneInverse right = factor(200, thinRight);
        INDArray flat = ramp(43_000);
        for (int t = 0; t < 4; t++) {
            if (t != 2) {
                left.update(ramp(210).addi(t));
                right.update(ramp(200).subi(t));
            }
            INDArray v = layer.gather(flat.dup());
            INDArray expected = flat.dup();
            layer.scatter(KroneckerGradient.sandwich(left.matrix(), v, right.matrix()), expected);
            product.apply(SymmetricFactor.of(left), SymmetricFactor.of(right), flat, KroneckerProduct.Rescale.NONE);
            assertThat(error(flat, expected)).isLessThan(1e-13);
        }
        assertThat(left.thin()).isEqualTo(thinLeft);
        assertThat(right.thin()).isEqualTo(thinRight);
    }

    private static RankOneInverse factor(int n, boolean thin) {
        return thin
                ? new RankOneInverse(n, DataType.DOUBLE, RankOneRule.EXACT, 0.9, 1, null)
                : new RankOneInverse(Nd4j.eye(n).castTo(DataType.DOUBLE), RankOneRule.EXACT, 0.9, null, 0);
    }

    static Stream<KroneckerLayer> geometries() {
        return layers().map(arguments -> (KroneckerLayer) arguments.get()[0]).distinct();
    }

    @ParameterizedTest
    @MethodSource("geometries")
    void should_tell_the_inner_product_with_the_gradient_and_scale_the_layer_alone(KroneckerLayer layer) {
        INDArray flat = ramp(150);
        INDArray before = flat.dup();
        INDArray left = symmetric(layer.outputs(), 3);
        INDArray right = symmetric(layer.inputs(), 7);
        KroneckerProduct product =
                new KroneckerProduct(layer, new KroneckerProduct.Buffers(DataType.DOUBLE, List.of(LARGE, layer)));

        // Once in place, so that what comes next cannot live on the memory of V alone.
        product.apply(SymmetricFactor.of(left), SymmetricFactor.of(right), before.dup(), KroneckerProduct.Rescale.NONE);
        double inner = product.applyKeeping(left, right, flat);
        product.scale(0.25, flat);

        INDArray v = layer.gather(before);
        INDArray u = KroneckerGradient.sandwich(left, v, right);
        INDArray expected = before.dup();
        layer.scatter(u.mul(0.25), expected);
        assertThat(error(flat, expected)).isLessThan(1e-14);
        double sum = u.mul(v).sumNumber().doubleValue();
        assertThat(inner).isCloseTo(sum, withinPercentage(1e-10));
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
