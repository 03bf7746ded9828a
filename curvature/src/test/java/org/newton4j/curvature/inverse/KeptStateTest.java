/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.inverse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class KeptStateTest {

    private static INDArray gaussian(Random random, DataType type, long... shape) {
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, random.nextGaussian());
        }
        return array.castTo(type);
    }

    /** Of 200 rows, histories become matrices after 80 updates. */
    @ParameterizedTest
    @CsvSource({"FLOAT, 4, 12", "BFLOAT16, 4, 6", "DOUBLE, 200, 84"})
    void a_rank_one_update_should_be_taken_back_bit_for_bit(DataType type, int n, int updates) {
        DataType arithmetic = type == DataType.BFLOAT16 ? DataType.FLOAT : type;
        RankOneInverse one = new RankOneInverse(n, type, RankOneRule.EXACT, 0.9, 1, null);
        RankOneInverse other = new RankOneInverse(n, type, RankOneRule.EXACT, 0.9, 1, null);
        Random random = new Random(1);
        for (int t = 0; t < updates; t++) {
            KeptState kept = one.keep();
            one.update(gaussian(random, arithmetic, n));
            kept.takeBack();
            assertThat(one.updates()).isEqualTo(t);
            assertThat(one.thin()).isEqualTo(other.thin());
            INDArray v = gaussian(random, arithmetic, n);
            kept = one.keep();
            one.update(v);
            kept.release();
            other.update(v);
            if (t % 7 == 0 || t > updates - 6) {
                assertThat(one.matrix()).as("update %d", t).isEqualTo(other.matrix());
            }
        }
        assertThat(one.thin()).isFalse();
    }

    @Test
    void factors_and_their_inverse_should_be_taken_back_bit_for_bit() {
        Random random = new Random(2);
        KroneckerFactors factors = new KroneckerFactors(4, 3, DataType.FLOAT);
        factors.update(gaussian(random, DataType.FLOAT, 8, 4), gaussian(random, DataType.FLOAT, 8, 3), 0.9);
        factors.refresh(KroneckerInverse.FACTORS_PI, 0.1);
        INDArray a = factors.a().dup();
        INDArray g = factors.g().dup();
        FactoredInverse inverse = factors.inverse();

        KeptState kept = factors.keep();
        factors.update(gaussian(random, DataType.FLOAT, 8, 4), gaussian(random, DataType.FLOAT, 8, 3), 0.9);
        factors.refresh(KroneckerInverse.FACTORS_PI, 0.1);
        kept.takeBack();

        assertThat(factors.a()).isEqualTo(a);
        assertThat(factors.g()).isEqualTo(g);
        assertThat(factors.inverse()).isSameAs(inverse);
    }
}
