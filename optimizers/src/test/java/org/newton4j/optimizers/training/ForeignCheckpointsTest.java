/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.preprocessor.NormalizerStandardize;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.optimizers.Kfac;
import org.newton4j.optimizers.Mfac;
import org.newton4j.optimizers.Mkor;

/** Files somebody else has put together: one IOException that names file, entry and cause, before anything has happened. */
class ForeignCheckpointsTest {

    private static final String STATE = "newton4j.bin";
    private static final String COEFFICIENTS = "coefficients.bin";
    private static final String UPDATER_STATE = "updaterState.bin";
    private static final String CONFIGURATION = "configuration.json";

    @TempDir
    Path folder;

    private static boolean ran;

    /** What a stranger's object would do. */
    static final class Trap implements Serializable {
        private static final long serialVersionUID = 1L;

        private void readObject(ObjectInputStream in) {
            ran = true;
        }
    }

    /** What the static initialiser of a stranger's class would do. */
    static final class Initialiser {
        static {
            ran = true;
        }

        private Initialiser() {}
    }

    private static Mfac mfac(int gradients) {
        return Mfac.builder()
                .base(new Nesterovs(0.05))
                .gradients(gradients)
                .damping(0.1)
                .build();
    }

    private static MultiLayerNetwork network(IUpdater updater, int hidden) {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.FLOAT)
                .activation(Activation.TANH)
                .updater(updater)
                .list()
                .layer(new DenseLayer.Builder().nIn(3).nOut(hidden).build())
                .layer(new OutputLayer.Builder()
                        .nIn(hidden)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        net.init();
        net.setListeners(new CurvatureListener());
        INDArray features = Nd4j.create(new float[][] {{1, 2, -1}, {0, 1, 3}});
        INDArray labels = Nd4j.create(new float[][] {{1, 0}, {0, 1}});
        for (int step = 0; step < 3; step++) {
            net.fit(features, labels);
        }
        return net;
    }

    private Map<String, byte[]> parts(MultiLayerNetwork net) throws IOException {
        Path file = folder.resolve("good.zip");
        Checkpoints.save(net, file);
        Map<String, byte[]> parts = new LinkedHashMap<>();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(file))) {
            for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
                parts.put(entry.getName(), in.readAllBytes());
            }
        }
        return parts;
    }

    private Path file(Map<String, byte[]> parts) throws IOException {
        Path file = folder.resolve("foreign.zip");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> part : parts.entrySet()) {
                out.putNextEntry(new ZipEntry(part.getKey()));
                out.write(part.getValue());
                out.closeEntry();
            }
        }
        return file;
    }

    private void refused(Map<String, byte[]> parts, String entry, String... causes) throws IOException {
        Path file = file(parts);
        RandomStream before = RandomStream.here();
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Checkpoints.restoreMultiLayerNetwork(file))
                .withMessageStartingWith(file + ", entry " + entry + ": ")
                .satisfies(e -> assertThat(e.getMessage()).contains(causes));
        assertThat(RandomStream.here()).isEqualTo(before);
    }

    private static byte[] bytes(Writer writer) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            writer.write(out);
        }
        return bytes.toByteArray();
    }

    private interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    /** An array as ND4J writes it, but for what is said of it. */
    private static void writeNd4j(DataOutputStream out, String type, long length, long... shapeInformation)
            throws IOException {
        out.writeUTF("MIXED_DATA_TYPES");
        out.writeLong(shapeInformation.length);
        out.writeUTF("LONG");
        for (long number : shapeInformation) {
            out.writeLong(number);
        }
        out.writeUTF("MIXED_DATA_TYPES");
        out.writeLong(length);
        out.writeUTF(type);
    }

    private static byte[] oldState(String key, String array, Writer writer) throws IOException {
        return bytes(out -> {
            out.writeUTF("newton4j");
            out.writeInt(1);
            out.writeLong(1);
            out.writeLong(2);
            out.writeInt(1);
            out.writeUTF(key);
            out.writeInt(1);
            out.writeUTF(array);
            writer.write(out);
        });
    }

    @Test
    void serialised_objects_should_not_be_deserialised() throws IOException {
        Map<String, byte[]> parts = parts(network(mfac(2), 4));
        ByteArrayOutputStream object = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(object)) {
            out.writeObject(new Trap());
        }
        ran = false;
        parts.put("preprocessor.bin", object.toByteArray());
        refused(parts, "preprocessor.bin", "serialised Java object", "Take it out");
        parts.remove(STATE);
        refused(parts, "preprocessor.bin", "serialised Java object");
        parts.remove("preprocessor.bin");
        parts.put("normalizer.bin", object.toByteArray());
        parts.put("objects/mine", object.toByteArray());
        assertThat(Checkpoints.restoreMultiLayerNetwork(file(parts)).getIterationCount())
                .isEqualTo(3);
        assertThat(ran).isFalse();
    }

    @Test
    void a_normalizer_added_by_Deeplearning4j_should_stay_readable() throws IOException {
        MultiLayerNetwork net = network(mfac(2), 4);
        Path file = folder.resolve("net.zip");
        Checkpoints.save(net, file);
        NormalizerStandardize normalizer = new NormalizerStandardize();
        normalizer.fit(new DataSet(Nd4j.create(new float[][] {{1, 2, 3}, {3, 5, 7}}), Nd4j.ones(2, 2)));
        ModelSerializer.addNormalizerToModel(file.toFile(), normalizer);
        assertThat(CurvatureListener.stateBytes(Checkpoints.restoreMultiLayerNetwork(file)))
                .isEqualTo(CurvatureListener.stateBytes(net));
        assertThat((Object) ModelSerializer.restoreNormalizerFromFile(file.toFile()))
                .isEqualTo(normalizer);
    }

    @Test
    void classes_that_are_no_part_of_a_network_should_not_be_touched() throws IOException {
        Map<String, byte[]> parts = parts(network(mfac(2), 4));
        String json = new String(parts.get(CONFIGURATION), StandardCharsets.US_ASCII);
        String updater = "\"org.newton4j.optimizers.Mfac\"";
        assertThat(json).contains(updater);
        ran = false;
        parts.put(
                CONFIGURATION,
                json.replace(updater, "\"" + Initialiser.class.getName() + "\"").getBytes(StandardCharsets.US_ASCII));
        refused(parts, CONFIGURATION, Initialiser.class.getName(), "no part of a network");
        assertThat(ran).isFalse();
        parts.put(CONFIGURATION, json.replace(updater, "\"com.example.Mine\"").getBytes(StandardCharsets.US_ASCII));
        refused(parts, CONFIGURATION, "com.example.Mine", "class path");
        parts.put(CONFIGURATION, "[".repeat(100_000).getBytes(StandardCharsets.US_ASCII));
        refused(parts, CONFIGURATION, "nested");
    }

    @Test
    void entries_nobody_knows_should_be_refused() throws IOException {
        Map<String, byte[]> parts = parts(network(mfac(2), 4));
        parts.put("readme.txt", new byte[3]);
        refused(parts, "readme.txt", "no part of a model file", "take it out");
    }

    @Test
    void an_array_that_claims_more_than_is_there_should_be_refused_before_memory_is_taken() throws IOException {
        Map<String, byte[]> parts = parts(network(mfac(5), 4));
        long most = 100_000_000;
        parts.put(STATE, oldState("M-FAC@0", "window", out -> {
            writeNd4j(out, "FLOAT", 5 * most, 2, 5, most, most, 1, 0, 1, 'c');
            out.write(new byte[1600]);
        }));
        refused(parts, STATE, "2000000000 bytes, but only 1600 are left");
        parts.put(COEFFICIENTS, bytes(out -> {
            writeNd4j(out, "FLOAT", 5 * most, 2, 1, 5 * most, 5 * most, 1, 0, 1, 'c');
            out.write(new byte[1600]);
        }));
        refused(parts, COEFFICIENTS, "2000000000 bytes, but only 1600 are left");
    }

    @Test
    void an_array_larger_than_the_network_has_use_for_should_be_refused_before_memory_is_taken() throws IOException {
        Map<String, byte[]> parts = parts(network(mfac(5), 4));
        parts.put(STATE, oldState("M-FAC@0", "window", out -> {
            writeNd4j(out, "FLOAT", 500_000, 2, 5, 100_000, 100_000, 1, 0, 1, 'c');
            out.write(new byte[4 * 500_000]);
        }));
        refused(parts, STATE, "'window'", "500000 numbers in FLOAT", "another network or of other settings");
    }

    @Test
    void wrong_strides_types_and_lengths_should_be_refused() throws IOException {
        Map<String, byte[]> parts = parts(network(mfac(2), 4));
        byte[] good = parts.get(COEFFICIENTS);
        int n = 4 * 4 + 5 * 2;
        long[][] shapes = {
            {2, 1, n, n, 1000, 0, 1, 'c'},
            {2, 1, n, 1, -1, 0, 1, 'f'},
            {2, 2, n / 2, 1, 1, 0, 1, 'c'},
            {2, 1, n + 1, n + 1, 1, 0, 1, 'c'},
            {1, n, 1, 0, 1, 'c', 0, 0},
            {32, 1, n, n, 1, 0, 1, 'c'},
        };
        for (long[] shape : shapes) {
            parts.put(COEFFICIENTS, bytes(out -> {
                writeNd4j(out, "FLOAT", n, shape);
                out.write(new byte[4 * n]);
            }));
            refused(parts, COEFFICIENTS, "an array");
        }
        parts.put(COEFFICIENTS, bytes(out -> {
            writeNd4j(out, "INT", n, 2, 1, n, n, 1, 0, 1, 'c');
            out.write(new byte[4 * n]);
        }));
        refused(parts, COEFFICIENTS, "type 'INT'");
        parts.put(COEFFICIENTS, good);
        byte[] updater = parts.get(UPDATER_STATE);
        parts.put(UPDATER_STATE, parts(network(mfac(2), 5)).get(UPDATER_STATE));
        refused(parts, UPDATER_STATE, "32 numbers in FLOAT", "26 numbers of updater state");
        parts.put(UPDATER_STATE, updater);
        assertThat(Checkpoints.restoreMultiLayerNetwork(file(parts)).numParams())
                .isEqualTo(n);
    }

    @Test
    void state_of_another_network_window_or_optimizer_should_be_refused_when_it_is_loaded() throws IOException {
        Map<String, byte[]> parts = parts(network(mfac(5), 4));
        parts.put(STATE, parts(network(mfac(3), 4)).get(STATE));
        refused(parts, STATE, "3 gradients of length 26", "needs 5 of length 26");
        parts.put(STATE, parts(network(mfac(5), 3)).get(STATE));
        refused(parts, STATE, "5 gradients of length 20", "needs 5 of length 26");
        parts.put(STATE, parts(network(mfac(5), 40)).get(STATE));
        refused(parts, STATE, "another network");
        parts.put(STATE, parts(network(new Mkor(new Nesterovs(0.05)), 4)).get(STATE));
        refused(parts, STATE, "MKOR@0", "M-FAC@0", "another optimizer");
        parts = parts(network(new Kfac(new Nesterovs(0.05)), 4));
        parts.put(STATE, parts(network(new Kfac(new Nesterovs(0.05)), 3)).get(STATE));
        refused(parts, STATE, "this network needs");
        parts = parts(network(new Mkor(new Nesterovs(0.05)), 4));
        parts.put(STATE, parts(network(new Mkor(new Nesterovs(0.05)), 3)).get(STATE));
        refused(parts, STATE, "this network needs");
        parts = parts(network(new Nesterovs(0.05), 4));
        parts.put(STATE, parts(network(mfac(5), 4)).get(STATE));
        refused(parts, STATE, "no preconditioner");
    }

    @Test
    void entries_of_two_saves_should_not_be_mixed() throws IOException {
        Map<String, byte[]> parts = parts(network(mfac(2), 4));
        byte[] parameters = parts.get(COEFFICIENTS);
        parts.put(COEFFICIENTS, parts.get(UPDATER_STATE));
        parts.put(UPDATER_STATE, parameters);
        refused(parts, STATE, "another coefficients.bin", "put together from several");
        parts.put(UPDATER_STATE, parts.get(COEFFICIENTS));
        parts.put(COEFFICIENTS, parameters);
        parts.remove(UPDATER_STATE);
        refused(parts, STATE, "but the file has");
    }

    @Test
    void another_kind_of_network_should_be_named() throws IOException {
        Path file = file(parts(network(mfac(2), 4)));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Checkpoints.restoreComputationGraph(file))
                .withMessageContaining("describes a MultiLayerNetwork, not a ComputationGraph");
        Path missing = folder.resolve("missing.zip");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Checkpoints.restoreComputationGraph(missing))
                .withMessageContaining("missing.zip");
        Path text = Files.writeString(folder.resolve("text.zip"), "no zip");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Checkpoints.restoreComputationGraph(text))
                .withMessageContaining("text.zip is no zip file");
    }
}
