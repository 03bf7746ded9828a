/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/**
 * Deeplearning4j 1.0.0-M2.1 applies the decay of a whole network twice, that of a layer once. The golden loops set it on
 * the layers; when the first of these tests fails, Deeplearning4j has been repaired and they need not any more.
 */
class WeightDecayQuirkTest {

    private static final WeightDecay DECAY = new WeightDecay(0.01, true);

    @Test
    void should_find_the_decay_of_a_network_twice_in_each_layer() {
        BaseLayer layer = configured(new NeuralNetConfiguration.Builder().weightDecay(0.01), output());
        assertThat(layer.getRegularization()).containsExactly(DECAY, DECAY);
    }

    @Test
    void should_find_the_decay_of_a_layer_once() {
        BaseLayer layer = configured(new NeuralNetConfiguration.Builder(), output().weightDecay(0.01));
        assertThat(layer.getRegularization()).containsExactly(DECAY);
    }

    private static BaseLayer configured(NeuralNetConfiguration.Builder builder, BaseLayer.Builder<?> layer) {
        return (BaseLayer)
                builder.list((BaseLayer) layer.build()).build().getConf(0).getLayer();
    }

    private static OutputLayer.Builder output() {
        return new OutputLayer.Builder().nIn(2).nOut(2);
    }
}
