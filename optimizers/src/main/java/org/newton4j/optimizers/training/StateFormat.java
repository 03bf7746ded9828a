/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.optimizers.training.file.ArrayHeader;
import org.newton4j.optimizers.training.file.EntryInput;
import org.newton4j.optimizers.training.file.Fingerprint;

/**
 * How the state that Deeplearning4j's own file format has no place for is written: a magic word, a version, the place in
 * the random stream, size and checksum of the other entries, so that entries of two files are not mixed, then each preconditioner's
 * arrays by name, and a checksum of it all: a tool that changes a byte mends that of the zip, too.
 *
 * <p>Version 1 had no checksums, and arrays in ND4J's format.
 */
final class StateFormat {

    private static final String MAGIC = "newton4j";
    private static final int VERSION = 2;

    private StateFormat() {}

    /**
     * What a checkpoint holds beyond the model.
     *
     * @param stream place in the random stream of the thread that trained
     * @param others the entries saved with it, by name; empty in version 1
     * @param states of the preconditioners, by key
     */
    record Content(RandomStream stream, Map<String, Fingerprint> others, Map<String, SavedArrays> states) {

        Content {
            others = Map.copyOf(others);
            states = Map.copyOf(states);
        }
    }

    static void write(Content content, DataOutputStream to) throws IOException {
        CRC32 crc = new CRC32();
        DataOutputStream out = new DataOutputStream(new CheckedOutputStream(to, crc));
        writeContent(content, out);
        to.writeLong(crc.getValue());
    }

    private static void writeContent(Content content, DataOutputStream out) throws IOException {
        out.writeUTF(MAGIC);
        out.writeInt(VERSION);
        out.writeLong(content.stream().root());
        out.writeLong(content.stream().node());
        Map<String, Fingerprint> others = new TreeMap<>(content.others());
        out.writeInt(others.size());
        for (Map.Entry<String, Fingerprint> other : others.entrySet()) {
            out.writeUTF(other.getKey());
            out.writeLong(other.getValue().size());
            out.writeLong(other.getValue().crc());
        }
        Map<String, SavedArrays> states = new TreeMap<>(content.states());
        out.writeInt(states.size());
        for (Map.Entry<String, SavedArrays> state : states.entrySet()) {
            out.writeUTF(state.getKey());
            Map<String, INDArray> arrays = state.getValue().all();
            out.writeInt(arrays.size());
            for (Map.Entry<String, INDArray> array : arrays.entrySet()) {
                out.writeUTF(array.getKey());
                ArrayHeader.write(array.getValue(), out);
            }
        }
    }

    /**
     * Reads an entry.
     *
     * @param in its contents
     * @param most how many numbers the state under a key can have; refuses unknown keys
     * @return what it holds
     * @throws IOException if it is wrong
     */
    static Content read(EntryInput in, ToLongFunction<String> most) throws IOException {
        String magic = in.readUTF();
        int version = in.readInt();
        if (!(magic.equals(MAGIC) && version >= 1 && version <= VERSION)) {
            throw new IOException("it is of format '" + magic + "', version " + version + ", but this library reads '"
                    + MAGIC + "' up to version " + VERSION);
        }
        RandomStream stream = new RandomStream(in.readLong(), in.readLong());
        Map<String, Fingerprint> others = new TreeMap<>();
        int entries = version == 1 ? 0 : count(in);
        for (int i = 0; i < entries; i++) {
            others.put(in.readUTF(), new Fingerprint(in.readLong(), in.readLong()));
        }
        Map<String, SavedArrays> states = new TreeMap<>();
        int count = count(in);
        for (int i = 0; i < count; i++) {
            String key = in.readUTF();
            SavedArrays arrays = arrays(in, version, key, most.applyAsLong(key));
            if (states.put(key, arrays) != null) {
                throw new IOException("the state of '" + key + "' is there twice");
            }
        }
        long checksum = in.checksum();
        if (version > 1 && in.readLong() != checksum) {
            throw new IOException("its contents were changed after it was written; take another copy of the file");
        }
        return new Content(stream, others, states);
    }

    private static SavedArrays arrays(EntryInput in, int version, String key, long most) throws IOException {
        SavedArrays arrays = new SavedArrays();
        long room = most;
        int size = count(in);
        for (int j = 0; j < size; j++) {
            String name = in.readUTF();
            ArrayHeader header = version == 1 ? ArrayHeader.readNd4j(in) : ArrayHeader.read(in);
            room -= header.length();
            if (room < 0) {
                throw new IOException("array '" + name + "' of the state of '" + key + "' has " + header
                        + ", but all arrays together can have " + most
                        + " at most: the state is of another network or of other settings");
            }
            if (arrays.has(name)) {
                throw new IOException("array '" + name + "' of the state of '" + key + "' is there twice");
            }
            arrays.with(name, header.readNumbers(in));
        }
        return arrays;
    }

    private static int count(EntryInput in) throws IOException {
        int count = in.readInt();
        if (!(count >= 0 && count <= in.left())) {
            throw new IOException("it announces " + count + " parts in " + in.left() + " bytes");
        }
        return count;
    }
}
