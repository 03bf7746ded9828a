/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.network;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.iter.NdIndexIterator;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Where each entry of a saved parameter sits in Deeplearning4j's flat parameter vector.
 *
 * <p>The map is asked from the network itself: its parameters are set to 0, 1, 2, … and read back through the views
 * that the layers use (dense weights in F order then bias, convolution bias then weights in C order, and so on).
 */
public final class ParameterLayout {

    private final Map<String, int[]> positions = new LinkedHashMap<>();
    private final int dimension;

    /** Reads the layout of a DOUBLE network, whose parameters are the same afterwards. */
    public ParameterLayout(MultiLayerNetwork net, Map<String, NetworkSpec.Location> locations) {
        dimension = Math.toIntExact(net.numParams());
        INDArray saved = net.params().dup();
        net.setParams(Nd4j.createFromArray(indices(dimension)).reshape(saved.shape()));
        locations.forEach((name, at) -> positions.put(name, positions(net.getParam(at.layer() + "_" + at.key()))));
        net.setParams(saved);
    }

    /** Length of the flat vector, running statistics included. */
    public int dimension() {
        return dimension;
    }

    /** Saved names, in saved order. */
    public List<String> names() {
        return List.copyOf(positions.keySet());
    }

    /** Writes a saved parameter, C order of its saved shape, into a flat vector. */
    public void scatter(String name, double[] saved, double[] flat) {
        int[] at = at(name);
        if (at.length != saved.length) {
            throw new IllegalArgumentException(
                    name + " has " + saved.length + " entries, but the layer's parameter has " + at.length);
        }
        for (int i = 0; i < at.length; i++) {
            flat[at[i]] = saved[i];
        }
    }

    /** Reads a saved parameter out of a flat vector, C order of its saved shape. */
    public double[] gather(String name, double[] flat) {
        return Arrays.stream(at(name)).mapToDouble(i -> flat[i]).toArray();
    }

    private int[] at(String name) {
        int[] at = positions.get(name);
        if (at == null) {
            throw new IllegalArgumentException("no parameter '" + name + "', only " + positions.keySet());
        }
        return at;
    }

    private static double[] indices(int n) {
        double[] values = new double[n];
        Arrays.setAll(values, i -> i);
        return values;
    }

    private static int[] positions(INDArray view) {
        int[] at = new int[Math.toIntExact(view.length())];
        NdIndexIterator indices = new NdIndexIterator('c', view.shape());
        for (int i = 0; i < at.length; i++) {
            at[i] = (int) view.getDouble(indices.next());
        }
        return at;
    }
}
