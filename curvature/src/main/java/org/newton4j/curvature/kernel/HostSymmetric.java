/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Products by BLAS; the update, which BLAS has only without {@code scale}, as a loop over columns in native memory.
 *
 * <p>The lower triangle is left out: half the memory, and BLAS's symmetric products are as fast as its general ones, with
 * one thread and with several.
 */
final class HostSymmetric implements SymmetricKernels {

    private static final char F = 'f';
    private static final char UPPER = 'U';

    /** Columns that one thread takes at a time, and rows and columns of a block that is transposed at a time. */
    private static final int BLOCK = 32;

    private final Workers workers;

    HostSymmetric(Workers workers) {
        this.workers = workers;
    }

    /** Whether a matrix on the CPU backend is one for these loops. */
    static boolean accepts(INDArray m) {
        boolean floating = m.dataType() == DataType.FLOAT || m.dataType() == DataType.DOUBLE;
        long n = m.size(0);
        boolean dense = n == 1 || (m.stride(0) == 1 && m.stride(1) == n);
        return floating && dense && n <= Integer.MAX_VALUE / n / m.dataType().width();
    }

    @Override
    public void multiply(INDArray m, INDArray x, INDArray out) {
        Nd4j.getBlasWrapper().level2().symv(F, UPPER, 1, m, x, 0, out);
    }

    @Override
    public void left(INDArray m, INDArray b, INDArray out) {
        Nd4j.getBlasWrapper().level3().symm(F, 'L', UPPER, 1, m, b, 0, out);
    }

    @Override
    public void right(INDArray b, INDArray m, INDArray out) {
        Nd4j.getBlasWrapper().level3().symm(F, 'R', UPPER, 1, m, b, 0, out);
    }

    @Override
    public void update(INDArray m, double scale, double factor, INDArray u, double shift) {
        int n = (int) m.size(0);
        ByteBuffer memory = memory(m);
        long work = (long) n * n / 2;
        try {
            if (m.dataType() == DataType.FLOAT) {
                FloatBuffer entries = memory.asFloatBuffer();
                float[] w = floats(u);
                float root = (float) Math.sqrt(Math.abs(factor));
                for (int i = 0; i < n; i++) {
                    w[i] *= root;
                }
                workers.forEachChunk(n, BLOCK, work, (from, to) -> {
                    update(entries, from, to, (float) scale, factor < 0, w, (float) shift);
                    return 0;
                });
            } else {
                DoubleBuffer entries = memory.asDoubleBuffer();
                double[] w = doubles(u);
                double root = Math.sqrt(Math.abs(factor));
                for (int i = 0; i < n; i++) {
                    w[i] *= root;
                }
                workers.forEachChunk(n, BLOCK, work, (from, to) -> {
                    update(entries, from, to, scale, factor < 0, w, shift);
                    return 0;
                });
            }
        } finally {
            Reference.reachabilityFence(m);
        }
    }

    /** Columns {@code from} to {@code to}, down to the diagonal. */
    private static void update(
            FloatBuffer entries, int from, int to, float scale, boolean less, float[] w, float shift) {
        int n = w.length;
        float[] column = new float[to];
        for (int j = from; j < to; j++) {
            int rows = j + 1;
            entries.get(j * n, column, 0, rows);
            float wj = less ? -w[j] : w[j];
            for (int i = 0; i < rows; i++) {
                column[i] = scale * column[i] + wj * w[i];
            }
            column[j] += shift;
            entries.put(j * n, column, 0, rows);
        }
    }

    private static void update(
            DoubleBuffer entries, int from, int to, double scale, boolean less, double[] w, double shift) {
        int n = w.length;
        double[] column = new double[to];
        for (int j = from; j < to; j++) {
            int rows = j + 1;
            entries.get(j * n, column, 0, rows);
            double wj = less ? -w[j] : w[j];
            for (int i = 0; i < rows; i++) {
                column[i] = scale * column[i] + wj * w[i];
            }
            column[j] += shift;
            entries.put(j * n, column, 0, rows);
        }
    }

    /** By BLAS's general product: ND4J's syrk takes one column, however many there are. */
    @Override
    public void form(INDArray columns, double factor, double shift, INDArray m) {
        Nd4j.gemm(columns, columns, m, false, true, factor, 0);
        int n = (int) m.size(0);
        try {
            if (m.dataType() == DataType.FLOAT) {
                FloatBuffer entries = memory(m).asFloatBuffer();
                for (int i = 0; i < n; i++) {
                    entries.put(i * n + i, (float) (entries.get(i * n + i) + shift));
                }
            } else {
                DoubleBuffer entries = memory(m).asDoubleBuffer();
                for (int i = 0; i < n; i++) {
                    entries.put(i * n + i, entries.get(i * n + i) + shift);
                }
            }
        } finally {
            Reference.reachabilityFence(m);
        }
    }

    @Override
    public void complete(INDArray m) {
        int n = (int) m.size(0);
        try {
            if (m.dataType() == DataType.FLOAT) {
                FloatBuffer entries = memory(m).asFloatBuffer();
                forEachBelow(n, (above, below) -> entries.put(below, entries.get(above)));
            } else {
                DoubleBuffer entries = memory(m).asDoubleBuffer();
                forEachBelow(n, (above, below) -> entries.put(below, entries.get(above)));
            }
        } finally {
            Reference.reachabilityFence(m);
        }
    }

    /** Two places of one number. */
    private interface Pair {
        void accept(int above, int below);
    }

    /** By blocks, because one of the two runs across the columns. */
    private static void forEachBelow(int n, Pair pair) {
        for (int firstColumn = 0; firstColumn < n; firstColumn += BLOCK) {
            for (int firstRow = 0; firstRow <= firstColumn; firstRow += BLOCK) {
                for (int j = firstColumn; j < Math.min(n, firstColumn + BLOCK); j++) {
                    for (int i = firstRow; i < Math.min(j, firstRow + BLOCK); i++) {
                        pair.accept(j * n + i, i * n + j);
                    }
                }
            }
        }
    }

    @Override
    public double largestOfDiagonal(INDArray m) {
        int n = (int) m.size(0);
        double largest = 0;
        try {
            if (m.dataType() == DataType.FLOAT) {
                FloatBuffer entries = memory(m).asFloatBuffer();
                for (int i = 0; i < n; i++) {
                    largest = Math.max(largest, Math.abs(entries.get(i * n + i)));
                }
            } else {
                DoubleBuffer entries = memory(m).asDoubleBuffer();
                for (int i = 0; i < n; i++) {
                    largest = Math.max(largest, Math.abs(entries.get(i * n + i)));
                }
            }
        } finally {
            Reference.reachabilityFence(m);
        }
        return largest;
    }

    @Override
    public double dot(INDArray x, INDArray y) {
        double sum = 0;
        if (x.dataType() == DataType.FLOAT) {
            float[] a = floats(x);
            float[] b = x == y ? a : floats(y);
            for (int i = 0; i < a.length; i++) {
                sum += (double) a[i] * b[i];
            }
        } else {
            double[] a = doubles(x);
            double[] b = x == y ? a : doubles(y);
            for (int i = 0; i < a.length; i++) {
                sum += a[i] * b[i];
            }
        }
        return sum;
    }

    @Override
    public double largest(INDArray x) {
        double largest = 0;
        if (x.dataType() == DataType.FLOAT) {
            for (float value : floats(x)) {
                largest = Math.max(largest, Math.abs(value));
            }
        } else {
            for (double value : doubles(x)) {
                largest = Math.max(largest, Math.abs(value));
            }
        }
        return largest;
    }

    /** A copy in bulk; ND4J's own goes entry by entry. */
    private static float[] floats(INDArray x) {
        INDArray dense = HostMemory.isDense(x) ? x : x.dup();
        float[] values = new float[(int) x.length()];
        try {
            memory(dense).asFloatBuffer().get(0, values);
        } finally {
            Reference.reachabilityFence(dense);
        }
        return values;
    }

    private static double[] doubles(INDArray x) {
        INDArray dense = HostMemory.isDense(x) ? x : x.dup();
        double[] values = new double[(int) x.length()];
        try {
            memory(dense).asDoubleBuffer().get(0, values);
        } finally {
            Reference.reachabilityFence(dense);
        }
        return values;
    }

    private static ByteBuffer memory(INDArray m) {
        return HostMemory.window(m, 0, (int) m.length());
    }
}
