/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Exact Hessian product of dense relu layers below a softmax with cross-entropy, summed over the batch, by forward over
 * reverse differentiation (Pearlmutter 1994); no difference of gradients is taken.
 */
final class ROperator {

    private ROperator() {}

    /**
     * Computes H v.
     *
     * @param sizes of the layers, input first
     * @param theta flat, per layer W in F order, then b
     */
    static INDArray product(long[] sizes, INDArray theta, INDArray v, INDArray x, INDArray y) {
        int layers = sizes.length - 1;
        INDArray[] w = matrices(sizes, theta, 0);
        INDArray[] b = matrices(sizes, theta, 1);
        INDArray[] vw = matrices(sizes, v, 0);
        INDArray[] vb = matrices(sizes, v, 1);
        INDArray[] a = new INDArray[layers + 1];
        INDArray[] ra = new INDArray[layers + 1];
        INDArray[] open = new INDArray[layers];
        a[0] = x;
        ra[0] = x.mul(0);
        for (int l = 0; l < layers; l++) {
            INDArray z = a[l].mmul(w[l]).addRowVector(b[l]);
            INDArray rz = ra[l].mmul(w[l]).addi(a[l].mmul(vw[l])).addiRowVector(vb[l]);
            open[l] = z.gt(0).castTo(z.dataType());
            boolean last = l == layers - 1;
            a[l + 1] = last ? Transforms.softmax(z, true) : z.mul(open[l]);
            INDArray inner = last ? rz.mul(a[l + 1]).sum(true, 1) : null;
            ra[l + 1] = last ? a[l + 1].mul(rz.subColumnVector(inner)) : rz.mul(open[l]);
        }
        INDArray delta = a[layers].sub(y);
        INDArray rDelta = ra[layers];
        INDArray hv = v.mul(0);
        INDArray[] hw = matrices(sizes, hv, 0);
        INDArray[] hb = matrices(sizes, hv, 1);
        for (int l = layers - 1; l >= 0; l--) {
            hw[l].assign(ra[l].transpose().mmul(delta).addi(a[l].transpose().mmul(rDelta)));
            hb[l].assign(rDelta.sum(true, 0));
            if (l > 0) {
                INDArray below = rDelta.mmul(w[l].transpose()).addi(delta.mmul(vw[l].transpose()));
                delta = delta.mmul(w[l].transpose()).muli(open[l - 1]);
                rDelta = below.muli(open[l - 1]);
            }
        }
        return hv;
    }

    /** Views of the weights (0) or biases (1) of each layer. */
    private static INDArray[] matrices(long[] sizes, INDArray flat, int which) {
        INDArray[] views = new INDArray[sizes.length - 1];
        long offset = 0;
        for (int l = 0; l < views.length; l++) {
            long weights = sizes[l] * sizes[l + 1];
            views[l] = which == 0
                    ? view(flat, offset, sizes[l], sizes[l + 1])
                    : view(flat, offset + weights, 1, sizes[l + 1]);
            offset += weights + sizes[l + 1];
        }
        return views;
    }

    private static INDArray view(INDArray flat, long offset, long rows, long columns) {
        return Nd4j.create(flat.data(), new long[] {rows, columns}, new long[] {1, rows}, offset, 'f');
    }
}
