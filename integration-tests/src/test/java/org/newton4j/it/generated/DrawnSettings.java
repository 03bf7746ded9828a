/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.util.List;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.MinMaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.dropout.AlphaDropout;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.GaussianDropout;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.dropout.SpatialDropout;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.conf.weightnoise.IWeightNoise;
import org.deeplearning4j.nn.conf.weightnoise.WeightNoise;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.L1Regularization;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/** Draws what stands around layers: updaters, regularisation, clipping, noise, constraints. */
final class DrawnSettings {

    private final Draw draw;
    private final DrawnUpdaters updaters;
    private final boolean plain;
    private final boolean sampled;

    /**
     * Starts the settings of a network.
     *
     * @param plain with Deeplearning4j's Adam in the place of every updater, everything else the same
     * @param sampled whether labels can be sampled from every output
     */
    DrawnSettings(Draw draw, boolean plain, boolean sampled) {
        this.draw = draw;
        this.updaters = new DrawnUpdaters(draw);
        this.plain = plain;
        this.sampled = sampled;
    }

    /** Settings of the whole network. */
    NeuralNetConfiguration.Builder network(DataType type) {
        NeuralNetConfiguration.Builder builder = new NeuralNetConfiguration.Builder()
                .seed(draw.seed())
                .dataType(type)
                .weightInit(draw.oneOf(
                        WeightInit.XAVIER,
                        WeightInit.RELU,
                        WeightInit.NORMAL,
                        WeightInit.LECUN_UNIFORM,
                        WeightInit.UNIFORM))
                .updater(choose(updaters.ours(sampled)));
        if (draw.chance(0.15)) {
            builder.biasUpdater(choose(draw.chance(0.5) ? updaters.ours(sampled) : updaters.builtIn()));
        }
        if (draw.chance(0.2)) {
            builder.l2(draw.scale(1e-5, 1e-1));
        }
        if (draw.chance(0.15)) {
            builder.l1(draw.scale(1e-5, 1e-2));
        }
        if (draw.chance(0.15)) {
            builder.weightDecay(draw.scale(1e-5, 1e-2), draw.chance(0.5));
        }
        if (draw.chance(0.1)) {
            builder.l2Bias(draw.scale(1e-5, 1e-2));
        }
        if (draw.chance(0.2)) {
            builder.gradientNormalization(draw.oneOf(GradientNormalization.values()))
                    .gradientNormalizationThreshold(draw.scale(1e-2, 1));
        }
        if (draw.chance(0.15)) {
            builder.dropOut(dropout(draw, false));
        }
        if (draw.chance(0.1)) {
            builder.weightNoise(weightNoise());
        }
        if (draw.chance(0.1)) {
            constrain(builder);
        }
        if (draw.chance(0.1)) {
            builder.miniBatch(false);
        }
        if (draw.chance(0.1)) {
            builder.trainingWorkspaceMode(WorkspaceMode.NONE);
        }
        return builder;
    }

    /** Settings of one layer that differ from those of the network. */
    void layer(Layer layer) {
        if (!(layer instanceof BaseLayer base) || layer instanceof BatchNormalization) {
            return;
        }
        if (draw.chance(0.2)) {
            base.setIUpdater(choose(draw.chance(0.75) ? updaters.ours(sampled) : updaters.builtIn()));
        }
        if (draw.chance(0.1)) {
            base.setRegularization(List.of(draw.oneOf(
                    new L1Regularization(draw.scale(1e-5, 1e-2)),
                    new L2Regularization(draw.scale(1e-5, 1e-2)),
                    new WeightDecay(draw.scale(1e-5, 1e-2), draw.chance(0.5)))));
        }
        if (draw.chance(0.08) && layer instanceof DenseLayer) {
            base.setWeightNoise(weightNoise());
        }
        if (draw.chance(0.08)) {
            base.setIDropout(dropout(draw, false));
        }
        if (draw.chance(0.08)) {
            base.setGradientNormalization(draw.oneOf(GradientNormalization.values()));
            base.setGradientNormalizationThreshold(draw.scale(1e-2, 1));
        }
    }

    static IDropout dropout(Draw draw, boolean channels) {
        return switch (draw.between(0, channels ? 4 : 3)) {
            case 0 -> new Dropout(draw.uniform(0.5, 0.95));
            case 1 -> new AlphaDropout(draw.uniform(0.7, 0.95));
            case 2 -> new GaussianDropout(draw.uniform(0.05, 0.5));
            case 3 -> new GaussianNoise(draw.uniform(0.01, 0.3));
            default -> new SpatialDropout(draw.uniform(0.5, 0.95));
        };
    }

    private IWeightNoise weightNoise() {
        return draw.chance(0.5)
                ? new DropConnect(draw.uniform(0.5, 0.95))
                : new WeightNoise(new NormalDistribution(0, draw.uniform(0.01, 0.2)), draw.chance(0.5));
    }

    private void constrain(NeuralNetConfiguration.Builder builder) {
        switch (draw.between(0, 3)) {
            case 0 -> builder.constrainWeights(new MaxNormConstraint(draw.uniform(0.5, 2), 1));
            case 1 -> builder.constrainWeights(new MinMaxNormConstraint(0.1, draw.uniform(0.5, 2), 1));
            case 2 -> builder.constrainAllParameters(new NonNegativeConstraint());
            default -> builder.constrainWeights(new UnitNormConstraint(1));
        }
    }

    private IUpdater choose(IUpdater drawn) {
        return plain ? new Adam(1e-3) : drawn;
    }
}
