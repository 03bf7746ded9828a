/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The generalised Gauss-Newton matrix of a network's loss on one mini-batch, as an operator to multiply with.
 *
 * <p>With N examples, pre-outputs z_n of the output layers, their Jacobians J_n = ∂z_n/∂θ and the second derivative
 * H_n of the loss of one example by z_n (Schraudolph 2002),
 *
 * <pre>
 * G = (1/N) Σ_n J_n' H_n J_n
 *
 * softmax with MCXENT, NEGATIVELOGLIKELIHOOD, SPARSE_MCXENT    H = diag p - p p'
 * sigmoid with XENT                                            H = diag(p (1 - p))
 * any activation a with L2 (MSE: divided by the outputs)       H = 2 D D,   D = ∂a/∂z
 * </pre>
 *
 * in training mode: batch normalisation uses batch statistics, dropout masks are drawn once and stay. G is symmetric and
 * positive semi-definite; it is the Fisher matrix of these losses, and equals the Hessian where z is linear in θ. Class
 * weights and label masks act as in the loss; time steps and pixels are summed, as in the loss; several outputs add up.
 * Regularisation is not included. Coordinates follow {@code net.params()}, as in {@link NetworkHessian}; rows and columns
 * of frozen layers and of batch-norm statistics are zero. Truncated backpropagation is ignored: J covers the whole
 * sequence.
 *
 * <p>A product is J' (H (J v)) in DOUBLE: J v by central differences of z with a root mean square step of 1e-8 per
 * parameter, which costs two forward passes, then H in closed form and one backward pass. Values of z are continuous
 * across the kinks of relu and max-pooling, so units that switch within the step cost little: on LeNet with a batch of 64
 * and on a relu network 784-500-10 with 128, no unit switched at 1e-7 and less, where rounding costs 1e-9; a step of 1e-6
 * costs 2e-4, one of 1e-4 costs 5e-3. The network itself, its listeners and the global random stream do not notice.
 *
 * <p>Not safe for use from several threads. Example:
 *
 * <pre>{@code
 * NetworkGaussNewton g = NetworkGaussNewton.of(net, batch);
 * INDArray v = Nd4j.ones(DataType.DOUBLE, g.dimension());
 * INDArray gv = Nd4j.create(DataType.DOUBLE, g.dimension());
 * g.multiply(v, gv);
 * }</pre>
 */
public final class NetworkGaussNewton extends NetworkOperator {

    /** RMS step per parameter: rounding costs about 1e-17 / STEP, switching units about 1e2 STEP and more. */
    private static final double STEP = 1e-8;

    private final Model model;
    private final ParameterLayout layout;
    private final LossShadow shadow;
    private final List<OutputModel> models = new ArrayList<>();
    private final INDArray point;
    private double scale = 1;
    private long forwardPasses;
    private long gradients;

    NetworkGaussNewton(Model model) {
        this.model = model;
        layout = ParameterLayout.of(model);
        shadow = LossShadow.of(model, DataType.DOUBLE);
        for (LossShadow.Output output : shadow.outputs()) {
            models.add(output.model());
        }
        point = Nd4j.createUninitialized(DataType.DOUBLE, layout.length());
    }

    /**
     * The Gauss-Newton matrix of a network at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels and optional masks; Not modified, copied
     * @return a new operator
     * @throws IllegalArgumentException if the batch has no labels, or no Gauss-Newton matrix is known for the loss and
     *     activation of an output
     */
    public static NetworkGaussNewton of(MultiLayerNetwork network, DataSet batch) {
        return on(network, batch.toMultiDataSet());
    }

    /**
     * The Gauss-Newton matrix of a graph at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels and optional masks; Not modified, copied
     * @return a new operator
     * @throws IllegalArgumentException if the batch has no labels, or no Gauss-Newton matrix is known for the loss and
     *     activation of an output
     */
    public static NetworkGaussNewton of(ComputationGraph network, MultiDataSet batch) {
        return on(network, batch);
    }

    private static NetworkGaussNewton on(Model network, MultiDataSet batch) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            WrongGradients.warnAbout(network);
            NetworkGaussNewton operator = new NetworkGaussNewton(network);
            operator.load(batch);
            return operator;
        }
    }

    /** Moves to the network's present parameters and to another batch. */
    void load(MultiDataSet batch) {
        Vectors.requireLabels(batch);
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            shadow.load(batch, Networks.iteration(model), Networks.epoch(model));
            point.assign(Networks.parameters(model));
            scale = Math.max(1, Vectors.rms(point));
        } finally {
            stream.restore();
        }
    }

    @Override
    public long dimension() {
        return layout.length();
    }

    @Override
    void compute(INDArray x, INDArray y) {
        RandomStream stream = RandomStream.here();
        try {
            sandwich(x, y);
        } finally {
            stream.restore();
        }
    }

    /**
     * What the products have cost so far in forward passes; one is about a third of a gradient.
     *
     * @return forward passes over the mini-batch
     */
    public long forwardEvaluations() {
        return forwardPasses;
    }

    /**
     * What the products have cost so far in gradients.
     *
     * @return gradients of the mini-batch evaluated
     */
    public long gradientEvaluations() {
        return gradients;
    }

    private void sandwich(INDArray in, INDArray out) {
        INDArray v = in.castTo(DataType.DOUBLE);
        v = v == in ? in.dup() : v;
        layout.clearUntrainable(v);
        double size = Vectors.rms(v);
        if (size == 0) {
            out.assign(0);
            return;
        }
        double step = STEP * scale / size;
        List<INDArray> ahead = forwardAt(v, step);
        List<INDArray> behind = forwardAt(v, -step);
        for (int i = 0; i < models.size(); i++) {
            INDArray tangent = ahead.get(i).subi(behind.get(i)).divi(2 * step);
            OutputModel output = models.get(i);
            shadow.outputs().get(i).tap().answerWith(call -> output.multiply(call, tangent));
        }
        shadow.parameters().assign(point);
        gradients++;
        INDArray sum = shadow.backward();
        out.assign(sum);
        out.divi(shadow.examples());
        layout.clearUntrainable(out);
    }

    private List<INDArray> forwardAt(INDArray v, double step) {
        shadow.parameters().assign(v).muli(step).addi(point);
        forwardPasses++;
        return shadow.forward();
    }
}
