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
import org.newton4j.curvature.operator.Arguments;

/**
 * The Gauss-Newton-Bartlett estimate of the diagonal of the Gauss-Newton matrix, from one gradient (Sophia-G, Liu et al.
 * 2023, algorithm 2).
 *
 * <p>With N examples, labels ŷ_n drawn from the network's own output distribution (categorical for softmax with
 * cross-entropy, Bernoulli for sigmoid with binary cross-entropy, normal for MSE and L2, whose variance makes the loss
 * the negative log-likelihood), and ĝ the gradient of the mean loss on these labels,
 *
 * <pre>
 * estimate = N ĝ ⊙ ĝ,      E[estimate] = diag G,     G as in {@link NetworkGaussNewton}
 * </pre>
 *
 * <p>Proof. Let r_n = ∂loss_n/∂z_n for the drawn label, so that ĝ = (1/N) Σ J_n' r_n. Bartlett's identities say
 * E[r_n] = 0 and E[r_n r_n'] = H_n. Labels are drawn independently, so E[r_n r_m'] = 0 for n ≠ m.
 * Hence N E[ĝ ĝ'] = (1/N) Σ_n J_n' E[r_n r_n'] J_n = (1/N) Σ_n J_n' H_n J_n = G; the diagonal is the claim. ∎ This holds
 * for time steps, several outputs and batch normalisation too, where J couples the examples.
 *
 * <p>Labels are a function of (seed, iteration, probe, output, row, column) only, so a resumed run draws the same. The
 * network itself, its listeners and the global random stream do not notice. The shadow has the network's precision,
 * FLOAT for HALF. Not safe for use from several threads.
 */
public final class GaussNewtonBartlett {

    // No reference to the network: the listener keeps estimators by network, and they must not keep it alive.
    private final ParameterLayout layout;
    private final LossShadow shadow;
    private final List<OutputModel> models = new ArrayList<>();
    private long gradients;

    private GaussNewtonBartlett(Model model, LossShadow shadow) {
        this.shadow = shadow;
        layout = ParameterLayout.of(model);
        for (LossShadow.Output output : shadow.outputs()) {
            models.add(output.model());
        }
    }

    /**
     * Prepares estimates for a network at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels (only their shape is used) and optional masks of 0 and 1; Not modified, copied
     * @return a new estimator
     * @throws IllegalArgumentException if the batch has no labels, or the loss and activation of an output have no
     *     distribution
     */
    public static GaussNewtonBartlett of(MultiLayerNetwork network, DataSet batch) {
        return on(network, batch.toMultiDataSet());
    }

    /**
     * Prepares estimates for a graph at its present parameters.
     *
     * @param network initialised; Not modified
     * @param batch features, labels (only their shape is used) and optional masks of 0 and 1; Not modified, copied
     * @return a new estimator
     * @throws IllegalArgumentException if the batch has no labels, or the loss and activation of an output have no
     *     distribution
     */
    public static GaussNewtonBartlett of(ComputationGraph network, MultiDataSet batch) {
        return on(network, batch);
    }

    private static GaussNewtonBartlett on(Model network, MultiDataSet batch) {
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            WrongGradients.warnAbout(network);
            Vectors.requireLabels(batch);
            GaussNewtonBartlett estimator =
                    new GaussNewtonBartlett(network, LossShadow.of(network, precision(network)));
            estimator.shadow.load(batch, Networks.iteration(network), Networks.epoch(network));
            estimator.shadow.parameters().assign(Networks.parameters(network));
            return estimator;
        } finally {
            stream.restore();
        }
    }

    /**
     * Prepares an estimator for a network in training; {@link #follow} comes before each estimate.
     *
     * @param network Not modified, not kept
     * @throws IllegalArgumentException if the loss and activation of an output have no distribution
     */
    static GaussNewtonBartlett inTraining(Model network) {
        return new GaussNewtonBartlett(network, LossShadow.of(network, precision(network)));
    }

    /**
     * Moves to the parameters and the batch, segment or mini-batch, that a network is training on.
     *
     * @param network inside its onGradientCalculation; Not modified
     * @param labels one array per output
     */
    void follow(Model network, INDArray[] labels) {
        shadow.load(network, labels);
        shadow.parameters().assign(Networks.parameters(network));
    }

    private static DataType precision(Model network) {
        return network.params().dataType() == DataType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT;
    }

    /** Number of examples of the batch, the divisor between sum and mean of the loss. */
    long examples() {
        return shadow.examples();
    }

    /** Precision of the shadow. */
    DataType type() {
        return shadow.type();
    }

    /**
     * Length of the estimates.
     *
     * @return number of parameters
     */
    public long dimension() {
        return layout.length();
    }

    /**
     * Estimates diag G from one sample of labels.
     *
     * @param seed of the run, any number
     * @param iteration at or above 0
     * @param probe number of the sample within the iteration, at or above 0
     * @param out N ĝ ⊙ ĝ, flat, any floating type; Modified
     * @throws IllegalArgumentException if {@code out} has another length, a number is negative, the loss has weights
     *     (squared losses excepted) or a label mask has values other than 0 and 1
     */
    public void estimate(long seed, long iteration, int probe, INDArray out) {
        sampledGradient(seed, iteration, probe, out);
        square(out);
    }

    /**
     * Estimates diag G from labels somebody else has drawn.
     *
     * @param labels one array [rows, outputs] per output, with time steps row by row as Deeplearning4j's loss sees them;
     *     Not modified
     * @param out N ĝ ⊙ ĝ, flat, any floating type; Modified
     * @throws IllegalArgumentException if {@code out} has another length or there are not as many arrays as outputs
     */
    public void estimate(INDArray[] labels, INDArray out) {
        sampledGradient(labels, out);
        square(out);
    }

    /**
     * The gradient of the mean loss on sampled labels.
     *
     * @param seed of the run, any number
     * @param iteration at or above 0
     * @param probe number of the sample within the iteration, at or above 0
     * @param out ĝ, flat, any floating type; Modified
     * @throws IllegalArgumentException as {@link #estimate(long, long, int, INDArray)}
     */
    public void sampledGradient(long seed, long iteration, int probe, INDArray out) {
        for (int i = 0; i < models.size(); i++) {
            OutputModel output = models.get(i);
            CounterRandom random = new CounterRandom(seed, iteration, probe, i);
            shadow.outputs().get(i).tap().answerWith(call -> call.gradient(output.sample(call, random)));
        }
        meanGradient(out);
    }

    /**
     * The gradient of the mean loss on given labels.
     *
     * @param labels one array [rows, outputs] per output, with time steps row by row as Deeplearning4j's loss sees them;
     *     Not modified
     * @param out ĝ, flat, any floating type; Modified
     * @throws IllegalArgumentException as {@link #estimate(INDArray[], INDArray)}
     */
    public void sampledGradient(INDArray[] labels, INDArray out) {
        if (labels.length != models.size()) {
            throw new IllegalArgumentException(
                    labels.length + " arrays of labels, but the network has " + models.size() + " outputs");
        }
        for (int i = 0; i < models.size(); i++) {
            INDArray given = labels[i];
            shadow.outputs().get(i).tap().answerWith(call -> call.gradient(given));
        }
        meanGradient(out);
    }

    /**
     * What the estimates have cost so far.
     *
     * @return gradients of the mini-batch evaluated
     */
    public long gradientEvaluations() {
        return gradients;
    }

    private void meanGradient(INDArray out) {
        Vectors.require(out, "out", dimension());
        RandomStream stream = RandomStream.here();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            gradients++;
            INDArray flat = Arguments.flat(out);
            flat.assign(shadow.backward());
            flat.divi(shadow.examples());
            layout.clearUntrainable(flat);
        } finally {
            stream.restore();
        }
    }

    private void square(INDArray out) {
        out.muli(out).muli(shadow.examples());
    }
}
