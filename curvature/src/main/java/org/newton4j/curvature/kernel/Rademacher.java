/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Rademacher probes, -1 or 1 with equal chance, as a pure function of (seed, iteration, probe, index).
 *
 * <pre>
 * mix(x)  = finalizer of SplitMix64 (Steele, Lea and Flood 2014, variant 13 of Stafford)
 * key     = mix(mix(mix(seed + G) + iteration + G) + probe + G),        G = 0x9E3779B97F4A7C15
 * word(w) = mix(key + (w + 1) G),                                       the SplitMix64 stream that starts at key
 * sign(i) = 1 if bit (i mod 64) of word(i div 64) is set, else -1
 * </pre>
 *
 * <p>No state, no global random numbers: a resumed run, another worker, another backend, another data type or another
 * split into blocks draws the same bits. The definition is part of the file format of resumed runs and does not change.
 */
public final class Rademacher {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    /** Signs written per bulk copy: a multiple of 64, and few enough for the first-level cache. */
    private static final int TILE = 1 << 12;

    /** The signs of each byte, lowest bit first: copying eight takes half of the time of computing them. */
    private static final float[] OF_BYTE = new float[256 * Byte.SIZE];

    static {
        for (int i = 0; i < OF_BYTE.length; i++) {
            OF_BYTE[i] = (((i / Byte.SIZE) >>> (i % Byte.SIZE)) & 1) * 2 - 1;
        }
    }

    private Rademacher() {}

    /**
     * Fills a vector with the signs of consecutive indices.
     *
     * @param out flat vector of floating-point type, possibly a view; receives the signs of {@code firstIndex} to
     *     {@code firstIndex + length - 1}; Modified
     * @param seed seed of the run, any number
     * @param iteration training iteration, at or above 0
     * @param probe number of the probe within the iteration, at or above 0
     * @param firstIndex parameter index of the first element, at or above 0
     * @throws IllegalArgumentException if {@code out} is not a flat floating-point vector or a number is negative
     */
    public static void fill(INDArray out, long seed, long iteration, int probe, long firstIndex) {
        Arguments.arrays(new String[] {"out"}, out);
        long key = key(seed, iteration, probe);
        notNegative("firstIndex", firstIndex);
        long n = out.length();
        boolean host = HostMemory.isHostBackend() && out.dataType() == DataType.FLOAT && HostMemory.isDense(out);
        INDArray flat = host ? out : out.rank() == 1 ? out : out.reshape('c', true, n);
        float[] tile = new float[(int) Math.min(n, TILE)];
        try {
            for (long at = 0; at < n; at += TILE) {
                int length = (int) Math.min(TILE, n - at);
                signs(tile, length, key, firstIndex + at);
                if (host) {
                    HostMemory.window(out, at, length).asFloatBuffer().put(0, tile, 0, length);
                } else {
                    float[] exact = length == tile.length ? tile : Arrays.copyOf(tile, length);
                    flat.get(NDArrayIndex.interval(at, at + length))
                            .assign(Nd4j.createFromArray(exact).castTo(out.dataType()));
                }
            }
        } finally {
            Reference.reachabilityFence(out);
        }
    }

    /**
     * One sign.
     *
     * @param seed seed of the run, any number
     * @param iteration training iteration, at or above 0
     * @param probe number of the probe within the iteration, at or above 0
     * @param index parameter index, at or above 0
     * @return -1 or 1
     * @throws IllegalArgumentException if iteration, probe or index is negative
     */
    public static int sign(long seed, long iteration, int probe, long index) {
        long key = key(seed, iteration, probe);
        notNegative("index", index);
        return (int) (word(key, index >>> 6) >>> (index & 63) & 1) * 2 - 1;
    }

    private static void signs(float[] tile, int n, long key, long firstIndex) {
        int i = 0;
        while (i < n) {
            long index = firstIndex + i;
            long bits = word(key, index >>> 6) >>> (index & 63);
            int end = (int) Math.min(n, i + 64 - (index & 63));
            for (; i + Byte.SIZE <= end; i += Byte.SIZE) {
                System.arraycopy(OF_BYTE, (int) (bits & 255) * Byte.SIZE, tile, i, Byte.SIZE);
                bits >>>= Byte.SIZE;
            }
            for (; i < end; i++) {
                tile[i] = (bits & 1) * 2 - 1;
                bits >>>= 1;
            }
        }
    }

    private static long key(long seed, long iteration, int probe) {
        notNegative("iteration", iteration);
        notNegative("probe", probe);
        return mix(mix(mix(seed + GOLDEN) + iteration + GOLDEN) + probe + GOLDEN);
    }

    private static long word(long key, long word) {
        return mix(key + (word + 1) * GOLDEN);
    }

    private static long mix(long x) {
        long z = x;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static void notNegative(String name, long value) {
        if (!(value >= 0)) {
            throw new IllegalArgumentException(name + " is " + value + ", must be at or above 0");
        }
    }
}
