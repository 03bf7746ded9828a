/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationHardSigmoid;
import org.nd4j.linalg.activations.impl.ActivationHardTanH;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU6;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;
import org.newton4j.optimizers.training.frozen.Losses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recognises outputs whose loss is linear in pieces: its second derivative is 0, so what a diagonal of the Hessian shows
 * comes from other layers and, mostly, from the noise of the estimate.
 */
final class FlatLosses {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    private static final Set<Class<? extends ILossFunction>> LINEAR_LOSSES =
            Set.of(LossL1.class, LossMAE.class, LossMAPE.class, LossHinge.class, LossWasserstein.class);

    private static final Set<Class<? extends IActivation>> LINEAR_ACTIVATIONS = Set.of(
            ActivationIdentity.class,
            ActivationReLU.class,
            ActivationReLU6.class,
            ActivationLReLU.class,
            ActivationThresholdedReLU.class,
            ActivationHardTanH.class,
            ActivationHardSigmoid.class);

    private FlatLosses() {}

    /** Logs one warning per network that names every such output, or nothing. */
    static void warnAbout(Model model) {
        List<String> flat = findings(model);
        if (!flat.isEmpty()) {
            String all = String.join("; ", flat);
            if (OncePerNetwork.isNew(model, all)) {
                log.warn(
                        "The loss has no curvature to divide by: {}. Steps are bounded by updateClip (AdaHessian) or the"
                                + " learning rate (Sophia) and little better than those of signs. Use a smooth loss, for"
                                + " example MSE, SQUARED_HINGE or MCXENT, or an optimizer that needs no Hessian, for example"
                                + " Adam, Lion or Mkor.",
                        all);
            }
        }
    }

    static List<String> findings(Model model) {
        List<String> findings = new ArrayList<>();
        for (Layer layer : Networks.layers(model)) {
            Layer inner = Networks.unwrap(layer);
            if (inner.conf() == null || inner.conf().getLayer() == null) {
                continue;
            }
            var configuration = inner.conf().getLayer();
            ILossFunction loss = Losses.of(configuration);
            if (loss != null && LINEAR_LOSSES.contains(loss.getClass()) && isLinear(configuration)) {
                findings.add("the second derivative of " + loss + " in '" + configuration.getLayerName() + "' is 0");
            }
        }
        return findings;
    }

    /** Loss layers have their activation in the same place; what is not known to be linear may be curved. */
    private static boolean isLinear(org.deeplearning4j.nn.conf.layers.Layer configuration) {
        return configuration instanceof BaseLayer layer
                && layer.getActivationFn() != null
                && LINEAR_ACTIVATIONS.contains(layer.getActivationFn().getClass());
    }
}
