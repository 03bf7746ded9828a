/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.SingletonDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.newton4j.optimizers.update.OptimizerConfig;

/** Inside of Deeplearning4j, beyond what the updater contract checks. */
class NetworkTest {

    static Stream<OptimizerConfig> optimizers() {
        return Stream.concat(
                Steps.optimizers(),
                Stream.of(new Lion(new MapSchedule(ScheduleType.ITERATION, Map.of(0, 0.01, 3, 0.001)))));
    }

    static Stream<OptimizerConfig> gradientOptimizers() {
        return optimizers().filter(config -> config.curvatureRequest().isEmpty());
    }

    @Test
    void a_network_without_the_listener_should_say_what_to_type() {
        MultiLayerNetwork net = net(new AdaHessian(), new AdaHessian());
        assertThatThrownBy(() -> net.fit(data()))
                .hasStackTraceContaining("AdaHessian needs curvature at iteration 0, but none was delivered")
                .hasStackTraceContaining("net.setListeners(new CurvatureListener())");
    }

    @ParameterizedTest
    @MethodSource("gradientOptimizers")
    void sameDiff_should_train_and_save_its_state(OptimizerConfig config, @TempDir Path directory) throws Exception {
        SameDiff graph = graph(config);
        INDArray before = graph.getVariable("w").getArr().dup();
        graph.fit(new SingletonDataSetIterator(data()), 5);
        assertThat(graph.getVariable("w").getArr()).isNotEqualTo(before);
        assertThat(graph.getVariable("s").getArr().getDouble(0)).isNotEqualTo(1.0);

        File file = directory.resolve("graph.fb").toFile();
        graph.save(file, true);
        SameDiff restored = SameDiff.load(file, true);
        graph.fit(new SingletonDataSetIterator(data()), 5);
        restored.fit(new SingletonDataSetIterator(data()), 5);
        for (String name : List.of("w", "s")) {
            assertThat(restored.getVariable(name).getArr())
                    .isEqualTo(graph.getVariable(name).getArr());
        }
    }

    private static SameDiff graph(OptimizerConfig config) {
        SameDiff graph = SameDiff.create();
        SDVariable x = graph.placeHolder("x", DataType.DOUBLE, -1, 4);
        SDVariable y = graph.placeHolder("y", DataType.DOUBLE, -1, 3);
        SDVariable w = graph.var("w", Steps.vector(Steps.sample(3, 12)).reshape('c', new long[] {4, 3}));
        SDVariable s = graph.var("s", Nd4j.scalar(DataType.DOUBLE, 1));
        SDVariable difference = x.mmul(w).mul(s).sub(y);
        difference.mul(difference).sum("loss");
        graph.setLossVariables("loss");
        graph.setTrainingConfig(TrainingConfig.builder()
                .updater(config)
                .dataSetFeatureMapping("x")
                .dataSetLabelMapping("y")
                .build());
        return graph;
    }

    private static DataSet data() {
        INDArray labels = Nd4j.zeros(DataType.DOUBLE, 8, 3);
        for (int row = 0; row < 8; row++) {
            labels.putScalar(row, row % 3, 1);
        }
        return new DataSet(Steps.vector(Steps.sample(0, 32)).reshape(8, 4), labels);
    }

    private static MultiLayerNetwork net(OptimizerConfig hidden, OptimizerConfig output) {
        MultiLayerNetwork net = new MultiLayerNetwork(conf(hidden, output));
        net.init();
        return net;
    }

    private static MultiLayerConfiguration conf(OptimizerConfig hidden, OptimizerConfig output) {
        return new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(DataType.DOUBLE)
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(4)
                        .nOut(5)
                        .activation(Activation.TANH)
                        .updater(hidden.clone())
                        .build())
                .layer(new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                        .nIn(5)
                        .nOut(3)
                        .activation(Activation.SOFTMAX)
                        .updater(output.clone())
                        .build())
                .build();
    }
}
