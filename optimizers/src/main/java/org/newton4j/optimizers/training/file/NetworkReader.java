/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.file;

import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Makes the network of a model file from its configuration, parameters and updater state.
 *
 * <p>Deeplearning4j's own loader believes the arrays, and deserialises what else is there.
 */
public final class NetworkReader {

    private static final Set<DataType> NETWORK_TYPES = Set.of(DataType.DOUBLE, DataType.FLOAT, DataType.FLOAT16);

    private NetworkReader() {}

    /**
     * Reads a network of layers.
     *
     * @param zip checked
     * @return initialised, without listeners
     * @throws IOException if it holds no such network, or a wrong one
     */
    public static MultiLayerNetwork multiLayerNetwork(ModelZip zip) throws IOException {
        MultiLayerConfiguration configuration = zip.read(ModelZip.CONFIGURATION, in -> {
            ConfigurationText text = ConfigurationText.read(in);
            if (text.fields().contains("vertices")) {
                throw new IOException("it describes a ComputationGraph, not a MultiLayerNetwork");
            }
            return MultiLayerConfiguration.fromJson(text.json());
        });
        long parameters = zip.attempt(ModelZip.CONFIGURATION, () -> parameters(configuration));
        INDArray coefficients = coefficients(zip, parameters);
        MultiLayerNetwork network = zip.attempt(ModelZip.CONFIGURATION, () -> {
            if (coefficients != null) {
                // Before 1.0.0-beta4 the type is that of the parameters.
                configuration.setDataType(coefficients.dataType());
            }
            MultiLayerNetwork made = new MultiLayerNetwork(configuration);
            made.init(coefficients, false);
            return made;
        });
        readUpdaterState(zip, () -> (BaseMultiLayerUpdater<?>) network.getUpdater());
        return network;
    }

    /**
     * Reads a graph.
     *
     * @param zip checked
     * @return initialised, without listeners
     * @throws IOException if it holds no graph, or a wrong one
     */
    public static ComputationGraph computationGraph(ModelZip zip) throws IOException {
        ComputationGraphConfiguration configuration = zip.read(ModelZip.CONFIGURATION, in -> {
            ConfigurationText text = ConfigurationText.read(in);
            if (text.fields().contains("confs")) {
                throw new IOException("it describes a MultiLayerNetwork, not a ComputationGraph");
            }
            return ComputationGraphConfiguration.fromJson(text.json());
        });
        long parameters = zip.attempt(ModelZip.CONFIGURATION, () -> parameters(configuration));
        INDArray coefficients = coefficients(zip, parameters);
        ComputationGraph graph = zip.attempt(ModelZip.CONFIGURATION, () -> {
            if (coefficients != null) {
                configuration.setDataType(coefficients.dataType());
            }
            ComputationGraph made = new ComputationGraph(configuration);
            made.init(coefficients, false);
            return made;
        });
        readUpdaterState(zip, graph::getUpdater);
        return graph;
    }

    private static long parameters(MultiLayerConfiguration configuration) {
        long sum = 0;
        for (NeuralNetConfiguration layer : configuration.getConfs()) {
            sum = Math.addExact(sum, layer.getLayer().initializer().numParams(layer));
        }
        return sum;
    }

    private static long parameters(ComputationGraphConfiguration configuration) {
        long sum = 0;
        for (GraphVertex vertex : configuration.getVertices().values()) {
            sum = Math.addExact(sum, vertex.numParams(true));
        }
        return sum;
    }

    private static @Nullable INDArray coefficients(ModelZip zip, long wanted) throws IOException {
        if (wanted == 0 && zip.has(ModelZip.NO_PARAMETERS)) {
            return null;
        }
        return zip.read(ModelZip.COEFFICIENTS, in -> {
            ArrayHeader header = ArrayHeader.readNd4j(in);
            require(header, wanted, "parameters");
            if (!NETWORK_TYPES.contains(header.type())) {
                throw new IOException("the parameters are in " + header.type() + ", but a network is in one of "
                        + NETWORK_TYPES.toString().toUpperCase(Locale.ROOT));
            }
            INDArray read = header.readNumbers(in);
            return read.rank() == 2 && read.size(0) == 1 ? read : read.reshape(1, read.length());
        });
    }

    private interface UpdaterOf {
        @Nullable
        BaseMultiLayerUpdater<?> network();
    }

    private static void readUpdaterState(ModelZip zip, UpdaterOf of) throws IOException {
        if (!zip.has(ModelZip.UPDATER_STATE)) {
            return;
        }
        zip.read(ModelZip.UPDATER_STATE, in -> {
            BaseMultiLayerUpdater<?> updater = of.network();
            INDArray state = updater == null ? null : updater.getStateViewArray();
            ArrayHeader header = ArrayHeader.readNd4j(in);
            require(header, state == null ? 0 : state.length(), "numbers of updater state");
            if (state == null || header.type() != state.dataType()) {
                throw new IOException("the updater state is in " + header.type() + ", but that of the network in "
                        + (state == null ? "none" : state.dataType()));
            }
            INDArray read = header.readNumbers(in);
            state.assign(read.reshape(state.shape()));
            return state;
        });
    }

    private static void require(ArrayHeader header, long wanted, String what) throws IOException {
        if (header.length() != wanted) {
            throw new IOException("it holds " + header + ", but the network of this file's " + ModelZip.CONFIGURATION
                    + " has " + wanted + " " + what);
        }
    }
}
