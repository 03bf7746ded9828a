/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Moves parts of vectors that consist of equally long runs, as the columns of a matrix are, and numbers into and out of
 * vectors; ND4J's copy between views goes entry by entry.
 */
public final class Runs {

    private Runs() {}

    /**
     * Copies the same part of every run of one vector to a part of every run of another.
     *
     * <pre>
     * to[i t + toAt + j] = from[i f + fromAt + j]     i &lt; count, j &lt; length
     * f, t: lengths of the vectors / count
     * </pre>
     *
     * @param from vector of {@code count} runs; Not modified
     * @param fromAt first place of a run to read
     * @param to vector of {@code count} runs, other memory than {@code from}, of any floating-point type; Modified
     * @param toAt first place of a run to write
     * @param length places, at least 1
     * @param count runs
     * @throws IllegalArgumentException if a part is not inside its run
     */
    public static void copy(INDArray from, int fromAt, INDArray to, int toAt, int length, int count) {
        check("from", from, fromAt, length, count);
        check("to", to, toAt, length, count);
        int f = (int) (from.length() / count);
        int t = (int) (to.length() / count);
        DataType type = from.dataType();
        boolean near = HostMemory.isHostBackend()
                && type == to.dataType()
                && (type == DataType.FLOAT || type == DataType.DOUBLE)
                && HostMemory.isDense(from)
                && HostMemory.isDense(to)
                && Math.max(from.length(), to.length()) <= HostKernels.WINDOW;
        if (!near) {
            part(to, toAt, length, count).assign(part(from, fromAt, length, count));
            return;
        }
        int width = type.width();
        ByteBuffer source = HostMemory.window(from, 0, (int) from.length());
        ByteBuffer target = HostMemory.window(to, 0, (int) to.length());
        try {
            for (int i = 0; i < count; i++) {
                int there = (i * t + toAt) * width;
                int here = (i * f + fromAt) * width;
                if (length > 1) {
                    target.put(there, source, here, length * width);
                } else if (type == DataType.FLOAT) {
                    // A copy in bulk of one number takes as long as one of a hundred.
                    target.putInt(there, source.getInt(here));
                } else {
                    target.putLong(there, source.getLong(here));
                }
            }
        } finally {
            Reference.reachabilityFence(from);
            Reference.reachabilityFence(to);
        }
    }

    /**
     * Writes numbers into a vector.
     *
     * @param values Not modified
     * @param scale factor of each
     * @param to vector of at least that length, FLOAT or DOUBLE; Modified in its first entries
     */
    public static void store(double[] values, double scale, INDArray to) {
        boolean near = HostMemory.isHostBackend() && HostMemory.isDense(to) && to.length() <= HostKernels.WINDOW;
        if (!near) {
            to.get(NDArrayIndex.interval(0, values.length))
                    .assign(Nd4j.createFromArray(values).muli(scale));
            return;
        }
        ByteBuffer target = HostMemory.window(to, 0, (int) to.length());
        boolean isFloat = to.dataType() == DataType.FLOAT;
        try {
            for (int i = 0; i < values.length; i++) {
                if (isFloat) {
                    target.putFloat(i * Float.BYTES, (float) (values[i] * scale));
                } else {
                    target.putDouble(i * Double.BYTES, values[i] * scale);
                }
            }
        } finally {
            Reference.reachabilityFence(to);
        }
    }

    /**
     * Reads all numbers of a vector.
     *
     * @param from vector, FLOAT or DOUBLE; Not modified
     * @return its numbers
     */
    public static double[] load(INDArray from) {
        boolean near = HostMemory.isHostBackend() && HostMemory.isDense(from) && from.length() <= HostKernels.WINDOW;
        if (!near) {
            return from.dup().data().asDouble();
        }
        double[] values = new double[(int) from.length()];
        ByteBuffer source = HostMemory.window(from, 0, values.length);
        boolean isFloat = from.dataType() == DataType.FLOAT;
        try {
            for (int i = 0; i < values.length; i++) {
                values[i] = isFloat ? source.getFloat(i * Float.BYTES) : source.getDouble(i * Double.BYTES);
            }
        } finally {
            Reference.reachabilityFence(from);
        }
        return values;
    }

    private static INDArray part(INDArray vector, int at, int length, int count) {
        return vector.reshape('c', true, count, vector.length() / count)
                .get(NDArrayIndex.all(), NDArrayIndex.interval(at, at + length));
    }

    private static void check(String name, INDArray vector, int at, int length, int count) {
        if (!(count >= 1
                && vector.length() % count == 0
                && at >= 0
                && length >= 1
                && at + length <= vector.length() / count)) {
            throw new IllegalArgumentException(name + " has " + vector.length() + " entries, which are not " + count
                    + " runs with places " + at + " to " + ((long) at + length));
        }
    }
}
