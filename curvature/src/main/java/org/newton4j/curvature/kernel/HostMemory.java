/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;
import java.util.Properties;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The way from an array to its native memory.
 */
final class HostMemory {

    private HostMemory() {}

    /** Decided once: a process has one ND4J backend. */
    private static final class Backend {
        static final boolean IS_CPU = isCpu();

        private static boolean isCpu() {
            Properties environment = Nd4j.getExecutioner().getEnvironmentInformation();
            return "CPU".equals(environment.getProperty("backend"));
        }
    }

    /**
     * Whether elements of the running backend's arrays lie in memory this process can read.
     *
     * @return true on the CPU backend
     */
    static boolean isHostBackend() {
        return Backend.IS_CPU;
    }

    /**
     * Whether the elements of a vector lie next to each other.
     *
     * @param vector rank 1, or one row or column
     * @return true if the distance of neighbours is one element
     */
    static boolean isDense(INDArray vector) {
        if (vector.length() == 1) {
            return true;
        }
        for (int d = 0; d < vector.rank(); d++) {
            if (vector.size(d) != 1 && vector.stride(d) != 1) {
                return false;
            }
        }
        return true;
    }

    /**
     * A window onto elements {@code from} to {@code from + n} in native byte order. It does not keep the array alive.
     *
     * @param vector dense vector, possibly a view
     * @param from first element of the window, counted within the view
     * @param n elements; fewer than 2^31 bytes
     * @return bytes of the window
     */
    static ByteBuffer window(INDArray vector, long from, int n) {
        int width = vector.dataType().width();
        return new Window(address(vector) + from * width, (long) n * width).asByteBuffer();
    }

    /**
     * Where the first element lies. The same as {@code data().addressPointer().address()} of M2.1, without two objects a
     * call; {@code data().address()} alone ignores the offset of a view, and so do pointer() and asNio().
     */
    static long address(INDArray vector) {
        DataBuffer data = vector.data();
        return data.address() + data.offset() * vector.dataType().width();
    }

    /** A pointer to bytes; the size JavaCPP works out for an unknown class is wrong. */
    private static final class Window extends Pointer {

        Window(long start, long bytes) {
            address = start;
            limit = bytes;
            capacity = bytes;
        }

        @Override
        public int sizeof() {
            return 1;
        }
    }
}
