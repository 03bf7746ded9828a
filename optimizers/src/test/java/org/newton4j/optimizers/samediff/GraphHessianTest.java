/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.kernel.Rademacher;
import org.newton4j.optimizers.training.RandomStream;

/** Products with the Hessian against the whole Hessian, column by column, of the same graph in DOUBLE. */
class GraphHessianTest {

    private interface Builder {
        SameDiff of(DataType type);
    }

    static Stream<Arguments> graphs() {
        return Stream.of(
                graph("tanh", true, 1e-8, type -> Graphs.mlp(type, (sd, h) -> sd.math.tanh(h))),
                graph("relu", false, 1e-5, type -> Graphs.mlp(type, (sd, h) -> sd.nn.relu(h, 0))),
                graph(
                        "gelu",
                        true,
                        1e-8,
                        type -> Graphs.mlp(type, (sd, h) -> sd.nn.gelu(h.mul(2).add(1)))),
                graph("leaky relu", false, 1e-5, type -> Graphs.mlp(type, (sd, h) -> sd.nn.leakyRelu(h, 0.25))),
                graph("elu", false, 1e-5, type -> Graphs.mlp(type, (sd, h) -> sd.nn.elu(h))),
                graph(
                        "residual",
                        true,
                        1e-8,
                        type -> Graphs.mlp(
                                type,
                                (sd, h) -> h.add(sd.math
                                        .tanh(h.mmul(Graphs.variable(sd, type, "r", 6, 6)))
                                        .mul(sd.constant(Nd4j.scalar(type, 0.5)))))),
                graph(
                        "layer norm",
                        true,
                        1e-8,
                        type -> Graphs.mlp(
                                type,
                                (sd, h) -> sd.nn.layerNorm(
                                        h,
                                        Graphs.variable(sd, type, "g", 6),
                                        Graphs.variable(sd, type, "gb", 6),
                                        false,
                                        1))),
                graph(
                        "one hot",
                        false,
                        1e-5,
                        type -> Graphs.mlp(
                                type,
                                (sd, h) -> sd.math
                                        .tanh(h)
                                        .mul(sd.oneHot(sd.argmax(sd.getVariable("y"), 1), 6, 1, 1.0, 0.5, type)))),
                graph(
                        "random mask",
                        true,
                        1e-8,
                        type -> Graphs.mlp(
                                type,
                                (sd, h) -> sd.math.tanh(h).mul(sd.random.bernoulli(0.5, type, Graphs.BATCH, 6)))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("graphs")
    void should_agree_with_the_whole_Hessian(String name, boolean smooth, double tolerance, Builder builder) {
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            SameDiff graph = builder.of(type);
            Map<String, INDArray> data = Graphs.data(type);
            SameDiff exact = builder.of(DataType.DOUBLE);
            GraphLayout layout = GraphLayout.of(graph);
            RandomStream stream = RandomStream.here();
            GradientChoice choice = new GradientChoice(graph, layout);
            GraphGradient gradient = choice.choose(graph, data, stream);
            stream.restore();
            assertThat(gradient).isInstanceOf(WideGraph.class);
            assertThat(choice.smooth()).as(name).isEqualTo(smooth);

            INDArray expected = WholeHessian.of(exact, Graphs.data(DataType.DOUBLE), layout);
            for (GraphGradient way : new GraphGradient[] {gradient, new LiveGraph(layout)}) {
                double error = error(graph, data, layout, way, choice.smooth(), stream, expected);
                double bound = way.precision() == DataType.DOUBLE ? tolerance : 1e-3;
                assertThat(error)
                        .as("%s in %s on %s", name, type, way.getClass().getSimpleName())
                        .isLessThan(bound);
            }
        }
    }

    @Test
    void only_the_copy_should_be_right_where_units_switch_within_a_step_of_FLOAT() {
        SameDiff graph = Graphs.cnn(DataType.FLOAT);
        Map<String, INDArray> data = Graphs.data(DataType.FLOAT, 64, 1, 8, 8);
        GraphLayout layout = GraphLayout.of(graph);
        GraphGradient wide = new GradientChoice(graph, layout).choose(graph, data, RandomStream.here());
        INDArray truth =
                WholeHessian.of(Graphs.cnn(DataType.DOUBLE), Graphs.data(DataType.DOUBLE, 64, 1, 8, 8), layout);

        assertThat(wide).isInstanceOf(WideGraph.class);
        assertThat(error(graph, data, layout, wide, false, RandomStream.here(), truth))
                .isLessThan(1e-5);
        assertThat(error(graph, data, layout, new LiveGraph(layout), false, RandomStream.here(), truth))
                .isGreaterThan(0.05);
    }

    private static double error(
            SameDiff graph,
            Map<String, INDArray> data,
            GraphLayout layout,
            GraphGradient way,
            boolean smooth,
            RandomStream stream,
            INDArray truth) {
        way.load(graph, data);
        GraphHessian hessian = new GraphHessian(way, layout.length(), smooth);
        hessian.moveTo(graph, layout);
        INDArray z = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
        Rademacher.fill(z, 3, 0, 0, 0);
        INDArray product = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
        hessian.multiply(graph, z, stream, product);
        INDArray expected = truth.mmul(z);
        return product.sub(expected).norm2Number().doubleValue()
                / expected.norm2Number().doubleValue();
    }

    private static Arguments graph(String name, boolean smooth, double tolerance, Builder builder) {
        return Arguments.of(name, smooth, tolerance, builder);
    }
}
