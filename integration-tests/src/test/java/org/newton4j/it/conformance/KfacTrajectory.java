/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.newton4j.curvature.inverse.KroneckerFactors;
import org.newton4j.curvature.inverse.KroneckerGradient;
import org.newton4j.curvature.inverse.KroneckerInverse;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.network.FixtureNetwork;
import org.newton4j.it.network.ParameterLayout;
import org.newton4j.optimizers.training.KroneckerLayer;
import org.newton4j.optimizers.training.KroneckerStatistics;
import org.newton4j.optimizers.training.LayerStatistics;

/**
 * Kind {@code kfac_trajectory}: factors, preconditioned gradients, KL clip and parameters of kfac-pytorch on a real
 * network, step after step with our own numbers.
 *
 * <p>The reference's scales: deltas belong to the mean loss, rows of a convolution (bias entry included) are divided by
 * the number of its positions. SGD with momentum follows PyTorch: v = mom v + u, p -= lr v.
 */
final class KfacTrajectory implements CaseRunner {

    private record Block(KroneckerLayer layer, KroneckerFactors factors) {}

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        FixtureNetwork network = FixtureNetwork.of(fixture, DataType.DOUBLE);
        ParameterLayout layout = network.layout();
        Set<Integer> factorSteps = steps(fixture, "factor_steps");
        Set<Integer> inverseSteps = steps(fixture, "inverse_steps");
        double[] losses = fixture.array("loss").values();
        double[] scales = fixture.array("kl_scale").values();
        double learningRate = fixture.hyper("lr");
        INDArray velocity = Nd4j.zeros(DataType.DOUBLE, layout.dimension());
        int batches = fixture.field("num_batches").asInt();
        KroneckerStatistics statistics = KroneckerStatistics.of(network.net(), batch(network, 0));
        List<Block> blocks = new ArrayList<>();
        for (KroneckerLayer layer : statistics.layers()) {
            blocks.add(new Block(layer, layer.newFactors(DataType.DOUBLE)));
        }

        int updates = 0;
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            DataSet batch = batch(network, t % batches);
            double loss = loss(network, batch);
            INDArray gradient = network.net()
                    .getFlattenedGradients()
                    .dup()
                    .reshape(layout.dimension())
                    .divi(batch.getFeatures().size(0));
            checks.compare("loss", fixture.tolerance(), new double[] {loss}, new double[] {losses[t]});
            compare("gradient", "grad_", t, gradient, fixture, layout, checks);
            if (factorSteps.contains(t)) {
                statistics.moveTo(batch.toMultiDataSet());
                updateFactors(statistics.empirical(), blocks, fixture.hyper("factor_decay"));
                compareFactors(blocks, updates++, fixture, checks);
            }
            if (inverseSteps.contains(t)) {
                for (Block block : blocks) {
                    block.factors().refresh(method(fixture), fixture.hyper("damping"));
                }
            }
            INDArray direction = precondition(blocks, gradient, fixture, learningRate, scales[t], checks);
            compare("preconditioned gradient", "pgrad_", t, direction, fixture, layout, checks);
            velocity.muli(fixture.hyper("momentum")).addi(direction);
            network.net()
                    .params()
                    .subi(velocity.mul(learningRate)
                            .reshape(network.net().params().shape()));
            compare("parameters", "params_", t, network.net().params(), fixture, layout, checks);
        }
    }

    private static void updateFactors(List<LayerStatistics> captured, List<Block> blocks, double decay) {
        for (int i = 0; i < blocks.size(); i++) {
            LayerStatistics layer = captured.get(i);
            double positions = layer.positions();
            blocks.get(i)
                    .factors()
                    .update(layer.inputs().div(positions), layer.deltas().div(layer.examples() * positions), decay);
        }
    }

    private static void compareFactors(List<Block> blocks, int update, FixtureCase fixture, Checks checks) {
        for (int q = 0; q < blocks.size(); q++) {
            KroneckerFactors factors = blocks.get(q).factors();
            checks.compare(
                    "A",
                    fixture.tolerance(),
                    FixtureNetwork.toArray(factors.a()),
                    fixture.array("A_" + q).row(update));
            checks.compare(
                    "G",
                    fixture.tolerance(),
                    FixtureNetwork.toArray(factors.g()),
                    fixture.array("G_" + q).row(update));
        }
    }

    private static INDArray precondition(
            List<Block> blocks,
            INDArray gradient,
            FixtureCase fixture,
            double learningRate,
            double expectedScale,
            Checks checks) {
        INDArray direction = Nd4j.zeros(DataType.DOUBLE, gradient.length());
        double inner = 0;
        for (Block block : blocks) {
            INDArray raw = block.layer().gather(gradient);
            INDArray preconditioned = block.factors().precondition(raw);
            inner += preconditioned.mul(raw).sumNumber().doubleValue();
            block.layer().scatter(preconditioned, direction);
        }
        boolean clipped = !fixture.field(fixture.field("hyper"), "kl_clip").isNull();
        double scale = clipped ? KroneckerGradient.klScale(fixture.hyper("kl_clip"), learningRate, inner) : 1;
        checks.compare("KL scale", fixture.tolerance(), new double[] {scale}, new double[] {expectedScale});
        return direction.muli(scale);
    }

    private static void compare(
            String quantity,
            String prefix,
            int step,
            INDArray flat,
            FixtureCase fixture,
            ParameterLayout layout,
            Checks checks) {
        double[] values = FixtureNetwork.toArray(flat);
        for (String name : layout.names()) {
            checks.compare(
                    quantity,
                    fixture.tolerance(),
                    layout.gather(name, values),
                    fixture.array(prefix + name).row(step));
        }
    }

    private static KroneckerInverse method(FixtureCase fixture) {
        String method = fixture.field(fixture.field("hyper"), "compute_method").asText();
        return switch (method) {
            case "inverse" -> KroneckerInverse.FACTORS;
            case "eigen" -> KroneckerInverse.EIGENBASIS;
            default -> throw new IllegalArgumentException("compute_method " + method);
        };
    }

    private static double loss(FixtureNetwork network, DataSet batch) {
        network.net().setInput(batch.getFeatures());
        network.net().setLabels(batch.getLabels());
        network.net().computeGradientAndScore();
        return network.net().score();
    }

    /** Batch number i of features [B, N, …] and labels [B, N, outputs]. */
    private static DataSet batch(FixtureNetwork network, int i) {
        return new DataSet(
                network.features().slice(i).dup('c'), network.labels().slice(i).dup('c'));
    }

    private static Set<Integer> steps(FixtureCase fixture, String name) {
        Set<Integer> steps = new TreeSet<>();
        for (double step : fixture.array(name).values()) {
            steps.add((int) step);
        }
        return steps;
    }
}
