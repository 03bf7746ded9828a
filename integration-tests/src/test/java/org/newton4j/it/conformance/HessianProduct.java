/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.optimizers.training.NetworkHessian;

/** Our Hessian-vector product of the mean loss, at a golden network's present parameters. */
final class HessianProduct {

    private HessianProduct() {}

    static double[] of(FixtureNetwork network, double[] z) {
        NetworkHessian hessian = NetworkHessian.of(network.net(), new DataSet(network.features(), network.labels()));
        DataType type = network.net().params().dataType();
        INDArray product = Nd4j.create(type, z.length);
        hessian.multiply(Nd4j.createFromArray(z).castTo(type), product);
        return FixtureNetwork.toArray(product);
    }
}
