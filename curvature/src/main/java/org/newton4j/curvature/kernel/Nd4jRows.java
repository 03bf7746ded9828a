/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Products with rows as ND4J operations, for backends whose memory is not in reach; widened to DOUBLE piece by piece.
 *
 * <p>Slower than the kernels on native memory, and its bits are those of the backend's sums.
 */
final class Nd4jRows implements RowProducts {

    /** Doubles widened at a time when a row is longer than that: 256 KB, half of a common second-level cache. */
    private static final long PIECE = 32_768;

    /** Short rows are widened together, so many doubles at a time: the fixed cost of a call would outweigh the cache. */
    private static final long TOGETHER = 262_144;

    private static final float LARGEST_BFLOAT16 = Bfloat16.toFloat((short) 0x7f7f);

    private final INDArray flat;
    private final DataType type;
    private final long d;

    Nd4jRows(INDArray rows) {
        type = rows.dataType();
        d = rows.size(1);
        flat = rows.reshape(new long[] {Math.multiplyExact(rows.size(0), d)});
    }

    @Override
    public double[] insert(int slot, INDArray x, int count) {
        double largest = type == DataType.BFLOAT16 ? LARGEST_BFLOAT16 : Float.MAX_VALUE;
        for (long from = 0; from < d; from += PIECE) {
            INDArray piece = vector(x).get(NDArrayIndex.interval(from, Math.min(d, from + PIECE)));
            INDArray target = flat.get(NDArrayIndex.interval(slot * d + from, slot * d + from + piece.length()));
            if (type == x.dataType()) {
                target.assign(piece);
            } else {
                INDArray bounded = piece.castTo(DataType.DOUBLE);
                bounded.assign(Nd4j.math().clipByValue(bounded, -largest, largest));
                target.assign(type == DataType.BFLOAT16 ? roundedToBfloat16(bounded) : bounded);
            }
        }
        return dots(count, flat.get(NDArrayIndex.interval(slot * d, slot * d + d)));
    }

    /** ND4J cuts the lower bits off instead of rounding; what is handed over here has none. */
    private static INDArray roundedToBfloat16(INDArray wide) {
        float[] values = wide.castTo(DataType.FLOAT).toFloatVector();
        for (int i = 0; i < values.length; i++) {
            values[i] = Bfloat16.toFloat(Bfloat16.of(values[i]));
        }
        return Nd4j.createFromArray(values);
    }

    @Override
    public double[] dots(int count, INDArray x) {
        double[] result = new double[count];
        INDArray vector = vector(x);
        if (d > PIECE) {
            for (long from = 0; from < d; from += PIECE) {
                long to = Math.min(d, from + PIECE);
                INDArray piece = vector.get(NDArrayIndex.interval(from, to)).castTo(DataType.DOUBLE);
                INDArray wide = piece.ulike();
                for (int i = 0; i < count; i++) {
                    wide.assign(flat.get(NDArrayIndex.interval(i * d + from, i * d + to)));
                    result[i] += Nd4j.getBlasWrapper().dot(wide, piece);
                }
            }
            return result;
        }
        INDArray column = vector.castTo(DataType.DOUBLE).reshape(d, 1);
        int step = (int) Math.max(1, TOGETHER / d);
        for (int from = 0; from < count; from += step) {
            int to = Math.min(count, from + step);
            double[] part =
                    wide(from, to).mmul(column).reshape(new long[] {to - from}).toDoubleVector();
            System.arraycopy(part, 0, result, from, to - from);
        }
        return result;
    }

    @Override
    public void combine(double scale, @Nullable INDArray x, double[] coefficients, INDArray out) {
        INDArray target = vector(out);
        INDArray start = x == null ? null : vector(x);
        if (d > PIECE) {
            for (long from = 0; from < d; from += PIECE) {
                long to = Math.min(d, from + PIECE);
                INDArray sum =
                        begin(scale, start == null ? null : start.get(NDArrayIndex.interval(from, to)), to - from);
                INDArray wide = sum.ulike();
                for (int i = 0; i < coefficients.length; i++) {
                    wide.assign(flat.get(NDArrayIndex.interval(i * d + from, i * d + to)));
                    Nd4j.getBlasWrapper().level1().axpy(to - from, coefficients[i], wide, sum);
                }
                target.get(NDArrayIndex.interval(from, to)).assign(sum);
            }
            return;
        }
        INDArray sum = begin(scale, start, d);
        INDArray c = Nd4j.createFromArray(coefficients);
        int step = (int) Math.max(1, TOGETHER / d);
        for (int from = 0; from < coefficients.length; from += step) {
            int to = Math.min(coefficients.length, from + step);
            INDArray part = c.get(NDArrayIndex.interval(from, to)).reshape(1, to - from);
            sum.addi(part.mmul(wide(from, to)).reshape(new long[] {d}));
        }
        target.assign(sum);
    }

    private static INDArray begin(double scale, @Nullable INDArray start, long n) {
        return start == null
                ? Nd4j.zeros(DataType.DOUBLE, n)
                : start.castTo(DataType.DOUBLE).mul(scale);
    }

    private INDArray wide(long from, long to) {
        return flat.get(NDArrayIndex.interval(from * d, to * d))
                .castTo(DataType.DOUBLE)
                .reshape('c', to - from, d);
    }

    private static INDArray vector(INDArray x) {
        if (x.rank() == 1) {
            return x;
        }
        // reshape may copy a strided view; a row or a column never is one.
        return x.size(0) == 1 ? x.getRow(0) : x.getColumn(0);
    }
}
