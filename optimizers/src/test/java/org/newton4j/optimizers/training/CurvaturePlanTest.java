/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.newton4j.optimizers.training.GaussNewtonNets.mlp;

import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.newton4j.optimizers.Mkor;

class CurvaturePlanTest {

    /** 3-4-3 with biases: 31 parameters in DOUBLE. */
    private static final MultiLayerNetwork SMALL = mlp(Activation.TANH, new LossMCXENT(), Activation.SOFTMAX);

    @Test
    void should_count_products_and_probes() {
        assertThat(CurvaturePlan.hessianProduct(SMALL, HessianProducts.EXACT).bytes())
                .isEqualTo(31 * 32);
        assertThat(CurvaturePlan.hessianProduct(SMALL, HessianProducts.EXACT).gradients())
                .isEqualTo(5);
        assertThat(CurvaturePlan.hessianProduct(SMALL, HessianProducts.FAST).gradients())
                .isEqualTo(2);
        assertThat(CurvaturePlan.hutchinsonDiagonal(SMALL, HessianProducts.FAST, 5)
                        .gradients())
                .isEqualTo(6);
        CurvaturePlan five = CurvaturePlan.hutchinsonDiagonal(SMALL, HessianProducts.CENTRAL, 5);
        assertThat(five.gradients()).isEqualTo(11);
        assertThat(five.bytes()).isEqualTo(31 * (24 + 24));
        assertThat(CurvaturePlan.gaussNewtonProduct(SMALL).gradients()).isBetween(1.6, 1.7);
        assertThat(CurvaturePlan.bartlettDiagonal(SMALL).bytes()).isEqualTo(31 * 24);
        assertThat(CurvaturePlan.bartlettDiagonal(SMALL).gradients()).isEqualTo(1);
    }

    @Test
    void should_warn_of_a_large_window_and_offer_one_that_fits() {
        MultiLayerNetwork large = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .dataType(DataType.FLOAT)
                .list()
                .layer(new DenseLayer.Builder().nIn(999).nOut(1000).build())
                .layer(new OutputLayer.Builder(LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .nIn(1000)
                        .nOut(1)
                        .build())
                .build());
        large.init();

        CurvaturePlan plan = CurvaturePlan.mfac(large, 1024, null, 1e9);

        assertThat(plan).hasToString("""
                M-FAC with m = 1024 in FLOAT on 1001001 parameters: 4.1 GB, 0.0 gradients
                  4.11e+09 floating point operations per step, 3.58e+08 more at a step that changes the damping
                  FLOAT: the largest m that fits into 1.0 GB is 248; m = 1024 takes 4.1 GB
                  BFLOAT16: the largest m that fits into 1.0 GB is 495; m = 1024 takes 2.1 GB""");
        assertThat(CurvaturePlan.mfac(large, 1024, DataType.BFLOAT16, 1e9).bytes())
                .isEqualTo(2.0 * 1024 * 1001001 + 16.0 * 1024 * 1024 + 4.0 * 1001001);
        assertThat(CurvaturePlan.mfacThatFits(large, DataType.BFLOAT16, 1e9)).isEqualTo(495);
        assertThat(CurvaturePlan.mfacThatFits(large, null, 1e9)).isEqualTo(248);
        assertThatThrownBy(() -> plan.requireAtMost(1e9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("only 1.0 GB are allowed")
                .hasMessageContaining("4.1 GB")
                .hasMessageContaining("248");
        assertThat(plan.requireAtMost(5e9)).isSameAs(plan);
    }

    @Test
    void should_list_the_factors_of_every_layer() {
        CurvaturePlan plan = CurvaturePlan.kroneckerFactors(SMALL);

        // Copies, the product's three matrices, 2 K² + 2 n² + K n with K = 4, n = 4 and K = 5, n = 3, in DOUBLE.
        assertThat(plan.bytes()).isEqualTo(8 * (2 * 31 + 3 * 16 + 80 + (50 + 18 + 15)));
        assertThat(plan.details()).hasSize(5);
        assertThat(plan.details().get(1)).startsWith("to multiply in: ");
        assertThat(plan.details().get(2)).startsWith("layer0: A 4x4, G 4x4, 0.001 MB");
        assertThat(plan.details().get(3)).startsWith("layer1: A 5x5, G 3x3");
        assertThat(plan.details().get(4)).startsWith("with K-FAC's inverseDelay 0.001 MB more");
    }

    @Test
    void should_refuse_what_is_not_a_network_and_numbers_out_of_range() {
        assertThatThrownBy(() -> CurvaturePlan.hessianProduct(SMALL.getLayer(0), HessianProducts.FAST))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected a MultiLayerNetwork or ComputationGraph, but got "
                        + "org.deeplearning4j.nn.layers.feedforward.dense.DenseLayer");
        assertThatThrownBy(() -> CurvaturePlan.hutchinsonDiagonal(SMALL, HessianProducts.FAST, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("probes must be at least 1, but is 0");
        assertThatThrownBy(() -> CurvaturePlan.mfac(SMALL, 0, null, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("m must be at least 1");
        assertThatThrownBy(() -> CurvaturePlan.hessianProduct(SMALL, HessianProducts.FAST)
                        .requireAtMost(Double.NaN))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void should_tell_what_mkor_costs_on_each_layer_and_which_layers_do_not_pay() {
        // 3-4 has V of 4x4, the larger one, which the product needs twice; 4-3 of 3x5: 8 / (3 N) gradients both.
        CurvaturePlan plan = CurvaturePlan.mkor(SMALL, 2);
        assertThat(plan.bytes()).isEqualTo(8 * (31 + 2 * 4 * 4 + 4 * 4 + 4 * 4 + 5 * 5 + 3 * 3));
        assertThat(plan.details())
                .anySatisfy(line -> assertThat(line).contains("4x4", "256 floating point", "1.33 gradients"))
                .anySatisfy(line -> assertThat(line).contains("3x5", "240 floating point", "1.33 gradients"));
        assertThat(CurvaturePlan.layersCostingMore(SMALL, 2, 1.4)).isEmpty();
        assertThat(CurvaturePlan.layersCostingMore(SMALL, 2, 1.3)).hasSize(2);
        assertThat(CurvaturePlan.layersCostingMore(SMALL, 3, 1)).isEmpty();
        assertThatThrownBy(() -> CurvaturePlan.mkor(SMALL, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rows must be at least 1, but is 0");
        assertThatThrownBy(() -> CurvaturePlan.layersCostingMore(SMALL, 3, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("but is NaN");
    }

    @Test
    void a_layer_left_out_should_be_one_the_builder_knows() {
        MultiLayerNetwork wide = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .updater(new Sgd(0.1))
                .list()
                .layer(new DenseLayer.Builder().nIn(30).nOut(30).build())
                .layer(new OutputLayer.Builder(LossFunction.MSE).nIn(30).nOut(2).build())
                .build());
        wide.init();
        List<String> costly = CurvaturePlan.layersCostingMore(wide, 10, 2);
        assertThat(costly).containsExactly("layer0");
        MultiLayerNetwork net = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .updater(Mkor.builder().exclude(costly).build())
                .list()
                .layer(new DenseLayer.Builder().nIn(30).nOut(30).build())
                .layer(new OutputLayer.Builder(LossFunction.MSE).nIn(30).nOut(2).build())
                .build());
        net.init();
        net.setListeners(new CurvatureListener());
        net.fit(Nd4j.ones(4, 30), Nd4j.ones(4, 2));
        // Factors of 31 and 2 only.
        assertThat(CurvatureListener.stateBytes(net)).isBetween(4L * (31 * 31 + 4), 4L * (31 * 31 + 4) + 100);
    }
}
