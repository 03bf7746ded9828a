/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.enums.WeightsFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.factory.Nd4j;

class GraphLayoutTest {

    @Test
    void should_order_variables_by_name_and_values_in_C_order() {
        SameDiff sd = SameDiff.create();
        SDVariable b = sd.var("b", Nd4j.createFromArray(7.0, 8.0));
        SDVariable a = sd.var(
                "a", Nd4j.createFromArray(new double[][] {{1, 2}, {3, 4}}).dup('f'));
        SDVariable unused = sd.var("aa", Nd4j.createFromArray(5f, 6f));
        sd.constant("c", Nd4j.scalar(9.0));
        a.mmul(b.reshape(2, 1)).sum("loss");
        sd.setLossVariables("loss");

        GraphLayout layout = GraphLayout.of(sd);
        INDArray flat = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
        layout.read(sd, flat);

        assertThat(flat.toDoubleVector()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(layout.variables())
                .extracting(GraphLayout.Variable::differentiable)
                .containsExactly(true, false, true);
        assertThat(layout.differentiable()).containsExactly("a", "b");
        assertThat(layout.onlyDifferentiable().length()).isEqualTo(6);

        layout.write(flat.mul(10), sd);
        assertThat(a.getArr().getDouble(1, 0)).isEqualTo(30);
        assertThat(unused.getArr().dataType()).isEqualTo(DataType.FLOAT);
        assertThat(unused.getArr().toFloatVector()).containsExactly(50, 60);
    }

    @Test
    void should_find_the_kernels_of_every_weights_format() {
        SameDiff sd = SameDiff.create();
        for (WeightsFormat format : WeightsFormat.values()) {
            int[] shape = switch (format) {
                case YXIO -> new int[] {3, 2, 5, 7};
                case OIYX -> new int[] {7, 5, 3, 2};
                case OYXI -> new int[] {7, 3, 2, 5};
            };
            sd.cnn.conv2d(
                    sd.placeHolder("x" + format, DataType.FLOAT, -1, 5, 8, 8),
                    sd.var("k" + format, DataType.FLOAT, shape),
                    Conv2DConfig.builder().kH(3).kW(2).weightsFormat(format).build());
        }

        assertThat(KernelWindow.of(sd))
                .containsEntry("kYXIO", new KernelWindow(6, 35))
                .containsEntry("kOIYX", new KernelWindow(6, 1))
                .containsEntry("kOYXI", new KernelWindow(6, 5))
                .hasSize(3);
    }

    @Test
    void gradients_on_the_graph_itself_should_leave_every_bit_of_it() {
        SameDiff sd = Graphs.mlp(DataType.FLOAT, (g, h) -> g.math.tanh(h));
        GraphLayout layout = GraphLayout.of(sd);
        INDArray before = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
        layout.read(sd, before);
        LiveGraph live = new LiveGraph(layout);
        live.load(sd, Graphs.data(DataType.FLOAT));
        INDArray out = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());

        live.at(sd, before.add(Math.PI), out);

        INDArray after = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
        layout.read(sd, after);
        assertThat(after.toDoubleVector()).isEqualTo(before.toDoubleVector());
        INDArray here = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
        live.at(sd, before, here);
        assertThat(out.toDoubleVector()).isNotEqualTo(here.toDoubleVector());
    }

    @Test
    void operations_that_may_have_kinks_should_be_named() {
        assertThat(Smoothness.possibleKinks(Graphs.cnn(DataType.FLOAT))).containsExactly("maxpool2d", "relu");
        assertThat(Smoothness.possibleKinks(Graphs.mlp(DataType.FLOAT, (g, h) -> g.nn.gelu(h))))
                .isEmpty();
    }
}
