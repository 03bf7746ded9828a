/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;

/** Reader for the IDX format of MNIST (http://yann.lecun.com/exdb/mnist), plain or gzip, told apart by content. */
final class Idx {
    /** Two zero bytes, type 8 (unsigned byte), number of dimensions. */
    private static final int IMAGES = 0x0803;

    private static final int LABELS = 0x0801;
    private static final int GZIP_FIRST_BYTE = 0x1f;

    private Idx() {}

    /**
     * Grey images, one byte a pixel, row after row.
     *
     * @param pixels count · rows · columns bytes
     * @param count number of images
     * @param rows height
     * @param columns width
     */
    @SuppressWarnings("ArrayRecordComponent") // a carrier inside this package, never compared
    record Images(byte[] pixels, int count, int rows, int columns) {}

    static Images images(InputStream in, String name) throws IOException {
        try (InputStream data = open(in, name)) {
            magic(data, IMAGES, "images (idx3-ubyte)", name);
            int count = size(data, "number of images", name);
            int rows = size(data, "number of rows", name);
            int columns = size(data, "number of columns", name);
            return new Images(body(data, (double) count * rows * columns, name), count, rows, columns);
        }
    }

    static byte[] labels(InputStream in, String name) throws IOException {
        try (InputStream data = open(in, name)) {
            magic(data, LABELS, "labels (idx1-ubyte)", name);
            return body(data, size(data, "number of labels", name), name);
        }
    }

    private static InputStream open(InputStream in, String name) throws IOException {
        InputStream buffered = new BufferedInputStream(in, 1 << 16);
        buffered.mark(1);
        int first = buffered.read();
        buffered.reset();
        try {
            return first == GZIP_FIRST_BYTE ? new GZIPInputStream(buffered, 1 << 16) : buffered;
        } catch (IOException broken) {
            buffered.close();
            throw new BadInput(name + ": not a readable gzip file (" + broken.getMessage() + ")");
        }
    }

    private static void magic(InputStream in, int expected, String kind, String name) throws IOException {
        int found = int32(in, "magic number", name);
        if (found != expected) {
            throw new BadInput(
                    String.format("%s: magic number 0x%08x, but %s start with 0x%08x", name, found, kind, expected));
        }
    }

    private static int size(InputStream in, String what, String name) throws IOException {
        int size = int32(in, what, name);
        if (!(size > 0)) {
            throw new BadInput(name + ": " + what + " = " + size + ", but must be at least 1");
        }
        return size;
    }

    private static int int32(InputStream in, String what, String name) throws IOException {
        byte[] bytes = read(in, 4, name);
        if (bytes.length < 4) {
            throw new BadInput(name + ": ends inside the " + what);
        }
        return ByteBuffer.wrap(bytes).getInt();
    }

    private static byte[] body(InputStream in, double length, String name) throws IOException {
        if (!(length <= Integer.MAX_VALUE - 16)) {
            throw new BadInput(name + ": announces " + Text.number(length) + " bytes, more than one array holds");
        }
        int announced = (int) length;
        byte[] bytes = read(in, announced, name);
        if (bytes.length < announced) {
            throw new BadInput(
                    name + ": truncated, " + bytes.length + " of " + announced + " announced bytes are there");
        }
        return bytes;
    }

    /** As many of {@code length} bytes as there are; readNBytes allocates as it reads, so a lying header is cheap. */
    private static byte[] read(InputStream in, int length, String name) throws IOException {
        try {
            return in.readNBytes(length);
        } catch (EOFException | java.util.zip.ZipException broken) {
            throw new BadInput(name + ": truncated or damaged gzip data (" + broken.getMessage() + ")");
        }
    }
}
