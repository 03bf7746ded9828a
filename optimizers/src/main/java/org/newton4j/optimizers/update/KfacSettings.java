/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import org.newton4j.curvature.inverse.KroneckerInverse;

/**
 * Settings of a K-FAC preconditioner, checked by the builder of {@code Kfac}.
 *
 * @param factorInterval iterations from one update of the factors to the next
 * @param inverseInterval iterations from one inversion to the next
 * @param damping lambda
 * @param decay share of the past in the factors
 * @param klClip bound of a step's squared Fisher norm, 0 for none
 * @param inverse how the damped product is inverted
 * @param scale how rows are scaled
 * @param spreadRefreshes whether layers are inverted one after another over the interval
 * @param inverseDelay iterations from the snapshot of the factors to the use of their inverse, 0 to invert at once
 */
public record KfacSettings(
        int factorInterval,
        int inverseInterval,
        Damping damping,
        double decay,
        double klClip,
        KroneckerInverse inverse,
        FactorScale scale,
        boolean spreadRefreshes,
        int inverseDelay)
        implements Preconditioning {

    @Override
    public String method() {
        return "K-FAC";
    }
}
