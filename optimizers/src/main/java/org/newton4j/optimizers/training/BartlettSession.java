/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.newton4j.optimizers.update.CurvatureConsumer;
import org.newton4j.optimizers.update.CurvatureRequest;

/**
 * Gauss-Newton-Bartlett estimates for a network in training, for the objective whose gradient its updaters see.
 *
 * <p>With S the summed loss on sampled labels, d the divisor between the sum and what the updaters see (the batch size, or
 * 1 with {@code miniBatch(false)}), ĝ = ∇S/d and s {@link CurvatureListener.Builder#probes(int) samples}
 *
 * <pre>
 * sampled gradient squared  = (1/s) Σ ĝ ⊙ ĝ
 * Gauss-Newton-Bartlett     = d (1/s) Σ ĝ ⊙ ĝ + λ        λ the coefficient of L2 of each variable
 * </pre>
 *
 * <p>E[∇S ∇S'] is the Gauss-Newton matrix of the summed loss (proof at {@link GaussNewtonBartlett}); divided by d it is
 * that of the objective, which d ĝ ĝ' is in the mean.
 */
final class BartlettSession {

    private final GaussNewtonBartlett estimator;
    private final INDArray mean;
    /** For the second sample and later ones. */
    private @Nullable INDArray another;

    /**
     * Builds the shadow.
     *
     * @param model in training; Not modified, not kept
     * @throws IllegalArgumentException if labels cannot be sampled for it; the message names the remedy
     */
    BartlettSession(Model model) {
        try {
            estimator = GaussNewtonBartlett.inTraining(model);
        } catch (IllegalArgumentException unsuitable) {
            throw withRemedy(unsuitable);
        }
        mean = Nd4j.createUninitialized(estimator.type(), estimator.dimension());
    }

    /** Whether the network is still the one this was built for. */
    boolean fits(Model model) {
        return estimator.dimension() == model.params().length();
    }

    /** Gradients evaluated so far. */
    long evaluations() {
        return estimator.gradientEvaluations();
    }

    /**
     * Estimates, and scales the part of each block as it has asked.
     *
     * @param model inside onGradientCalculation; Not modified
     * @param labels one array per output, of which only the shape counts
     * @return flat, in the type of the parameters; valid until the next call
     * @throws IllegalArgumentException if labels cannot be sampled; the message names the remedy
     */
    INDArray estimate(
            Model model,
            INDArray[] labels,
            ParameterLayout layout,
            List<UpdaterBlock> waiting,
            long seed,
            int iteration,
            int probes) {
        double divisor = Networks.lossDivisor(model);
        estimator.follow(model, labels);
        for (int probe = 0; probe < probes; probe++) {
            INDArray gradient = probe == 0 ? mean : another();
            try {
                estimator.sampledGradient(seed, iteration, probe, gradient);
            } catch (IllegalArgumentException unsuitable) {
                throw withRemedy(unsuitable);
            }
            double seen = estimator.examples() / divisor;
            if (seen != 1) {
                gradient.muli(seen);
            }
            gradient.muli(gradient);
            if (probe > 0) {
                mean.addi(gradient);
            }
        }
        if (probes > 1) {
            mean.divi(probes);
        }
        for (UpdaterBlock block : waiting) {
            if (WaitingBlocks.kind((CurvatureConsumer) block.getGradientUpdater())
                    == CurvatureRequest.Kind.GAUSS_NEWTON_BARTLETT) {
                scale(block, layout, divisor);
            }
        }
        return mean.dataType() == model.params().dataType()
                ? mean
                : mean.castTo(model.params().dataType());
    }

    private INDArray another() {
        INDArray buffer = another == null ? mean.ulike() : another;
        another = buffer;
        return buffer;
    }

    private void scale(UpdaterBlock block, ParameterLayout layout, double divisor) {
        mean.get(NDArrayIndex.interval(block.getParamOffsetStart(), block.getParamOffsetEnd()))
                .muli(divisor);
        for (ParameterLayout.Variable variable : layout.variables()) {
            if (variable.trainable()
                    && variable.l2() != 0
                    && variable.start() >= block.getParamOffsetStart()
                    && variable.end() <= block.getParamOffsetEnd()) {
                variable.of(mean).addi(variable.l2());
            }
        }
    }

    private static IllegalArgumentException withRemedy(IllegalArgumentException unsuitable) {
        return new IllegalArgumentException(
                "Sophia's estimator G draws labels from the distribution of the network's output, which is not possible"
                        + " here. Use estimator H, which works with every loss:"
                        + " Sophia.builder().estimator(Sophia.Estimator.H).build(). Reason: " + unsuitable.getMessage(),
                unsuitable);
    }
}
