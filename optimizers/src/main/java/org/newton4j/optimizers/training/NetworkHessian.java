/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.operator.BlockOperator;
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
 * <p>Products are differences of gradients of a copy of the network whose kinks (relu, max pooling …) are held on the
 * side they are on at θ, so that the result is the Hessian that automatic differentiation returns; see
 * {@link HessianProducts} for cost and error. The default is {@link HessianProducts#EXACT}. The network itself, its
 * listeners and the global random stream do not notice.
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
public final class NetworkHessian extends NetworkOperator {

    private final NetworkDerivative derivative;
    private final ShadowHessian hessian;
    private final ParameterLayout layout;
    private ProductError lastError = ProductError.NONE;
    private ProductError worstError = lastError;

    private NetworkHessian(Model model, MultiDataSet batch, HessianProducts products) {
        Vectors.requireLabels(batch);
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            WrongGradients.warnAbout(model);
            layout = ParameterLayout.of(model);
            derivative = new NetworkDerivative(model, layout, products, false);
            derivative.load(batch, Networks.iteration(model), Networks.epoch(model));
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
        return of(network, batch, HessianProducts.EXACT);
    }

    /**
     * The Hessian of a network at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels and optional masks; Not modified, read at every product
     * @param products how exact, at which cost
     * @return a new operator
     * @throws IllegalArgumentException if the batch has no labels
     */
    public static NetworkHessian of(MultiLayerNetwork network, DataSet batch, HessianProducts products) {
        return new NetworkHessian(network, batch.toMultiDataSet(), products);
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
        return of(network, batch, HessianProducts.EXACT);
    }

    /**
     * The Hessian of a graph at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels and optional masks; Not modified, read at every product
     * @param products how exact, at which cost
     * @return a new operator
     * @throws IllegalArgumentException if the batch has no labels
     */
    public static NetworkHessian of(ComputationGraph network, MultiDataSet batch, HessianProducts products) {
        return new NetworkHessian(network, batch, products);
    }

    @Override
    public long dimension() {
        return hessian.dimension();
    }

    @Override
    void compute(INDArray x, INDArray y) {
        RandomStream stream = RandomStream.here();
        try {
            lastError = hessian.multiply(x, false, y).error();
            worstError = worstError.worst(lastError);
        } finally {
            stream.restore();
        }
    }

    /**
     * What to call the layers that have parameters, in flat order.
     *
     * @return Deeplearning4j's layer names, {@code layer0}, {@code layer1}, … if none were given; where several layers have
     *     one name, the name, # and the layer's index, such as {@code fc#1}
     */
    public List<String> layers() {
        return layout.labels();
    }

    /**
     * The block of H that belongs to one layer, as an operator on that layer's parameters.
     *
     * @param name one of {@link #layers()}
     * @return a view; its products cost as much as those of the whole
     * @throws IllegalArgumentException if there is no such layer with parameters, or there are several
     */
    public LinearOperator layer(String name) {
        List<String> labels = layers();
        int at = labels.indexOf(name);
        if (at >= 0) {
            return block(layout.layers().get(at));
        }
        boolean ambiguous =
                layout.layers().stream().anyMatch(place -> place.name().equals(name));
        throw new IllegalArgumentException(
                (ambiguous ? "several layers are called '" : "no layer with parameters is called '") + name
                        + "'; there are " + known());
    }

    /**
     * The block of H that belongs to one layer, as an operator on that layer's parameters.
     *
     * @param index of a layer with parameters, as in {@code net.getLayer(index)}
     * @return a view; its products cost as much as those of the whole
     * @throws IllegalArgumentException if there is no such layer or it has no parameters
     */
    public LinearOperator layer(int index) {
        for (LayerPlace place : layout.layers()) {
            if (index >= 0 && place.index() == index) {
                return block(place);
            }
        }
        throw new IllegalArgumentException(
                "no layer with parameters has the index " + index + "; there are " + known());
    }

    private LinearOperator block(LayerPlace place) {
        return new BlockOperator(this, place.start(), place.end() - place.start());
    }

    /** What may be typed. */
    private String known() {
        List<String> choices = new ArrayList<>();
        for (int i = 0; i < layout.layers().size(); i++) {
            int index = layout.layers().get(i).index();
            choices.add((index < 0 ? "" : "layer(" + index + ") = ") + "layer(\"" + layers().get(i) + "\")");
        }
        return String.join(", ", choices);
    }

    /**
     * How far the last product may be from H v.
     *
     * @return an estimate made with that product; 0 before the first
     */
    public ProductError lastError() {
        return lastError;
    }

    @Override
    public double productError() {
        return worstError.relative();
    }

    /**
     * How far a product of this operator was from H v at most.
     *
     * @return the largest estimate so far; 0 before the first product
     */
    public ProductError worstError() {
        return worstError;
    }

    /**
     * What the products have cost so far.
     *
     * @return gradients of the mini-batch evaluated, those for recording and checking included
     */
    public long gradientEvaluations() {
        return derivative.evaluations();
    }
}
