/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.optimizers.training.RandomStream;

class GradientChoiceTest {

    private final SameDiff graph = Graphs.mlp(DataType.FLOAT, (sd, h) -> sd.nn.relu(h, 0));
    private final GraphLayout layout = GraphLayout.of(graph);

    @Test
    void should_evaluate_on_the_graph_when_it_cannot_be_copied() {
        assertThat(choose((g, l) -> {
                    throw new UnsupportedOperationException("no copy today");
                }))
                .isInstanceOf(LiveGraph.class);
    }

    @Test
    void should_evaluate_on_the_graph_when_the_copy_has_another_gradient() {
        assertThat(choose((g, l) -> new WideGraph(Graphs.mlp(DataType.FLOAT, (sd, h) -> sd.math.tanh(h)), l)))
                .isInstanceOf(LiveGraph.class);
        assertThat(choose(WideGraph::new)).isInstanceOf(WideGraph.class);
    }

    @Test
    void should_decide_later_when_the_gradient_is_not_finite() {
        Map<String, INDArray> data = Graphs.data(DataType.FLOAT);
        data.get("x").assign(Float.NaN);
        assertThat(new GradientChoice(graph, layout).choose(graph, data, RandomStream.here()))
                .isNull();
    }

    @Test
    void should_refuse_a_graph_that_does_not_repeat_itself() {
        // Data that change whenever they are looked through stand for random numbers from outside Nd4j's stream.
        Map<String, INDArray> restless = new HashMap<>(Graphs.data(DataType.FLOAT)) {
            private static final long serialVersionUID = 1L;

            @Override
            public Set<Map.Entry<String, INDArray>> entrySet() {
                super.get("x").addi(1);
                return super.entrySet();
            }
        };
        assertThatThrownBy(() -> new GradientChoice(graph, layout).choose(graph, restless, RandomStream.here()))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("another gradient when it is evaluated again");
    }

    private GraphGradient choose(BiFunction<SameDiff, GraphLayout, GraphGradient> copier) {
        return new GradientChoice(graph, layout, copier)
                .choose(graph, Graphs.data(DataType.FLOAT), RandomStream.here());
    }
}
