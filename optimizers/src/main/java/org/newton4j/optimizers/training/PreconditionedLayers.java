/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.api.Model;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The layers of a network that a Kronecker-factored preconditioner works on.
 *
 * @param covered in the order of the flat vectors
 * @param left name of each other layer that has variables behind the preconditioner, to the reason
 */
record PreconditionedLayers(List<KroneckerLayers.Covered> covered, Map<String, String> left) {

    private static final Logger log = LoggerFactory.getLogger(CurvatureListener.class);

    PreconditionedLayers {
        covered = List.copyOf(covered);
        left = Map.copyOf(left);
    }

    /** Finds the layers whose matrix lies entirely within some variables. */
    static PreconditionedLayers of(Model model, List<ParameterLayout.Variable> variables) {
        KroneckerLayers layers = KroneckerLayers.of(model);
        List<KroneckerLayers.Covered> covered = new ArrayList<>();
        Map<String, String> left = new LinkedHashMap<>();
        for (ParameterLayout.Variable variable : variables) {
            String reason = layers.skipped().get(variable.layer());
            if (reason != null) {
                left.put(variable.layer(), reason);
            }
        }
        for (KroneckerLayers.Covered layer : layers.covered()) {
            boolean weights = starts(variables, layer.geometry().weightStart());
            boolean bias = !layer.geometry().hasBias()
                    || starts(variables, layer.geometry().biasStart());
            if (weights && bias) {
                covered.add(layer);
            } else if (weights || (bias && layer.geometry().hasBias())) {
                left.put(layer.geometry().name(), "weights and bias have different updaters");
            }
        }
        return new PreconditionedLayers(covered, left);
    }

    private static boolean starts(List<ParameterLayout.Variable> variables, long start) {
        return variables.stream().anyMatch(variable -> variable.start() == start);
    }

    /** Says in one line which layers the base updater serves alone. */
    void report(String method) {
        String reasons = left.entrySet().stream()
                .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                .sorted()
                .collect(Collectors.joining(", "));
        if (covered.isEmpty()) {
            log.warn(
                    "{} finds no layer to precondition; the base updater works on the gradient as it is: {}",
                    method,
                    reasons);
        } else if (!left.isEmpty()) {
            log.info("{} preconditions {} layers; the base updater alone serves: {}", method, covered.size(), reasons);
        }
    }
}
