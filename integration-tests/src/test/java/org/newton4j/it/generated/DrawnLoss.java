/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossMixtureDensity;
import org.nd4j.linalg.lossfunctions.impl.LossMultiLabel;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;

/**
 * A loss with an activation and labels that fit.
 *
 * @param loss the loss
 * @param activation of the output
 * @param labels what kind of labels it wants
 * @param outputs number of outputs
 * @param sampled whether labels can be sampled from the output
 */
record DrawnLoss(ILossFunction loss, Activation activation, Labels labels, int outputs, boolean sampled) {

    /** Kinds of labels. */
    enum Labels {
        ONE_HOT,
        SPARSE,
        BINARY,
        REAL,
        POSITIVE,
        SIGNS,
        DISTRIBUTION
    }

    /**
     * Draws a loss.
     *
     * @param standard whether the network's type is ND4J's default, which three losses need
     */
    static DrawnLoss draw(Draw draw, DataType type, boolean standard) {
        int n = draw.between(2, 4);
        return switch (draw.between(0, standard ? 23 : 20)) {
            case 0, 1, 2, 3 -> new DrawnLoss(new LossMCXENT(), Activation.SOFTMAX, Labels.ONE_HOT, n, true);
            case 4 -> new DrawnLoss(new LossNegativeLogLikelihood(), Activation.SOFTMAX, Labels.ONE_HOT, n, true);
            case 5 ->
                new DrawnLoss(new LossMCXENT(weights(draw, type, n)), Activation.SOFTMAX, Labels.ONE_HOT, n, false);
            case 6 -> new DrawnLoss(new LossSparseMCXENT(), Activation.SOFTMAX, Labels.SPARSE, n, true);
            case 7, 8 ->
                new DrawnLoss(new LossBinaryXENT(), Activation.SIGMOID, Labels.BINARY, draw.between(1, 3), true);
            case 9, 10 ->
                new DrawnLoss(
                        new LossMSE(),
                        draw.oneOf(Activation.IDENTITY, Activation.TANH, Activation.SIGMOID, Activation.SOFTPLUS),
                        Labels.REAL,
                        draw.between(1, 3),
                        true);
            case 11 -> new DrawnLoss(new LossL2(), Activation.IDENTITY, Labels.REAL, draw.between(1, 3), true);
            case 12 ->
                new DrawnLoss(
                        draw.oneOf(new LossMAE(), new LossL1()),
                        Activation.IDENTITY,
                        Labels.REAL,
                        draw.between(1, 3),
                        false);
            case 13 -> new DrawnLoss(new LossMAPE(), Activation.IDENTITY, Labels.POSITIVE, draw.between(1, 3), false);
            case 14 -> new DrawnLoss(new LossMSLE(), Activation.SIGMOID, Labels.POSITIVE, draw.between(1, 3), false);
            case 15 -> new DrawnLoss(new LossKLD(), Activation.SOFTMAX, Labels.DISTRIBUTION, n, false);
            case 16 ->
                new DrawnLoss(new LossPoisson(), Activation.SOFTPLUS, Labels.POSITIVE, draw.between(1, 3), false);
            case 17 -> new DrawnLoss(new LossHinge(), Activation.TANH, Labels.SIGNS, draw.between(1, 3), false);
            case 18 ->
                new DrawnLoss(new LossSquaredHinge(), Activation.IDENTITY, Labels.SIGNS, draw.between(1, 3), false);
            case 19 -> new DrawnLoss(new LossCosineProximity(), Activation.IDENTITY, Labels.REAL, n, false);
            case 20 ->
                new DrawnLoss(new LossWasserstein(), Activation.IDENTITY, Labels.SIGNS, draw.between(1, 3), false);
            case 21 -> new DrawnLoss(new LossMultiLabel(), Activation.SIGMOID, Labels.BINARY, n, false);
            case 22 -> new DrawnLoss(new LossFMeasure(), Activation.SIGMOID, Labels.BINARY, 1, false);
            default ->
                new DrawnLoss(
                        LossMixtureDensity.builder().gaussians(2).labelWidth(1).build(),
                        Activation.IDENTITY,
                        Labels.REAL,
                        6,
                        false);
        };
    }

    /** Whether Deeplearning4j computes it in ND4J's default type only. */
    boolean inDefaultTypeOnly() {
        return loss instanceof LossMultiLabel || loss instanceof LossFMeasure || loss instanceof LossMixtureDensity;
    }

    /**
     * Labels, classes in the last dimension.
     *
     * @param rows number of examples times steps or places
     */
    INDArray rows(Draw draw, DataType type, long rows) {
        int width = loss instanceof LossMixtureDensity ? 1 : labels == Labels.SPARSE ? 1 : outputs;
        INDArray drawn = Nd4j.zeros(type, rows, width);
        for (long i = 0; i < rows; i++) {
            fill(draw, drawn, i, width);
        }
        return drawn;
    }

    private void fill(Draw draw, INDArray drawn, long row, int width) {
        if (labels == Labels.ONE_HOT) {
            drawn.putScalar(row, draw.between(0, width - 1), 1);
            return;
        }
        double sum = 0;
        for (int k = 0; k < width; k++) {
            double value = switch (labels) {
                case SPARSE -> draw.between(0, outputs - 1);
                case BINARY -> draw.between(0, 1);
                case REAL -> draw.gaussian();
                case SIGNS -> draw.oneOf(-1, 1);
                default -> draw.uniform(0.5, 2);
            };
            drawn.putScalar(row, k, value);
            sum += value;
        }
        if (labels == Labels.DISTRIBUTION) {
            for (int k = 0; k < width; k++) {
                drawn.putScalar(row, k, drawn.getDouble(row, k) / sum);
            }
        }
    }

    private static @Nullable INDArray weights(Draw draw, DataType type, int n) {
        INDArray weights = Nd4j.create(type, 1, n);
        for (int k = 0; k < n; k++) {
            weights.putScalar(k, draw.uniform(0.5, 2));
        }
        return weights;
    }
}
