/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Windows onto the native memory of FLOAT arrays, two kinds on the same bytes; several threads may use them at once by
 * absolute position.
 *
 * @param bytes for vector loads
 * @param values for bulk copies
 */
@SuppressWarnings("ArrayRecordComponent") // read by the kernels only, never compared
record FloatMemory(ByteBuffer[] bytes, FloatBuffer[] values) {

    /**
     * Elements {@code from} to {@code from + n} of each array.
     */
    static FloatMemory of(INDArray[] arrays, long from, int n) {
        ByteBuffer[] bytes = new ByteBuffer[arrays.length];
        FloatBuffer[] values = new FloatBuffer[arrays.length];
        for (int a = 0; a < arrays.length; a++) {
            Windows.Window window = Windows.of(arrays[a], from, n);
            bytes[a] = window.bytes;
            values[a] = window.floats;
        }
        return new FloatMemory(bytes, values);
    }
}
