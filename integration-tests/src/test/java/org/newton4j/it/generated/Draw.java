/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.util.List;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The choices of one generated case: the same for the same seed, on any machine. */
final class Draw {

    private final SplittableRandom random;

    Draw(long seed, int number, int attempt) {
        SplittableRandom root = new SplittableRandom(seed);
        long mixed = root.nextLong() ^ (number * 0x9E3779B97F4A7C15L) ^ (attempt * 0xC2B2AE3D27D4EB4FL);
        random = new SplittableRandom(mixed);
    }

    /** A whole number in [low, high]. */
    int between(int low, int high) {
        return random.nextInt(low, high + 1);
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    @SafeVarargs
    final <T> T oneOf(T... values) {
        return values[random.nextInt(values.length)];
    }

    <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    double uniform(double low, double high) {
        return low + (high - low) * random.nextDouble();
    }

    /** Between low and high, each power of ten as likely as the other. */
    double scale(double low, double high) {
        return Math.exp(uniform(Math.log(low), Math.log(high)));
    }

    long seed() {
        return random.nextLong(1, 1_000_000);
    }

    double gaussian() {
        double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
        return radius * Math.cos(2 * Math.PI * random.nextDouble());
    }

    /** Normal numbers of mean 0 and standard deviation 1. */
    INDArray gaussian(DataType type, long... shape) {
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, gaussian());
        }
        return array.castTo(type);
    }
}
