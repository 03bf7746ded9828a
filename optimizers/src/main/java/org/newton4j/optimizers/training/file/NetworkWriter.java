/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.file;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Writes a model file that Deeplearning4j reads, with an entry of ours at its end. */
public final class NetworkWriter {

    private final ZipOutputStream zip;
    private final Map<String, Fingerprint> written = new TreeMap<>();

    /** What writes an entry. */
    @FunctionalInterface
    public interface Writing {

        /**
         * Writes.
         *
         * @param out the contents
         * @throws IOException if writing fails
         */
        void to(DataOutputStream out) throws IOException;
    }

    /** What writes our entry. */
    @FunctionalInterface
    public interface StateWriting {

        /**
         * Writes.
         *
         * @param others entries written so far
         * @param out the contents
         * @throws IOException if writing fails
         */
        void to(Map<String, Fingerprint> others, DataOutputStream out) throws IOException;
    }

    private NetworkWriter(ZipOutputStream zip) {
        this.zip = zip;
    }

    /**
     * Writes a network.
     *
     * @param network MultiLayerNetwork or ComputationGraph; Not modified
     * @param state what writes our entry
     * @param out the file; not closed
     * @throws IOException if writing fails
     */
    public static void write(Model network, StateWriting state, OutputStream out) throws IOException {
        NetworkWriter writer = new NetworkWriter(new ZipOutputStream(new BufferedOutputStream(out, 1 << 16)));
        writer.model(network);
        Map<String, Fingerprint> others = Map.copyOf(writer.written);
        writer.entry(ModelZip.STATE, to -> state.to(others, to));
        writer.zip.finish();
        writer.zip.flush();
    }

    private void model(Model network) throws IOException {
        String json;
        INDArray updaterState;
        if (network instanceof MultiLayerNetwork net) {
            json = net.getLayerWiseConfigurations().toJson();
            updaterState = net.getUpdater().getStateViewArray();
        } else {
            ComputationGraph graph = (ComputationGraph) network;
            json = graph.getConfiguration().toJson();
            updaterState = graph.getUpdater().getStateViewArray();
        }
        entry(ModelZip.CONFIGURATION, to -> to.write(ascii(json).getBytes(StandardCharsets.US_ASCII)));
        array(ModelZip.COEFFICIENTS, network.params());
        if (network.params() == null) {
            entry(ModelZip.NO_PARAMETERS, to -> {});
        }
        if (updaterState != null && updaterState.length() > 0) {
            array(ModelZip.UPDATER_STATE, updaterState);
        }
    }

    private void array(String name, @Nullable INDArray array) throws IOException {
        entry(name, to -> {
            if (array != null) {
                Nd4j.write(array, to);
            }
        });
    }

    private void entry(String name, Writing contents) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        zip.putNextEntry(entry);
        DataOutputStream to = new DataOutputStream(new BufferedOutputStream(zip, 1 << 16));
        contents.to(to);
        to.flush();
        zip.closeEntry();
        written.put(name, Fingerprint.of(entry));
    }

    /** Deeplearning4j reads in the charset of the machine; in JSON, every character has a name in ASCII. */
    private static String ascii(String json) {
        StringBuilder text = new StringBuilder(json.length());
        for (int i = 0; i < json.length(); i++) {
            char character = json.charAt(i);
            if (character < 0x80) {
                text.append(character);
            } else {
                text.append(String.format("\\u%04x", (int) character));
            }
        }
        return text.toString();
    }
}
