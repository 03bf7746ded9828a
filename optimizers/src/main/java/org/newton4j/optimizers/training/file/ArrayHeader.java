/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.file;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.options.ArrayOptionsHelper;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What an array in a file says of itself, checked before its numbers are read.
 *
 * <p>Two formats: ND4J's, in which Deeplearning4j writes parameters and updater state, and our own, which is
 *
 * <pre>
 * UTF type, byte order ('c' or 'f'), byte rank, rank longs, the numbers big-endian in that order
 * </pre>
 *
 * <p>ND4J's own reader believes shape, strides and lengths; a wrong one kills the process.
 */
public final class ArrayHeader {

    private static final int MOST_DIMENSIONS = 8;
    private static final Set<DataType> TYPES =
            Set.of(DataType.DOUBLE, DataType.FLOAT, DataType.FLOAT16, DataType.BFLOAT16, DataType.INT64);

    private final DataType type;
    private final long[] shape;
    private final char order;
    private final long length;

    private ArrayHeader(DataType type, long[] shape, char order) throws IOException {
        this.type = type;
        this.shape = shape;
        this.order = order;
        length = length(shape);
    }

    private static long length(long[] shape) throws IOException {
        long length = 1;
        for (long size : shape) {
            if (size < 1) {
                throw new IOException("an array has the shape " + Arrays.toString(shape));
            }
            try {
                length = Math.multiplyExact(length, size);
            } catch (ArithmeticException e) {
                throw new IOException(
                        "an array has the shape " + Arrays.toString(shape) + ", which no memory holds", e);
            }
        }
        return length;
    }

    /**
     * Type of the numbers.
     *
     * @return one of DOUBLE, FLOAT, HALF, BFLOAT16 and LONG
     */
    public DataType type() {
        return type;
    }

    /**
     * How many numbers there are.
     *
     * @return at least 1
     */
    public long length() {
        return length;
    }

    /**
     * Writes an array in our format.
     *
     * @param array of one of the types this format knows; Not modified
     * @param out where to
     * @throws IOException if writing fails
     */
    public static void write(INDArray array, DataOutputStream out) throws IOException {
        INDArray dense = array.isView() ? array.dup(array.ordering()) : array;
        out.writeUTF(dense.dataType().name());
        out.writeByte(dense.ordering());
        out.writeByte(dense.rank());
        for (long size : dense.shape()) {
            out.writeLong(size);
        }
        DataBuffer data = dense.data();
        long length = dense.length();
        switch (dense.dataType()) {
            case DOUBLE -> {
                for (long i = 0; i < length; i++) {
                    out.writeDouble(data.getDouble(i));
                }
            }
            case FLOAT -> {
                for (long i = 0; i < length; i++) {
                    out.writeFloat(data.getFloat(i));
                }
            }
            case HALF, BFLOAT16 -> {
                for (long i = 0; i < length; i++) {
                    out.writeShort(Halves.bits(dense.dataType(), data.getFloat(i)));
                }
            }
            case LONG -> {
                for (long i = 0; i < length; i++) {
                    out.writeLong(data.getLong(i));
                }
            }
            default -> throw new IllegalArgumentException("no way to write numbers of type " + dense.dataType());
        }
    }

    /**
     * Reads a header in our format.
     *
     * @param in at the beginning of an array
     * @return the header, for whose numbers enough bytes are left
     * @throws IOException if it is wrong
     */
    public static ArrayHeader read(EntryInput in) throws IOException {
        DataType type = type(in.readUTF());
        char order = (char) in.readUnsignedByte();
        long[] shape = new long[rank(in.readUnsignedByte())];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = in.readLong();
        }
        if (!(order == 'c' || order == 'f')) {
            throw new IOException("an array has the order '" + order + "', but must have 'c' or 'f'");
        }
        return new ArrayHeader(type, shape, order).checked(in);
    }

    /**
     * Reads a header in ND4J's format, in which shape and numbers are two buffers.
     *
     * @param in at the beginning of an array
     * @return the header, for whose numbers enough bytes are left
     * @throws IOException if it is wrong
     */
    public static ArrayHeader readNd4j(EntryInput in) throws IOException {
        mode(in);
        long words = in.readLong();
        int rank = rank((words - 4) / 2);
        String kind = in.readUTF();
        if (words != 2L * rank + 4 || !kind.equals(DataType.INT64.name())) {
            throw new IOException("the shape of an array has " + words + " entries of type " + kind);
        }
        long[] info = new long[(int) words];
        in.require(8 * words, "the shape of an array");
        for (int i = 0; i < info.length; i++) {
            info[i] = in.readLong();
        }
        if (info[0] != rank) {
            throw new IOException("the shape of an array has " + words + " entries for " + info[0] + " dimensions");
        }
        long[] shape = Arrays.copyOfRange(info, 1, rank + 1);
        mode(in);
        long length = in.readLong();
        DataType type = type(in.readUTF());
        char order = order(shape, Arrays.copyOfRange(info, rank + 1, 2 * rank + 1), (char) info[2 * rank + 3]);
        ArrayHeader header = new ArrayHeader(type, shape, order);
        if (header.length() != length) {
            throw new IOException("an array of shape " + Arrays.toString(shape) + " has " + length + " numbers");
        }
        requireType(info[2 * rank + 1], type);
        return header.checked(in);
    }

    /** Where the number before last of the shape names a type, it is that of the numbers; old files have 0 there. */
    private static void requireType(long options, DataType type) throws IOException {
        if (options != 0 && ArrayOptionsHelper.dataType(options) != type) {
            throw new IOException("the shape of an array is one of " + ArrayOptionsHelper.dataType(options)
                    + ", its numbers are " + type);
        }
    }

    private static void mode(DataInputStream in) throws IOException {
        String mode = in.readUTF();
        switch (mode) {
            case "MIXED_DATA_TYPES", "LONG_SHAPE" -> {}
            case "DIRECT", "HEAP", "JAVACPP" ->
                throw new IOException("it is in the format of Deeplearning4j before 1.0.0-beta (" + mode
                        + "); read the file with Deeplearning4j's ModelSerializer and save it again");
            default -> throw new IOException("it does not begin as an array does");
        }
    }

    private static int rank(long rank) throws IOException {
        if (!(rank >= 0 && rank <= MOST_DIMENSIONS)) {
            throw new IOException("an array has " + rank + " dimensions, but at most " + MOST_DIMENSIONS + " are read");
        }
        return (int) rank;
    }

    private static DataType type(String name) throws IOException {
        for (DataType type : TYPES) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        throw new IOException("an array is of type '" + name + "', but must be one of " + TYPES);
    }

    /** The order in which the numbers lie side by side; strides of dimensions of size 1 say nothing. */
    private static char order(long[] shape, long[] strides, char claimed) throws IOException {
        char other = claimed == 'c' ? 'f' : 'c';
        for (char order : new char[] {claimed, other}) {
            if ((order == 'c' || order == 'f') && dense(shape, strides, order)) {
                return order;
            }
        }
        throw new IOException("an array of shape " + Arrays.toString(shape) + " has the strides "
                + Arrays.toString(strides) + ", but numbers lie side by side in a file");
    }

    private static boolean dense(long[] shape, long[] strides, char order) {
        long step = 1;
        for (int i = 0; i < shape.length; i++) {
            int dimension = order == 'f' ? i : shape.length - 1 - i;
            if (shape[dimension] != 1 && strides[dimension] != step) {
                return false;
            }
            step *= shape[dimension];
        }
        return true;
    }

    private ArrayHeader checked(EntryInput in) throws EOFException {
        long width = type.width();
        in.require(
                length > Long.MAX_VALUE / width ? Long.MAX_VALUE : length * width,
                "an array of shape " + Arrays.toString(shape) + " in " + type);
        return this;
    }

    /**
     * Reads the numbers.
     *
     * @param in right behind this header
     * @return a new array
     * @throws IOException if reading fails
     */
    public INDArray readNumbers(EntryInput in) throws IOException {
        DataBuffer data = Nd4j.createBuffer(type, length, false);
        data.read(in, DataBuffer.AllocationMode.MIXED_DATA_TYPES, length, type);
        return Nd4j.create(data, shape, Nd4j.getStrides(shape, order), 0, order, type);
    }

    @Override
    public String toString() {
        return length + " numbers in " + type;
    }
}
