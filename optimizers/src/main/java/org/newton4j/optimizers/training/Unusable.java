/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.kernel.NotFinite;

/** Says in words which entries of a flat vector no step can be made of. */
final class Unusable {

    /** Variables a message names. */
    private static final int NAMED = 3;

    private Unusable() {}

    /**
     * Looks variable by variable.
     *
     * @param layout of the vector
     * @param flat Not modified
     * @param squared whose entries will be squared
     * @param divisor of the entries before they are
     * @return such as {@code 3 NaN or infinite entries in W of layer 'fc'}; empty if every entry is usable
     */
    static String entries(
            ParameterLayout layout, INDArray flat, Predicate<ParameterLayout.Variable> squared, double divisor) {
        double limit = NotFinite.squareLimit(flat.dataType()) * divisor;
        List<String> found = new ArrayList<>();
        for (ParameterLayout.Variable variable : layout.variables()) {
            if (variable.end() == variable.start()) {
                continue;
            }
            INDArray part = variable.of(flat);
            long notFinite = NotFinite.count(part);
            long unusable = squared.test(variable) ? NotFinite.countBeyond(part, limit) : notFinite;
            if (unusable > 0) {
                found.add((notFinite > 0
                                ? notFinite + " NaN or infinite entries"
                                : unusable + " entries too large to be squared in " + flat.dataType())
                        + " in " + variable.name() + " of layer '" + variable.layer() + "'");
            }
        }
        String named = String.join(", ", found.subList(0, Math.min(NAMED, found.size())));
        return found.size() > NAMED ? named + " and more in " + (found.size() - NAMED) + " other variables" : named;
    }
}
