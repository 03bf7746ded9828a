/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.newton4j.curvature.operator.DenseOperator;
import org.newton4j.curvature.operator.SymmetricEigen;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.it.network.ParameterLayout;
import org.newton4j.optimizers.training.NetworkHessian;

/**
 * The whole Hessian of a DOUBLE golden network, column by column: matrix where one is stored, diagonal, trace, z'Hz and
 * the ends of the spectrum.
 */
final class DenseHessian {

    /** Relative, by the 2-norm of what is compared; eigenvalues relative to the largest in magnitude. */
    private static final double LIMIT = 1e-7;

    /** Above this the matrix costs more than the suite may. */
    private static final int LARGEST = 2000;

    private DenseHessian() {}

    static void compare(FixtureCase fixture, FixtureNetwork network, Checks checks) {
        if (network.layout().dimension() > LARGEST) {
            return;
        }
        INDArray matrix = DenseOperator.write(
                NetworkHessian.of(network.net(), new DataSet(network.features(), network.labels())), DataType.DOUBLE);
        double[] diagonal = new double[network.layout().dimension()];
        for (int i = 0; i < diagonal.length; i++) {
            diagonal[i] = matrix.getDouble(i, i);
        }
        double[] saved = NetworkCase.savedOrder(network.layout(), diagonal);
        checks.compareNorm(
                "Hessian: diagonal", LIMIT, saved, fixture.array("hessian_diag").values());
        checks.compareNorm("Hessian: trace", LIMIT, sum(saved), scalar(fixture, "hessian_trace"));
        quadraticForms(fixture, network.layout(), matrix, checks);
        spectrum(fixture, matrix, checks);
        if (fixture.hasArray("hessian")) {
            // In one norm: columns of biases before a batch normalisation are zero.
            checks.compareNorm(
                    "Hessian: matrix",
                    LIMIT,
                    inSavedOrder(network.layout(), matrix),
                    fixture.array("hessian").values());
        }
    }

    private static double[] inSavedOrder(ParameterLayout layout, INDArray matrix) {
        int size = NetworkCase.savedOrder(layout, new double[layout.dimension()]).length;
        double[] saved = new double[size * size];
        for (int column = 0; column < size; column++) {
            double[] unit = new double[size];
            unit[column] = 1;
            int index = indexOfOne(fromSavedOrder(layout, unit));
            double[] values = NetworkCase.savedOrder(layout, FixtureNetwork.toArray(matrix.getColumn(index)));
            System.arraycopy(values, 0, saved, column * size, size);
        }
        return saved;
    }

    private static void quadraticForms(FixtureCase fixture, ParameterLayout layout, INDArray matrix, Checks checks) {
        double[] expected = new double[fixture.field("zHz").size()];
        double[] actual = new double[expected.length];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = fixture.field("zHz").get(i).asDouble();
            double[] z = NetworkCase.flat(fixture, layout, "z_", i);
            for (int row = 0; row < z.length; row++) {
                for (int column = 0; column < z.length; column++) {
                    actual[i] += z[row] * matrix.getDouble(row, column) * z[column];
                }
            }
        }
        checks.compareNorm("Hessian: z'Hz", LIMIT, actual, expected);
    }

    /** Rows of running statistics add zeros to the spectrum, which lie inside it. */
    private static void spectrum(FixtureCase fixture, INDArray matrix, Checks checks) {
        double[] values = SymmetricEigen.of(matrix).values().clone();
        Arrays.sort(values);
        double[] top = fixture.array("eig_top5").values().clone();
        Arrays.sort(top);
        double[] expected = Arrays.copyOf(top, top.length + 1);
        double[] actual = Arrays.copyOfRange(values, values.length - top.length, values.length + 1);
        expected[top.length] = fixture.field("eig_smallest").asDouble();
        actual[top.length] = values[0];
        checks.compareNorm("Hessian: eigenvalues", LIMIT, actual, expected);
    }

    private static double[] fromSavedOrder(ParameterLayout layout, double[] saved) {
        double[] flat = new double[layout.dimension()];
        int from = 0;
        for (String name : layout.names()) {
            int to = from + layout.gather(name, flat).length;
            layout.scatter(name, Arrays.copyOfRange(saved, from, to), flat);
            from = to;
        }
        return flat;
    }

    private static int indexOfOne(double[] unit) {
        for (int i = 0; i < unit.length; i++) {
            if (unit[i] == 1) {
                return i;
            }
        }
        throw new IllegalArgumentException("no unit vector");
    }

    private static double[] sum(double[] values) {
        return new double[] {Arrays.stream(values).sum()};
    }

    private static double[] scalar(FixtureCase fixture, String name) {
        return new double[] {fixture.field(name).asDouble()};
    }
}
