/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** IDX files small enough to train on in a test: class c is a bright stripe in row c. */
final class TinyFolder {
    static final int CLASSES = 3;

    private TinyFolder() {}

    static void write(Path folder, int train, int test, int side) throws IOException {
        Files.write(folder.resolve("train-images-idx3-ubyte"), images(train, side));
        Files.write(folder.resolve("train-labels-idx1-ubyte"), labels(train));
        Files.write(folder.resolve("t10k-images-idx3-ubyte"), images(test, side));
        Files.write(folder.resolve("t10k-labels-idx1-ubyte"), labels(test));
    }

    static byte[] labels(int n) {
        ByteBuffer out = ByteBuffer.allocate(8 + n).putInt(0x0801).putInt(n);
        for (int i = 0; i < n; i++) {
            out.put((byte) (i % CLASSES));
        }
        return out.array();
    }

    private static byte[] images(int n, int side) {
        ByteBuffer out = ByteBuffer.allocate(16 + n * side * side)
                .putInt(0x0803)
                .putInt(n)
                .putInt(side)
                .putInt(side);
        for (int i = 0; i < n; i++) {
            for (int p = 0; p < side * side; p++) {
                out.put((byte) (p / side == 3 * (i % CLASSES) ? 200 + i % 40 : (p * 7 + i * 13) % 30));
            }
        }
        return out.array();
    }
}
