/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.newton4j.optimizers.training.CurvatureListener;
import org.newton4j.optimizers.training.HessianProducts;

/**
 * One generated case: a configuration, its batches and the settings of the listener.
 *
 * @param id how to repeat it
 * @param type of the network
 * @param configuration of a MultiLayerNetwork or ComputationGraph
 * @param batches one for each step
 * @param randomSeed of ND4J's stream
 * @param products of the listener
 * @param probes of the listener
 * @param exact whether Deeplearning4j can evaluate the network in DOUBLE
 */
record GeneratedCase(
        Id id,
        DataType type,
        Object configuration,
        List<MultiDataSet> batches,
        long randomSeed,
        HessianProducts products,
        int probes,
        boolean exact) {

    /** Steps each case is trained for. */
    static final int STEPS = 5;

    /**
     * Where a case comes from.
     *
     * @param seed of all cases
     * @param number of the case
     * @param attempt counted up for each draw that Deeplearning4j refuses
     */
    record Id(long seed, int number, int attempt) {}

    /**
     * Draws a case.
     *
     * @param plain the same with Deeplearning4j's Adam in the place of each optimizer
     * @throws RuntimeException if Deeplearning4j refuses the configuration
     */
    static GeneratedCase of(Id id, boolean plain) {
        Draw draw = new Draw(id.seed(), id.number(), id.attempt());
        DataType type = draw.oneOf(
                DataType.FLOAT, DataType.FLOAT, DataType.FLOAT, DataType.DOUBLE, DataType.DOUBLE, DataType.HALF);
        DrawnInput input = DrawnInput.draw(draw);
        boolean graph = draw.chance(0.4);
        List<DrawnLoss> losses = new ArrayList<>();
        int outputs = graph ? draw.oneOf(1, 1, 2, 3) : 1;
        for (int i = 0; i < outputs; i++) {
            losses.add(DrawnLoss.draw(draw, type, type == DataType.FLOAT));
        }
        boolean sampled = losses.stream().allMatch(DrawnLoss::sampled);
        DrawnSettings settings = new DrawnSettings(draw, plain, sampled);
        NeuralNetConfiguration.Builder builder = settings.network(type);
        DrawnChain.Result network = graph
                ? DrawnGraph.draw(draw, builder, settings, input, losses)
                : DrawnChain.draw(draw, builder, settings, input, losses.get(0));
        int examples = draw.chance(0.15) ? 1 : draw.between(2, 5);
        boolean exact = losses.stream().noneMatch(DrawnLoss::inDefaultTypeOnly);
        return new GeneratedCase(
                id,
                type,
                network.configuration(),
                batches(draw, type, input, network.outputs(), examples),
                draw.seed(),
                exact || type == DataType.DOUBLE
                        ? draw.oneOf(HessianProducts.values())
                        : draw.oneOf(HessianProducts.FAST, HessianProducts.CENTRAL),
                draw.oneOf(1, 1, 1, 2, 3),
                exact);
    }

    /** A new listener with the settings of this case. */
    CurvatureListener listener() {
        return CurvatureListener.builder()
                .seed(randomSeed)
                .probes(probes)
                .products(products)
                .build();
    }

    /** A copy of the configuration, since a network keeps and changes its own. */
    Object copyOfConfiguration() {
        return configuration instanceof MultiLayerConfiguration layers
                ? layers.clone()
                : ((ComputationGraphConfiguration) configuration).clone();
    }

    /** Everything needed to see what the case is, in a few lines. */
    String description() {
        MultiDataSet first = batches.get(0);
        return "repeat with -Dseed=" + id.seed() + " -Dcase=" + id.number() + " (attempt " + id.attempt() + ")\n"
                + type + ", products " + products + ", probes " + probes + ", random stream " + randomSeed
                + ", features "
                + shapes(first.getFeatures()) + ", labels " + shapes(first.getLabels()) + ", masks of features "
                + shapes(first.getFeaturesMaskArrays()) + ", of labels " + shapes(first.getLabelsMaskArrays()) + "\n"
                + CaseDescription.of(configuration);
    }

    private static String shapes(INDArray @Nullable [] arrays) {
        return arrays == null
                ? "none"
                : Arrays.stream(arrays)
                        .map(a -> a == null ? "none" : Arrays.toString(a.shape()))
                        .toList()
                        .toString();
    }

    private static List<MultiDataSet> batches(
            Draw draw, DataType type, DrawnInput input, List<DrawnOutput> outputs, int examples) {
        boolean featureMask = input.steps() > 0 && draw.chance(0.3);
        boolean sequence = outputs.stream().allMatch(o -> o.steps() > 0);
        boolean labelMask = draw.chance(0.25) && (sequence || outputs.stream().allMatch(o -> o.place() == null));
        boolean sameSize = draw.chance(0.8);
        List<MultiDataSet> batches = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            int size = sameSize || i < 2 ? examples : Math.max(1, examples - 1);
            INDArray[] labels = new INDArray[outputs.size()];
            INDArray[] labelMasks = new INDArray[outputs.size()];
            for (int o = 0; o < labels.length; o++) {
                labels[o] = outputs.get(o).labels(draw, type, size);
                labelMasks[o] = sequence
                        ? Sequences.mask(draw, type, size, outputs.get(o).steps())
                        : Sequences.mask(draw, type, size, 1);
            }
            if (labelMask && !sequence && size > 1) {
                labelMasks[0].putScalar(0, 0, 0);
            }
            batches.add(new MultiDataSet(
                    new INDArray[] {input.features(draw, type, size)},
                    labels,
                    featureMask ? new INDArray[] {Sequences.mask(draw, type, size, input.steps())} : null,
                    labelMask ? labelMasks : null));
        }
        return batches;
    }
}
