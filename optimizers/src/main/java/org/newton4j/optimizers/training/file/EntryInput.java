/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.file;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;

/** The contents of an entry, which knows how many bytes are left. */
public final class EntryInput extends DataInputStream {

    private final Counted counted;

    /**
     * Reads from a stream.
     *
     * @param from the contents; closed with this
     * @param size bytes it has
     */
    public EntryInput(InputStream from, long size) {
        this(new Counted(new BufferedInputStream(from, 1 << 16), size));
    }

    private EntryInput(Counted counted) {
        super(counted);
        this.counted = counted;
    }

    /**
     * Bytes not yet read.
     *
     * @return at least 0
     */
    public long left() {
        return counted.left;
    }

    /**
     * Checksum of what was read.
     *
     * @return CRC-32
     */
    public long checksum() {
        return counted.crc.getValue();
    }

    /**
     * Refuses what cannot be there.
     *
     * @param bytes wanted next
     * @param what they are, for the message
     * @throws EOFException if fewer are left
     */
    public void require(long bytes, String what) throws EOFException {
        if (bytes > left()) {
            throw new EOFException(what + " would take " + bytes + " bytes, but only " + left() + " are left");
        }
    }

    /** Never hands out more than the entry has. */
    private static final class Counted extends InputStream {

        private final InputStream in;
        private final CRC32 crc = new CRC32();
        private long left;

        Counted(InputStream in, long left) {
            this.in = in;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            int value = left > 0 ? in.read() : -1;
            if (value >= 0) {
                crc.update(value);
                left--;
            }
            return value;
        }

        @Override
        public int read(byte[] to, int at, int length) throws IOException {
            if (length > 0 && left == 0) {
                return -1;
            }
            int count = in.read(to, at, (int) Math.min(length, left));
            if (count > 0) {
                crc.update(to, at, count);
                left -= count;
            }
            return count;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
