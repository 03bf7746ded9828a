/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Activations cut into blocks that are contiguous in memory, read and written as {@code double[]} on the host.
 *
 * <p>With channels first, a block is one plane: one channel of one example. With channels last, it is one example, its
 * channels interleaved. {@code float} to {@code double} and back is exact.
 */
final class Blocks {

    private final INDArray array;
    private final boolean isDouble;
    private final int channels;
    private final long exampleStride;
    private final long channelStride;
    private final int blocks;
    private final float[] floats;

    /** Elements of one block: positions times interleaved channels. */
    final int size;

    /** Channels interleaved in a block; 1 with channels first. */
    final int interleaved;

    private Blocks(INDArray array, boolean channelsLast) {
        this.array = array;
        this.isDouble = array.dataType() == DataType.DOUBLE;
        int examples = Math.toIntExact(array.size(0));
        long spatial = 1;
        for (int axis = 1; axis < array.rank(); axis++) {
            spatial *= array.size(axis);
        }
        if (channelsLast) {
            interleaved = Math.toIntExact(array.size(array.rank() - 1));
            channels = 1;
            channelStride = 0;
        } else {
            interleaved = 1;
            channels = Math.toIntExact(array.size(1));
            channelStride = array.stride(1);
        }
        size = Math.toIntExact(spatial / channels);
        exampleStride = array.stride(0);
        blocks = Math.multiplyExact(examples, channels);
        floats = new float[isDouble ? 0 : size];
    }

    /** Blocks of an array; of a C-ordered copy if its own memory order has none. */
    static Blocks read(INDArray array, boolean channelsLast) {
        return new Blocks(isBlocked(array, channelsLast) ? array : array.dup('c'), channelsLast);
    }

    /** Blocks of an array to be written to. */
    static Blocks write(INDArray array, boolean channelsLast) {
        if (!isBlocked(array, channelsLast)) {
            throw new IllegalArgumentException(
                    "strides " + Arrays.toString(array.stride()) + " do not hold contiguous blocks");
        }
        return new Blocks(array, channelsLast);
    }

    int count() {
        return blocks;
    }

    void get(int block, double[] values) {
        try {
            if (isDouble) {
                try (DoublePointer pointer = new DoublePointer(array.data().addressPointer())) {
                    pointer.position(offset(block)).get(values, 0, size);
                }
                return;
            }
            try (FloatPointer pointer = new FloatPointer(array.data().addressPointer())) {
                pointer.position(offset(block)).get(floats, 0, size);
            }
        } finally {
            // A pointer does not keep the memory it points to: ND4J frees it once the array cannot be reached.
            Reference.reachabilityFence(array);
        }
        for (int i = 0; i < size; i++) {
            values[i] = floats[i];
        }
    }

    void put(int block, double[] values) {
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        try {
            if (isDouble) {
                try (DoublePointer pointer = new DoublePointer(array.data().addressPointer())) {
                    pointer.position(offset(block)).put(values, 0, size);
                }
                return;
            }
            try (FloatPointer pointer = new FloatPointer(array.data().addressPointer())) {
                pointer.position(offset(block)).put(floats, 0, size);
            }
        } finally {
            Reference.reachabilityFence(array);
        }
    }

    private long offset(int block) {
        return block / channels * exampleStride + block % channels * channelStride;
    }

    private static boolean isBlocked(INDArray array, boolean channelsLast) {
        long expected = 1;
        for (int axis = array.rank() - 1; axis >= (channelsLast ? 1 : 2); axis--) {
            if (array.size(axis) != 1 && array.stride(axis) != expected) {
                return false;
            }
            expected *= array.size(axis);
        }
        return true;
    }
}
