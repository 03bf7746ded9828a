/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.newton4j.curvature.testing.TestMatrices.apply;
import static org.newton4j.curvature.testing.TestMatrices.gaussian;
import static org.newton4j.curvature.testing.TestMatrices.relativeToMax;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.DampedOperator;
import org.newton4j.curvature.operator.KroneckerOperator;
import org.newton4j.curvature.operator.LinearOperator;

class KroneckerFactorsTest {

    private static KroneckerFactors trained(DataType type) {
        KroneckerFactors factors = new KroneckerFactors(6, 4, type);
        for (int t = 0; t < 10; t++) {
            factors.update(
                    gaussian(type, t, 20, 6), gaussian(type, 100 + t, 20, 4).muli(0.1), 0.9);
        }
        return factors;
    }

    @Test
    void should_average_second_moments_from_the_identity() {
        KroneckerFactors factors = new KroneckerFactors(3, 2, DataType.DOUBLE);
        INDArray a = gaussian(DataType.DOUBLE, 1, 5, 3);
        INDArray delta = gaussian(DataType.DOUBLE, 2, 5, 2);
        factors.update(a, delta, 0.75);
        INDArray expectedA = Nd4j.eye(3)
                .castTo(DataType.DOUBLE)
                .mul(0.75)
                .addi(a.transpose().mmul(a).muli(0.25 / 5));
        INDArray expectedG = Nd4j.eye(2)
                .castTo(DataType.DOUBLE)
                .mul(0.75)
                .addi(delta.transpose().mmul(delta).muli(0.25 / 5));
        assertThat(relativeToMax(factors.a(), expectedA)).isLessThan(1e-15);
        assertThat(relativeToMax(factors.g(), expectedG)).isLessThan(1e-15);
    }

    @ParameterizedTest
    @EnumSource(KroneckerInverse.class)
    void should_invert_the_damped_product(KroneckerInverse how) {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            KroneckerFactors factors = trained(type);
            double damping = 0.03;
            factors.refresh(how, damping);
            INDArray gradient = gaussian(type, 7, 4, 6);
            INDArray flat = factors.precondition(gradient).dup('c').reshape(new long[] {24});
            LinearOperator damped;
            if (how == KroneckerInverse.EIGENBASIS) {
                damped = new DampedOperator(new KroneckerOperator(factors.g(), factors.a()), damping);
            } else {
                double pi = how == KroneckerInverse.FACTORS_PI
                        ? Math.sqrt(trace(factors.a()) / 6 / (trace(factors.g()) / 4))
                        : 1;
                double root = how == KroneckerInverse.FACTORS_PI ? Math.sqrt(damping) : damping;
                damped = new KroneckerOperator(
                        factors.g().add(Nd4j.eye(4).castTo(type).mul(root / pi)),
                        factors.a().add(Nd4j.eye(6).castTo(type).mul(root * pi)));
            }
            assertThat(relativeToMax(apply(damped, flat).reshape(4, 6), gradient))
                    .isLessThan(type == DataType.FLOAT ? 1e-4 : 1e-12);
        }
    }

    @Test
    void should_keep_the_inverse_until_the_next_refresh() {
        KroneckerFactors factors = trained(DataType.DOUBLE);
        factors.refresh(KroneckerInverse.FACTORS, 0.1);
        INDArray gradient = gaussian(DataType.DOUBLE, 7, 4, 6);
        INDArray before = factors.precondition(gradient);
        factors.update(gaussian(DataType.DOUBLE, 50, 20, 6), gaussian(DataType.DOUBLE, 51, 20, 4), 0.5);
        assertThat(factors.precondition(gradient)).isEqualTo(before);
        factors.refresh(KroneckerInverse.FACTORS, 0.1);
        assertThat(relativeToMax(factors.precondition(gradient), before)).isGreaterThan(0.01);
    }

    @ParameterizedTest
    @EnumSource(KroneckerInverse.class)
    void a_copy_should_be_inverted_without_a_trace_and_its_inverse_used_later(KroneckerInverse how) {
        KroneckerFactors factors = trained(DataType.FLOAT);
        factors.refresh(how, 0.1);
        FactoredInverse before = factors.inverse();
        KroneckerFactors copy = factors.copy();
        factors.update(gaussian(DataType.FLOAT, 50, 20, 6), gaussian(DataType.FLOAT, 51, 20, 4), 0.5);
        FactoredInverse late = copy.invert(how, 0.1);
        assertThat(factors.inverse()).isSameAs(before);
        assertThat(late).isEqualTo(before);
        assertThat(factors.invert(how, 0.1)).isNotEqualTo(before);
        factors.use(late);
        assertThat(factors.inverse()).isSameAs(late);
        FactoredInverse turned = new FactoredInverse(late.right(), late.left(), null);
        assertThatThrownBy(() -> factors.use(turned)).hasMessageContaining("left must have shape [4, 4]");
    }

    @Test
    void an_inverse_too_large_for_its_type_should_be_refused() {
        KroneckerFactors factors = new KroneckerFactors(Nd4j.zeros(3, 3), Nd4j.zeros(2, 2));
        factors.refresh(KroneckerInverse.FACTORS, 1);
        FactoredInverse before = factors.inverse();
        assertThatThrownBy(() -> factors.refresh(KroneckerInverse.FACTORS, 1e-60))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("too large for FLOAT");
        assertThat(factors.inverse()).isSameAs(before);
    }

    @Test
    void should_stay_positive_definite_over_10000_updates_in_float() {
        KroneckerFactors factors = new KroneckerFactors(8, 3, DataType.FLOAT);
        INDArray a = gaussian(DataType.FLOAT, 1, 4, 8);
        INDArray delta = gaussian(DataType.FLOAT, 2, 4, 3);
        for (int t = 0; t < 10_000; t++) {
            factors.update(a, delta, 0.95);
        }
        factors.refresh(KroneckerInverse.FACTORS, 1e-3);
        assertThat(relativeToMax(factors.a(), a.transpose().mmul(a).divi(4))).isLessThan(1e-5);
        INDArray gradient = gaussian(DataType.FLOAT, 3, 3, 8);
        INDArray u = factors.precondition(gradient);
        assertThat(u.mul(gradient).sumNumber().doubleValue()).isPositive();
    }

    @Test
    void should_rescale_and_clip_as_documented() {
        INDArray v = Nd4j.createFromArray(new double[][] {{3, 4}});
        assertThat(KroneckerGradient.rescale(v, v.mul(0.1))).isCloseTo(10, within(1e-12));
        assertThat(KroneckerGradient.rescale(v, v.mul(0))).isEqualTo(1);
        assertThat(KroneckerGradient.klScale(1e-3, 0.1, 40)).isCloseTo(Math.sqrt(1e-3 / 0.4), within(1e-15));
        assertThat(KroneckerGradient.klScale(1e-3, 0.1, 0.01)).isEqualTo(1);
        assertThat(KroneckerGradient.klScale(1e-3, 0.1, 0)).isEqualTo(1);
        assertThatThrownBy(() -> KroneckerGradient.rescale(v, v.dup().putScalar(0, 1, Double.NaN)))
                .hasMessageContaining("finite");
        assertThatThrownBy(() -> KroneckerGradient.klScale(Double.NaN, 1, 1)).hasMessageContaining("klClip");
    }

    @Test
    void should_refuse_bad_arguments() {
        KroneckerFactors factors = new KroneckerFactors(3, 2, DataType.DOUBLE);
        INDArray a = gaussian(DataType.DOUBLE, 1, 5, 3);
        INDArray delta = gaussian(DataType.DOUBLE, 2, 5, 2);
        assertThatThrownBy(() -> factors.precondition(gaussian(DataType.DOUBLE, 1, 2, 3)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("refresh");
        assertThatThrownBy(() -> factors.update(a, delta, Double.NaN)).hasMessageContaining("decay");
        assertThatThrownBy(() -> factors.update(delta, a, 0.5)).hasMessageContaining("inputs must have shape [5, 3]");
        assertThatThrownBy(() -> factors.update(a, delta.dup().putScalar(0, 1, Double.NaN), 0.5))
                .hasMessageContaining("deltas have norm NaN");
        assertThat(factors.a()).isEqualTo(Nd4j.eye(3).castTo(DataType.DOUBLE));
        assertThatThrownBy(() -> factors.refresh(KroneckerInverse.FACTORS, -1)).hasMessageContaining("damping");
    }

    private static double trace(INDArray matrix) {
        double sum = 0;
        for (int i = 0; i < matrix.size(0); i++) {
            sum += matrix.getDouble(i, i);
        }
        return sum;
    }
}
