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
import org.nd4j.linalg.activations.impl.ActivationRReLU;
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
 * </ul>
 */
final class WrongGradients {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    private WrongGradients() {}

    /** Logs one warning that names everything found, or nothing. */
    static void warnAbout(Model model) {
        Set<String> findings = findings(model);
        if (!findings.isEmpty()) {
            log.warn(
                    "Deeplearning4j 1.0.0-M2.1 computes wrong gradients here, so curvature derived from them is wrong "
                            + "as well: {}",
                    String.join("; ", findings));
        }
    }

    static Set<String> findings(Model model) {
        Set<String> findings = new LinkedHashSet<>();
        for (Layer layer : Networks.layers(model)) {
            Layer inner = Networks.unwrap(layer);
            if (inner.conf() == null) {
                continue;
            }
            org.deeplearning4j.nn.conf.layers.Layer configuration = inner.conf().getLayer();
            if (configuration instanceof AbstractSameDiffLayer && !(configuration instanceof SameDiffOutputLayer)) {
                findings.add(configuration.getClass().getSimpleName() + " '" + configuration.getLayerName()
                        + "' doubles its gradient");
            }
            if (activation(configuration) instanceof ActivationRReLU) {
                findings.add("RReLU in '" + configuration.getLayerName() + "' backpropagates a slope of 1");
            }
        }
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

    private static @Nullable IActivation activation(org.deeplearning4j.nn.conf.layers.Layer configuration) {
        if (configuration instanceof BaseLayer layer) {
            return layer.getActivationFn();
        }
        return configuration instanceof ActivationLayer layer ? layer.getActivationFn() : null;
    }
}
