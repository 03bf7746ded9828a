/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.newton4j.optimizers.Mkor;

/** What saving does to a folder, and what training in another thread does to saving. */
class CheckpointWritingTest {

    private static final int MOST_STEPS = 100_000;

    @TempDir
    Path folder;

    private final DataSet batch = new DataSet(
            Nd4j.create(new float[][] {{1, 2, -1}, {0, 1, 3}, {2, -2, 1}, {1, 1, 1}}),
            Nd4j.create(new float[][] {{1, 0}, {0, 1}, {1, 0}, {0, 1}}));

    private static MultiLayerNetwork network() {
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(5)
                .dataType(DataType.FLOAT)
                .activation(Activation.TANH)
                .updater(new Mkor(new Nesterovs(0.01, 0.9)))
                .list()
                .layer(new DenseLayer.Builder()
                        .name("äöü \u4e2d")
                        .nIn(3)
                        .nOut(6)
                        .dropOut(0.8)
                        .build())
                .layer(new OutputLayer.Builder()
                        .nIn(6)
                        .nOut(2)
                        .activation(Activation.SOFTMAX)
                        .build())
                .build());
        net.init();
        return net;
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void a_new_file_should_have_the_permissions_of_new_files_and_an_old_one_keep_its_own() throws IOException {
        Path file = folder.resolve("net.zip");
        Path ordinary = Files.createFile(folder.resolve("ordinary"));
        Checkpoints.save(network(), file);
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(Files.getPosixFilePermissions(ordinary));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Checkpoints.save(network(), file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        assertThat(files()).containsExactly(file, ordinary);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void a_link_should_stay_and_what_it_leads_to_be_replaced() throws IOException {
        Path real = Files.createDirectory(folder.resolve("far")).resolve("real.zip");
        Path link = Files.createSymbolicLink(folder.resolve("link.zip"), Path.of("far", "real.zip"));
        Path second = Files.createSymbolicLink(folder.resolve("second.zip"), link);
        for (int i = 0; i < 2; i++) {
            Checkpoints.save(network(), second);
            assertThat(Files.isSymbolicLink(second)).isTrue();
            assertThat(Files.isSymbolicLink(link)).isTrue();
            assertThat(Files.isSymbolicLink(real)).isFalse();
            assertThat(Checkpoints.restoreMultiLayerNetwork(real).numParams()).isEqualTo(38);
        }
        Path loop = folder.resolve("loop.zip");
        Files.createSymbolicLink(loop, loop);
        assertThatExceptionOfType(FileSystemLoopException.class).isThrownBy(() -> Checkpoints.save(network(), loop));
    }

    @Test
    void what_a_killed_save_left_should_go_and_nothing_else() throws IOException {
        Path file = folder.resolve("net.zip");
        Path litter = Files.writeString(folder.resolve("net.zip.1234567890.part"), "killed");
        Path other = Files.writeString(folder.resolve("other.zip.1234567890.part"), "of another target");
        Path users = Files.writeString(folder.resolve("net.zip.old.part"), "of the user");
        Path live = Files.writeString(folder.resolve("net.zip.987.part"), "being written");
        try (FileChannel channel = FileChannel.open(live, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            Checkpoints.save(network(), file);
            assertThat(live).exists();
        }
        assertThat(litter).doesNotExist();
        assertThat(other).exists();
        assertThat(users).exists();
        Checkpoints.save(network(), file);
        assertThat(live).doesNotExist();
        assertThat(Checkpoints.restoreMultiLayerNetwork(file)
                        .getLayer(0)
                        .conf()
                        .getLayer()
                        .getLayerName())
                .isEqualTo("äöü \u4e2d");
    }

    @Test
    void a_folder_that_is_not_there_should_be_named() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() ->
                        Checkpoints.save(network(), folder.resolve("nowhere").resolve("net.zip")))
                .withMessageContaining("nowhere");
    }

    /** Each file is the network after some whole number of steps, random stream included. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void saving_while_another_thread_trains_should_wait_for_the_end_of_its_step(boolean oneCall)
            throws IOException, InterruptedException {
        MultiLayerNetwork net = network();
        net.setListeners(new CurvatureListener());
        AtomicBoolean stop = new AtomicBoolean();
        Thread trainer = new Thread(() -> {
            Nd4j.getRandom().setSeed(7);
            if (oneCall) {
                net.fit(new Endless(batch, stop));
            } else {
                for (int step = 0; step < MOST_STEPS && !stop.get(); step++) {
                    net.fit(batch);
                }
            }
        });
        List<MultiLayerNetwork> saved = new ArrayList<>();
        trainer.start();
        try {
            while (net.getIterationCount() == 0) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < 4; i++) {
                Path file = folder.resolve(i + ".zip");
                Checkpoints.save(net, file);
                saved.add(Checkpoints.restoreMultiLayerNetwork(file));
            }
        } finally {
            stop.set(true);
            trainer.join();
        }
        MultiLayerNetwork twin = network();
        twin.setListeners(new CurvatureListener());
        Nd4j.getRandom().setSeed(7);
        for (MultiLayerNetwork network : saved) {
            while (twin.getIterationCount() < network.getIterationCount()) {
                twin.fit(batch);
            }
            assertThat(network.params().sub(twin.params()).amaxNumber().doubleValue())
                    .isZero();
        }
        Checkpoints.save(twin, folder.resolve("twin.zip"));
        Checkpoints.restoreMultiLayerNetwork(folder.resolve("3.zip"));
        RandomStream there = RandomStream.here();
        Checkpoints.restoreMultiLayerNetwork(folder.resolve("twin.zip"));
        assertThat(there).isEqualTo(RandomStream.here());
    }

    @Test
    void saving_an_idle_network_from_another_thread_should_need_nobody() throws IOException, InterruptedException {
        MultiLayerNetwork net = network();
        net.setListeners(new CurvatureListener());
        Thread trainer = new Thread(() -> net.fit(batch));
        trainer.start();
        trainer.join();
        Path file = folder.resolve("net.zip");
        Checkpoints.save(net, file);
        INDArray read = Checkpoints.restoreMultiLayerNetwork(file).params();
        assertThat(read).isEqualTo(net.params());
    }
}
