/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.it.network.ParameterLayout;
import org.newton4j.optimizers.training.NetworkGaussNewton;

/**
 * The Gauss-Newton matrix against a stored Hessian, where they have to agree: the pre-outputs are linear in the
 * parameters of the last layer, so the block of that layer is the same in both.
 */
final class GaussNewtonBlock {

    private static final double LIMIT = 1e-7;

    private static final Map<String, String> ACTIVATIONS =
            Map.of("mcxent", "softmax", "bxent", "sigmoid", "squared_sum", "identity");

    private GaussNewtonBlock() {}

    static void compare(FixtureCase fixture, FixtureNetwork network, Checks checks) {
        JsonNode layers = fixture.field("network").get("layers");
        JsonNode last = layers.get(layers.size() - 1);
        String activation = ACTIVATIONS.get(fixture.field("network").get("loss").asText());
        if (!fixture.hasArray("hessian")
                || !last.get("type").asText().equals("dense")
                || !last.path("activation").asText("identity").equals(activation)) {
            return;
        }
        int[] block = positions(last, network.layout());
        NetworkGaussNewton gaussNewton =
                NetworkGaussNewton.of(network.net(), new DataSet(network.features(), network.labels()));
        int d = (int) gaussNewton.dimension();
        INDArray column = Nd4j.create(DataType.DOUBLE, d);
        for (int index : block) {
            // Unit vector of one saved coordinate, in flat order.
            INDArray unit = Nd4j.zeros(DataType.DOUBLE, d);
            unit.putScalar(flatIndex(network.layout(), index), 1);
            gaussNewton.multiply(unit, column);
            double[] actual = NetworkCase.savedOrder(network.layout(), FixtureNetwork.toArray(column));
            double[] expected = fixture.array("hessian").row(index);
            checks.compareNorm(
                    "last block of the Gauss-Newton matrix", LIMIT, pick(actual, block), pick(expected, block));
        }
    }

    private static int[] positions(JsonNode layer, ParameterLayout layout) {
        Set<String> names = new TreeSet<>();
        layer.get("params").forEach(name -> names.add(name.asText()));
        double[] flat = new double[layout.dimension()];
        for (String name : names) {
            double[] ones = layout.gather(name, flat);
            Arrays.fill(ones, 1);
            layout.scatter(name, ones, flat);
        }
        double[] saved = NetworkCase.savedOrder(layout, flat);
        return IntStream.range(0, saved.length).filter(i -> saved[i] == 1).toArray();
    }

    private static int flatIndex(ParameterLayout layout, int savedIndex) {
        double[] indices = new double[layout.dimension()];
        Arrays.setAll(indices, i -> i);
        return (int) NetworkCase.savedOrder(layout, indices)[savedIndex];
    }

    private static double[] pick(double[] values, int[] at) {
        return Arrays.stream(at).mapToDouble(i -> values[i]).toArray();
    }
}
