/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Windows onto the vectors this thread stepped last. A step meets the same memory again and again, and a window made anew
 * is 500 bytes of garbage.
 *
 * <p>A window is an address and a length and keeps nothing alive: where the memory was given back and another array lies
 * there now, it is a window onto that array. So it may be kept as long as whoever uses it holds the array.
 */
final class Windows {

    /** Vectors of a few blocks of parameters, four each. */
    private static final int KEPT = 32;

    private static final ThreadLocal<Windows> MINE = ThreadLocal.withInitial(Windows::new);

    private final Window[] kept = new Window[KEPT];

    private int next;

    /** The same bytes in three ways. */
    static final class Window {

        private final long address;

        /** For vector loads. */
        final ByteBuffer bytes;

        /** For bulk copies of FLOAT. */
        final FloatBuffer floats;

        /** For bulk copies of DOUBLE. */
        final DoubleBuffer doubles;

        private Window(long address, ByteBuffer bytes) {
            this.address = address;
            this.bytes = bytes;
            floats = bytes.asFloatBuffer();
            doubles = bytes.asDoubleBuffer();
        }
    }

    private Windows() {}

    /**
     * Elements {@code from} to {@code from + n}; as {@link HostMemory#window}, but kept. To be used by absolute position.
     *
     * @param vector dense FLOAT or DOUBLE vector
     */
    static Window of(INDArray vector, long from, int n) {
        return MINE.get().find(vector, from, n);
    }

    private Window find(INDArray vector, long from, int n) {
        int width = vector.dataType().width();
        long address = HostMemory.address(vector) + from * width;
        for (Window window : kept) {
            if (window != null && window.address == address && window.bytes.capacity() == n * width) {
                return window;
            }
        }
        Window window = new Window(address, HostMemory.window(vector, from, n));
        kept[next] = window;
        next = (next + 1) % KEPT;
        return window;
    }
}
