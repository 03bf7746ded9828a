/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SelfAttentionLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;

/** Networks whose gradient is wrong in Deeplearning4j 1.0.0-M2.1 are named once. */
class WarningsIT {

    @Test
    void should_warn_once_about_layers_that_double_their_gradient() {
        String log = log(() -> fit(attention(new AdaHessian(0.01)), SmallNetworks.BATCH));
        assertThat(occurrences(log, "wrong gradients")).as(log).isEqualTo(1);
        assertThat(log).contains("SelfAttentionLayer");
    }

    @Test
    void should_warn_once_about_truncated_backpropagation() {
        MultiLayerNetwork net = SmallNetworks.lstm(new AdaHessian(0.01), DataType.DOUBLE, 2);
        net.setListeners(new CurvatureListener());
        String log = log(() -> {
            for (int i = 0; i < 3; i++) {
                net.fit(SmallNetworks.sequences(i, DataType.DOUBLE, 6));
            }
        });
        assertThat(occurrences(log, "wrong gradients")).as(log).isEqualTo(1);
        assertThat(log).contains("truncated backpropagation");
    }

    @Test
    void should_not_warn_about_networks_that_need_no_curvature_or_are_right() {
        assertThat(log(() -> fit(attention(new Adam(0.01)), SmallNetworks.BATCH)))
                .doesNotContain("wrong gradients");
        MultiLayerNetwork net = SmallNetworks.mlp(new AdaHessian(0.01), DataType.FLOAT);
        net.setListeners(new CurvatureListener());
        assertThat(log(() -> net.fit(SmallNetworks.data(1, DataType.FLOAT)))).doesNotContain("wrong gradients");
    }

    private static MultiLayerNetwork attention(IUpdater updater) {
        NeuralNetConfiguration.ListBuilder list = SmallNetworks.builder(updater, DataType.FLOAT)
                .list(
                        new SelfAttentionLayer.Builder()
                                .nIn(SmallNetworks.FEATURES)
                                .nOut(4)
                                .nHeads(1)
                                .projectInput(true)
                                .build(),
                        new GlobalPoolingLayer(PoolingType.AVG),
                        SmallNetworks.output(4))
                .setInputType(InputType.recurrent(SmallNetworks.FEATURES));
        MultiLayerNetwork net = SmallNetworks.init(list);
        net.setListeners(new CurvatureListener());
        return net;
    }

    private static void fit(MultiLayerNetwork net, int batch) {
        for (int i = 0; i < 3; i++) {
            DataSet data = SmallNetworks.data(i, DataType.FLOAT, batch, SmallNetworks.FEATURES, 4);
            net.fit(data);
        }
    }

    /** What slf4j-simple writes to the error stream meanwhile. */
    private static String log(Runnable action) {
        PrintStream original = System.err;
        ByteArrayOutputStream captured = new ByteArrayOutputStream();
        System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setErr(original);
        }
        return captured.toString(StandardCharsets.UTF_8);
    }

    private static int occurrences(String text, String part) {
        return (text.length() - text.replace(part, "").length()) / part.length();
    }
}
