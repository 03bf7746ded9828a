/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.shade.guava.collect.MapMaker;
import org.newton4j.curvature.kernel.Elementwise;
import org.newton4j.curvature.kernel.NotFinite;
import org.newton4j.curvature.kernel.Rademacher;
import org.newton4j.optimizers.update.CurvatureConsumer;
import org.newton4j.optimizers.update.CurvatureRequest;
import org.newton4j.optimizers.update.NonFiniteException;

/**
 * What a {@link CurvatureListener} keeps for one network: the shadow and the buffers, built at first use.
 *
 * <p>Nothing in here influences training beyond one iteration.
 */
final class TrainingSession {

    /**
     * Labels of graphs between the backward pass and the gradient. Not by listener: after {@code ComputationGraph.clone()},
     * which shares its list of listeners, Deeplearning4j may announce one to the listener of the copy and the other to that
     * of the original.
     */
    private static final ConcurrentMap<Model, INDArray[]> LABELS =
            new MapMaker().weakKeys().makeMap();

    private final HessianProducts products;
    private @Nullable Buffers buffers;
    private @Nullable BartlettSession bartlett;
    private boolean warned;
    private final ProductReports reports = new ProductReports();
    private final WinRateHint winRateHint = new WinRateHint();

    TrainingSession(HessianProducts products) {
        this.products = products;
    }

    /** Reads kinks from the forward pass of an iteration that will need curvature. */
    void tapForward(Model model, List<INDArray> activations) {
        buffersFor(model).derivative.tapForward(activations);
    }

    /** Reads kinks from the forward pass of an iteration that will need curvature. */
    void tapForward(Model model, Map<String, INDArray> activations) {
        buffersFor(model).derivative.tapForward(activations);
    }

    /** Reads what the network shows only after its backward pass. */
    void tapBackward(Model model) {
        captureLabels(model);
        Buffers current = buffers;
        if (current != null) {
            current.derivative.tapBackward();
        }
    }

    /** Keeps the labels of a graph, which it forgets before its gradient is announced. */
    void captureLabels(Model model) {
        if (model instanceof ComputationGraph graph) {
            INDArray[] captured = new INDArray[graph.getNumOutputArrays()];
            for (int i = 0; i < captured.length; i++) {
                captured[i] = ((IOutputLayer) Networks.unwrap(graph.getOutputLayer(i))).getLabels();
            }
            LABELS.put(model, captured);
        }
    }

    /**
     * Estimates the curvature of this iteration and hands it over.
     *
     * @param model the network inside onGradientCalculation; Not modified
     * @param waiting the blocks whose updaters want curvature now
     * @return gradients evaluated
     */
    long deliver(Model model, WaitingBlocks waiting, long seed, int probes) {
        ParameterLayout layout = ParameterLayout.of(model);
        RandomStream stream = RandomStream.here();
        long evaluations = 0;
        if (!waiting.hessian().isEmpty()) {
            evaluations += deliverHessian(model, layout, waiting.hessian(), seed, probes);
        }
        if (!waiting.bartlett().isEmpty()) {
            // The same noise whether or not another block was served before.
            stream.restore();
            evaluations += deliverBartlett(model, layout, waiting.bartlett(), seed, probes);
        }
        LABELS.remove(model);
        return evaluations;
    }

    private long deliverBartlett(
            Model model, ParameterLayout layout, List<UpdaterBlock> waiting, long seed, int probes) {
        BartlettSession session = bartlett;
        if (session == null || !session.fits(model)) {
            warnOnce(model);
            session = new BartlettSession(model);
            bartlett = session;
        }
        int iteration = Networks.iteration(model);
        long before = session.evaluations();
        finish(
                session.estimate(model, labelsOf(model), layout, waiting, seed, iteration, probes),
                false,
                layout,
                waiting,
                iteration);
        return session.evaluations() - before;
    }

    private long deliverHessian(
            Model model, ParameterLayout layout, List<UpdaterBlock> waiting, long seed, int probes) {
        Buffers b = buffersFor(model);
        int iteration = Networks.iteration(model);
        long before = b.derivative.evaluations();
        b.derivative.load(labelsOf(model));
        b.derivative.moveTo(Networks.parameters(model));

        ShadowHessian hessian = new ShadowHessian(b.derivative, layout, Networks.lossDivisor(model), true);
        ProductError error = ProductError.NONE;
        boolean good = true;
        for (int probe = 0; probe < probes; probe++) {
            drawProbe(b.probe, layout, waiting, seed, iteration, probe);
            INDArray product = probe == 0 ? b.diagonal : b.product();
            Product known = hessian.multiply(b.probe, true, product);
            error = error.worst(known.error());
            good &= known.good();
            Elementwise.product(product, b.probe, product);
            if (probe > 0) {
                b.diagonal.addi(product);
            }
        }
        if (probes > 1) {
            b.diagonal.divi(probes);
        }
        reports.tell(model, iteration, products, error, good);
        // In HALF, squares are computed in FLOAT and most of them fit once they are weighted.
        finish(b.diagonal, b.diagonal.dataType() != DataType.FLOAT16, layout, waiting, iteration);
        return b.derivative.evaluations() - before;
    }

    /** Hands over an estimate, if it is usable; AdaHessian squares Hessians. */
    private static void finish(
            INDArray diagonal, boolean squared, ParameterLayout layout, List<UpdaterBlock> waiting, int iteration) {
        long unusable = squared
                ? NotFinite.countBeyond(diagonal, NotFinite.squareLimit(diagonal.dataType()))
                : NotFinite.count(diagonal);
        if (unusable > 0) {
            throw new NonFiniteException(
                    "the curvature has " + Unusable.entries(layout, diagonal, variable -> squared, 1));
        }
        handOver(diagonal, layout, waiting, iteration);
    }

    private void warnOnce(Model model) {
        if (!warned) {
            warned = true;
            WrongGradients.warnAbout(model);
        }
    }

    private Buffers buffersFor(Model model) {
        Buffers current = buffers;
        if (current == null || current.diagonal.length() != model.params().length()) {
            warnOnce(model);
            FlatLosses.warnAbout(model);
            current = new Buffers(model, ParameterLayout.of(model), products);
            buffers = current;
        }
        return current;
    }

    /** Looks at how the step of this iteration went. */
    void afterStep(Model model, int iteration) {
        winRateHint.look(model, iteration);
    }

    INDArray[] labelsOf(Model model) {
        if (model instanceof MultiLayerNetwork net) {
            return new INDArray[] {net.getLabels()};
        }
        INDArray[] captured = LABELS.get(model);
        if (captured == null) {
            throw new IllegalStateException("CurvatureListener saw the gradient of a ComputationGraph without its "
                    + "backward pass. Attach it with setListeners or addListeners before fit is called, and to both graphs "
                    + "after each clone(), because ComputationGraph.clone() shares the list of listeners with its "
                    + "original");
        }
        return captured;
    }

    /**
     * Signs on the trainable coordinates of the waiting blocks, zero elsewhere: other coordinates would only add
     * variance.
     */
    private static void drawProbe(
            INDArray z, ParameterLayout layout, List<UpdaterBlock> waiting, long seed, int iteration, int probe) {
        long covered = 0;
        for (UpdaterBlock block : waiting) {
            covered += block.getParamOffsetEnd() - block.getParamOffsetStart();
        }
        if (covered < z.length()) {
            z.assign(0);
        }
        for (UpdaterBlock block : waiting) {
            INDArray part = z.get(NDArrayIndex.interval(block.getParamOffsetStart(), block.getParamOffsetEnd()));
            Rademacher.fill(part, seed, iteration, probe, block.getParamOffsetStart());
        }
        layout.clearUntrainable(z);
    }

    private static void handOver(INDArray diagonal, ParameterLayout layout, List<UpdaterBlock> waiting, int iteration) {
        for (UpdaterBlock block : waiting) {
            CurvatureConsumer consumer = (CurvatureConsumer) block.getGradientUpdater();
            if (consumer.curvatureRequest()
                    .map(CurvatureRequest::spatialAveraging)
                    .orElse(false)) {
                for (ParameterLayout.Variable variable : layout.variables()) {
                    // Anything but a kernel would only lose its sign, of which AdaHessian's square knows nothing.
                    if (variable.window().size() > 1
                            && variable.start() >= block.getParamOffsetStart()
                            && variable.end() <= block.getParamOffsetEnd()
                            && variable.start() < variable.end()) {
                        SpatialAverage.apply(variable.of(diagonal), variable.window());
                    }
                }
            }
            consumer.acceptCurvature(
                    diagonal.get(NDArrayIndex.interval(block.getParamOffsetStart(), block.getParamOffsetEnd())),
                    iteration);
        }
    }

    /** The shadow and the vectors as long as the parameters. */
    private static final class Buffers {

        final NetworkDerivative derivative;
        final INDArray probe;
        final INDArray diagonal;
        private @Nullable INDArray product;

        Buffers(Model model, ParameterLayout layout, HessianProducts products) {
            derivative = new NetworkDerivative(model, layout, products, true);
            INDArray parameters = Networks.parameters(model);
            probe = Nd4j.createUninitialized(parameters.dataType(), parameters.length());
            diagonal = Nd4j.createUninitialized(parameters.dataType(), parameters.length());
        }

        /** For the second probe and later ones. */
        INDArray product() {
            INDArray buffer = product == null ? diagonal.ulike() : product;
            product = buffer;
            return buffer;
        }
    }
}
