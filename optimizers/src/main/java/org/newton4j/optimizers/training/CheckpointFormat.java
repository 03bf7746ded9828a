/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How the state that Deeplearning4j's own file format has no place for is written: a magic word, a version, the place in
 * the random stream, then each preconditioner's arrays by name.
 */
final class CheckpointFormat {

    private static final String MAGIC = "newton4j";
    private static final int VERSION = 1;

    private CheckpointFormat() {}

    /**
     * What a checkpoint holds beyond the model.
     *
     * @param stream place in the random stream of the thread that saved
     * @param states of the preconditioners
     */
    record Content(RandomStream stream, Map<String, SavedArrays> states) {

        Content {
            states = Map.copyOf(states);
        }
    }

    static void write(Content content, OutputStream to) throws IOException {
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(to, 1 << 16));
        out.writeUTF(MAGIC);
        out.writeInt(VERSION);
        out.writeLong(content.stream().root());
        out.writeLong(content.stream().node());
        Map<String, SavedArrays> states = new TreeMap<>(content.states());
        out.writeInt(states.size());
        for (Map.Entry<String, SavedArrays> state : states.entrySet()) {
            out.writeUTF(state.getKey());
            Map<String, INDArray> arrays = state.getValue().all();
            out.writeInt(arrays.size());
            for (Map.Entry<String, INDArray> array : arrays.entrySet()) {
                out.writeUTF(array.getKey());
                Nd4j.write(array.getValue(), out);
            }
        }
        out.flush();
    }

    static Content read(InputStream from, String file) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(from, 1 << 16));
        String magic = in.readUTF();
        int version = in.readInt();
        if (!(magic.equals(MAGIC) && version == VERSION)) {
            throw new IOException(file + " holds state of format '" + magic + "', version " + version
                    + ", but this library reads '" + MAGIC + "', version " + VERSION);
        }
        RandomStream stream = new RandomStream(in.readLong(), in.readLong());
        Map<String, SavedArrays> states = new TreeMap<>();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            String key = in.readUTF();
            SavedArrays arrays = new SavedArrays();
            int size = in.readInt();
            for (int j = 0; j < size; j++) {
                String name = in.readUTF();
                arrays.with(name, Nd4j.read(in));
            }
            states.put(key, arrays);
        }
        return new Content(stream, states);
    }
}
