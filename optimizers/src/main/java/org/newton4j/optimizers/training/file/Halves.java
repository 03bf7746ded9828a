/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.file;

import org.bytedeco.javacpp.indexer.Bfloat16Indexer;
import org.bytedeco.javacpp.indexer.HalfIndexer;
import org.nd4j.linalg.api.buffer.DataType;

/** Numbers of 16 bits. */
final class Halves {

    private Halves() {}

    /**
     * The bits of a number that one of the types holds exactly.
     *
     * @param type HALF or BFLOAT16
     * @param value as a wider number
     */
    static short bits(DataType type, float value) {
        return (short) (type == DataType.FLOAT16 ? HalfIndexer.fromFloat(value) : Bfloat16Indexer.fromFloat(value));
    }
}
