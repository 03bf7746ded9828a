/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.Map;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.optimizers.training.RandomStream;

/**
 * The Hessian of a DOUBLE graph, one column per parameter.
 *
 * <p>A step of 1e-7 in one coordinate crosses a kink with a chance of about 1e-5 on these graphs, and the extrapolation of two
 * steps shows it.
 */
final class WholeHessian {

    private static final double STEP = 1e-6;

    private WholeHessian() {}

    static INDArray of(SameDiff graph, Map<String, INDArray> data, GraphLayout layout) {
        RandomStream stream = RandomStream.here();
        int n = (int) layout.length();
        INDArray point = Nd4j.createUninitialized(DataType.DOUBLE, n);
        layout.read(graph, point);
        INDArray hessian = Nd4j.createUninitialized(DataType.DOUBLE, n, n);
        for (int i = 0; i < n; i++) {
            INDArray column = gradient(graph, data, layout, point, i, STEP, stream)
                    .subi(gradient(graph, data, layout, point, i, -STEP, stream))
                    .divi(2 * STEP);
            hessian.putColumn(i, column);
        }
        layout.write(point, graph);
        stream.restore();
        return hessian;
    }

    private static INDArray gradient(
            SameDiff graph,
            Map<String, INDArray> data,
            GraphLayout layout,
            INDArray point,
            int i,
            double step,
            RandomStream stream) {
        INDArray there = point.dup();
        there.putScalar(i, point.getDouble(i) + step);
        layout.write(there, graph);
        stream.restore();
        INDArray gradient = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
        layout.flatten(graph.calculateGradients(data, layout.differentiable()), gradient);
        return gradient;
    }
}
