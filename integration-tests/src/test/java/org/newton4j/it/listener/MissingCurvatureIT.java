/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.listeners.ScoreIterationListener;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.newton4j.optimizers.AdaHessian;
import org.newton4j.optimizers.training.CurvatureListener;

/** No curvature, or none that can be used: an error that says what to do, or a step with what is known. */
class MissingCurvatureIT {

    private final DataSet batch = SmallNetworks.data(1, DataType.FLOAT);

    @Test
    void should_name_the_listener_when_it_was_forgotten() {
        MultiLayerNetwork net = SmallNetworks.mlp(new AdaHessian(), DataType.FLOAT);
        net.setListeners(new ScoreIterationListener(10));
        assertThatThrownBy(() -> net.fit(batch)).hasStackTraceContaining("net.setListeners(new CurvatureListener())");
    }

    @Test
    void should_name_the_listener_when_it_was_replaced_during_training() {
        MultiLayerNetwork net = SmallNetworks.mlp(new AdaHessian(), DataType.FLOAT);
        net.setListeners(new CurvatureListener());
        net.fit(batch);
        net.setListeners(new ScoreIterationListener(10));
        assertThatThrownBy(() -> net.fit(batch)).hasStackTraceContaining("CurvatureListener");
    }

    @Test
    void should_skip_a_first_batch_that_is_not_finite() {
        MultiLayerNetwork net = SmallNetworks.mlp(new AdaHessian(), DataType.FLOAT);
        net.setListeners(new CurvatureListener());
        double[] before = States.params(net);
        net.fit(broken());
        assertThat(States.params(net)).as("a broken batch moves nothing").isEqualTo(before);
        assertThat(CurvatureListener.skippedSteps(net)).isEqualTo(1);
        net.fit(batch);
        assertThat(States.params(net)).doesNotContain(Double.NaN).isNotEqualTo(before);
    }

    @Test
    void should_hold_the_curvature_known_so_far_when_a_later_estimate_is_not_finite() {
        MultiLayerNetwork net = SmallNetworks.mlp(new AdaHessian(0.01), DataType.FLOAT);
        net.setListeners(new CurvatureListener());
        net.fit(batch);
        double[] before = States.params(net);
        net.fit(broken());
        assertThat(States.params(net)).as("a broken batch moves nothing").isEqualTo(before);
        net.fit(batch);
        assertThat(States.params(net)).doesNotContain(Double.NaN).isNotEqualTo(before);
    }

    private DataSet broken() {
        DataSet copy = batch.copy();
        copy.getFeatures().assign(Float.NaN);
        return copy;
    }
}
