/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.LinearOperator;

/**
 * The Hessian of a network's loss on one mini-batch, as an operator to multiply with.
 *
 * <p>With N examples, losses l_n and the parameters θ the network had when this object was made,
 *
 * <pre>
 * H = ∂² L / ∂θ²,   L(θ) = (1/N) Σ l_n(θ)
 * </pre>
 *
 * in training mode: batch normalisation uses batch statistics, dropout masks are drawn once and stay. Regularisation is
 * not included. Coordinates follow the flat parameter vector of Deeplearning4j ({@code net.params()}: dense weights in F
 * order, then bias; convolutions bias first, then weights in C order; batch normalisation gamma, beta, mean, variance);
 * rows and columns of frozen layers and of batch-norm statistics are zero.
 *
 * <p>Products are central differences of the gradient of a DOUBLE copy of the network with a step of about 1e-10 per
 * parameter, which is correct for relu and max-pooling too (the Hessian that automatic differentiation returns) and
 * works for every layer type; each costs two gradients. Relative error 1e-7 … 3e-5 has been seen. The network itself,
 * its listeners and the global random stream do not notice.
 *
 * <p>Not safe for use from several threads. Example: the curvature along the gradient.
 *
 * <pre>{@code
 * NetworkHessian hessian = NetworkHessian.of(net, batch);
 * INDArray v = Nd4j.ones(DataType.DOUBLE, hessian.dimension());
 * INDArray hv = Nd4j.create(DataType.DOUBLE, hessian.dimension());
 * hessian.multiply(v, hv);
 * }</pre>
 */
public final class NetworkHessian implements LinearOperator {

    private final TinyStepDerivative derivative;
    private final ShadowHessian hessian;

    private NetworkHessian(Model model, MultiDataSet batch) {
        if (batch.getLabels() == null || batch.getLabels().length == 0 || batch.getLabels(0) == null) {
            throw new IllegalArgumentException("the batch has no labels; a loss needs them");
        }
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            WrongGradients.warnAbout(model);
            ParameterLayout layout = ParameterLayout.of(model);
            ShadowNetwork shadow = ShadowNetwork.of(model, DataType.DOUBLE);
            shadow.load(batch, Networks.iteration(model), Networks.epoch(model));
            derivative = new TinyStepDerivative(shadow);
            derivative.moveTo(Networks.parameters(model));
            hessian = new ShadowHessian(derivative, layout, batch.getLabels(0).size(0), false);
        } finally {
            stream.restore();
        }
    }

    /**
     * The Hessian of a network at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels and optional masks; Not modified, read at every product
     * @return a new operator
     * @throws IllegalArgumentException if the batch has no labels
     */
    public static NetworkHessian of(MultiLayerNetwork network, DataSet batch) {
        return new NetworkHessian(network, batch.toMultiDataSet());
    }

    /**
     * The Hessian of a graph at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels and optional masks; Not modified, read at every product
     * @return a new operator
     * @throws IllegalArgumentException if the batch has no labels
     */
    public static NetworkHessian of(ComputationGraph network, MultiDataSet batch) {
        return new NetworkHessian(network, batch);
    }

    @Override
    public long dimension() {
        return hessian.dimension();
    }

    @Override
    public void multiply(INDArray in, INDArray out) {
        requireVector(in, "in");
        requireVector(out, "out");
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            hessian.multiply(Networks.flat(in), Networks.flat(out));
        } finally {
            stream.restore();
        }
    }

    /**
     * What the products have cost so far.
     *
     * @return gradients of the mini-batch evaluated
     */
    public long gradientEvaluations() {
        return derivative.evaluations();
    }

    private void requireVector(INDArray vector, String name) {
        if (vector.length() != dimension()) {
            throw new IllegalArgumentException(
                    name + " has length " + vector.length() + ", but the network has " + dimension() + " parameters");
        }
        if (!vector.dataType().isFPType()) {
            throw new IllegalArgumentException(
                    name + " is " + vector.dataType() + ", but must be a floating type; use castTo(DataType.DOUBLE)");
        }
    }
}
