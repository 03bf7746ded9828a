/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.LinkedHashSet;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationGELU;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationRReLU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.newton4j.optimizers.training.frozen.Losses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recognises networks whose gradient in Deeplearning4j 1.0.0-M2.1 is not the gradient of their loss, so that no Hessian
 * belongs to it.
 *
 * <ul>
 *   <li>Every layer or vertex built on SameDiff, except {@code SameDiffOutputLayer}, doubles the gradient of its
 *       parameters and what it sends down ({@code ExternalErrorsFunction.doDiff} both registers and returns it). This
 *       includes {@code SelfAttentionLayer} and its relatives and {@code LocallyConnected1D/2D}.
 *   <li>Truncated backpropagation recomputes the recurrent layers from a zero state from the second segment on.
 *   <li>{@code RReLU} backpropagates a slope of 1 where it forwarded a random one.
 *   <li>{@code ELU} with another alpha than 1 backpropagates as if alpha were 1.
 *   <li>The slope of the precise {@code GELU} is another formula than that of its function; it is off by up to 1e-4.
 *   <li>{@code LossKLD} clips outputs to [1e-5, 1] in its score but not in its gradient, which matters where the
 *       activation leaves that range (anything but sigmoid and softmax).
 *   <li>{@code LossBinaryXENT} with softmax scores {@code Σ y log p} but backpropagates both terms of the binary cross
 *       entropy; with unbounded activations it clips and divides by almost zero. Deeplearning4j refuses these
 *       configurations itself unless its check of the output layer is switched off.
 * </ul>
 *
 * <p>A {@code FrozenLayer} stops the gradient: trainable layers below it get none, so the Hessian has columns but no rows
 * for them and is not symmetric.
 *
 * <p>Not recognised, because it depends on the labels: {@code LossMCXENT} and {@code LossNegativeLogLikelihood} with
 * softmax and without weights backpropagate p - y, which is the gradient of the score only if the labels of each
 * example sum to 1; {@code LossBinaryXENT} with sigmoid keeps a small gradient beyond its clip at 1e-5, where its score
 * is flat.
 */
final class WrongGradients {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    private WrongGradients() {}

    /** Logs one warning per network that names everything found, or nothing. */
    static void warnAbout(Model model) {
        Set<String> findings = findings(model);
        if (!findings.isEmpty()) {
            String all = String.join("; ", findings);
            if (OncePerNetwork.isNew(model, all)) {
                log.warn(
                        "Deeplearning4j 1.0.0-M2.1 computes wrong gradients here, so curvature derived from them is "
                                + "wrong as well: {}",
                        all);
            }
        }
    }

    static Set<String> findings(Model model) {
        Set<String> findings = new LinkedHashSet<>();
        for (Layer layer : Networks.layers(model)) {
            Layer inner = Networks.unwrap(layer);
            if (inner.conf() != null) {
                addFindings(inner.conf().getLayer(), findings);
            }
        }
        findings.addAll(StoppedGradients.findings(model));
        if (model instanceof ComputationGraph graph) {
            graph.getConfiguration().getVertices().forEach((name, vertex) -> {
                if (vertex instanceof org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex) {
                    findings.add(vertex.getClass().getSimpleName() + " '" + name + "' doubles its gradient");
                }
            });
        }
        if (Networks.isTruncatedBackprop(model)) {
            findings.add("truncated backpropagation restarts from a zero state from its second segment on");
        }
        return findings;
    }

    private static void addFindings(org.deeplearning4j.nn.conf.layers.Layer configuration, Set<String> findings) {
        String name = "'" + configuration.getLayerName() + "'";
        if (configuration instanceof AbstractSameDiffLayer && !(configuration instanceof SameDiffOutputLayer)) {
            findings.add(configuration.getClass().getSimpleName() + " " + name + " doubles its gradient");
        }
        IActivation activation = activation(configuration);
        if (activation instanceof ActivationRReLU) {
            findings.add("RReLU in " + name + " backpropagates a slope of 1");
        }
        if (activation instanceof ActivationELU elu && elu.getAlpha() != ActivationELU.DEFAULT_ALPHA) {
            findings.add("ELU in " + name + " backpropagates as if its alpha of " + elu.getAlpha() + " were 1");
        }
        if (activation instanceof ActivationGELU gelu && gelu.isPrecise()) {
            findings.add("the slope of precise GELU in " + name + " is off by up to 1e-4");
        }
        ILossFunction loss = Losses.of(configuration);
        if (loss instanceof LossKLD && leavesUnitInterval(activation)) {
            findings.add("the gradient of " + loss + " in " + name + " ignores the clipping of its score to [1e-5, 1], "
                    + "which activation " + activation + " leaves");
        }
        if (loss instanceof LossBinaryXENT
                && (activation instanceof ActivationSoftmax || leavesUnitInterval(activation))) {
            findings.add("the gradient of " + loss + " in " + name + " is not that of its score with activation "
                    + activation);
        }
    }

    /** True for built-in activations with values outside [0, 1]; of others nothing is known. */
    private static boolean leavesUnitInterval(@Nullable IActivation activation) {
        return activation != null
                && activation.getClass().getName().startsWith("org.nd4j.")
                && !(activation instanceof ActivationSigmoid
                        || activation instanceof ActivationHardSigmoid
                        || activation instanceof ActivationSoftmax);
    }

    private static @Nullable IActivation activation(org.deeplearning4j.nn.conf.layers.Layer configuration) {
        if (configuration instanceof BaseLayer layer) {
            return layer.getActivationFn();
        }
        return configuration instanceof ActivationLayer layer ? layer.getActivationFn() : null;
    }
}
