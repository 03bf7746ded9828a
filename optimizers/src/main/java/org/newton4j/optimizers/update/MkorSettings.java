/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.newton4j.curvature.inverse.MatrixNorm;

/**
 * Settings of an MKOR preconditioner, checked by the builder of {@code Mkor}.
 *
 * @param rule how factors take in curvature
 * @param gamma share of the past
 * @param updateInterval iterations from one factor update to the next
 * @param warmup iterations at the start of training in which every one updates
 * @param stabilizerNorm norm of a factor that is tested
 * @param stabilizerThreshold norm above which a factor is pulled towards the identity; infinite for never
 * @param stabilizerShare share of the factor that is kept then
 * @param damping of {@link MkorRule#FULL}, null for the others
 * @param clipping of {@link MkorRule#REFERENCE}, infinite for never and for the others
 * @param factorType storage of the factors, or null for the network's type
 * @param include layers to precondition, empty for all
 * @param exclude layers to leave alone
 * @param rescale whether the preconditioned gradient of a layer gets the length of the raw one
 * @param fallback when to give up, or null for never
 */
public record MkorSettings(
        MkorRule rule,
        double gamma,
        int updateInterval,
        int warmup,
        MatrixNorm stabilizerNorm,
        double stabilizerThreshold,
        double stabilizerShare,
        @Nullable Damping damping,
        double clipping,
        @Nullable DataType factorType,
        Set<String> include,
        Set<String> exclude,
        boolean rescale,
        @Nullable MkorFallback fallback)
        implements Preconditioning {

    /**
     * Copies the names.
     *
     * @param rule how factors take in curvature
     * @param gamma share of the past
     * @param updateInterval iterations from one factor update to the next
     * @param warmup iterations at the start of training in which every one updates
     * @param stabilizerNorm norm of a factor that is tested
     * @param stabilizerThreshold norm above which a factor is pulled towards the identity
     * @param stabilizerShare share of the factor that is kept then
     * @param damping of FULL
     * @param clipping of REFERENCE
     * @param factorType storage of the factors
     * @param include layers to precondition
     * @param exclude layers to leave alone
     * @param rescale whether lengths are kept
     * @param fallback when to give up
     */
    public MkorSettings {
        include = Set.copyOf(include);
        exclude = Set.copyOf(exclude);
    }

    @Override
    public String method() {
        return "MKOR";
    }
}
