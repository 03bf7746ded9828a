/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

/**
 * Settings of an M-FAC preconditioner, checked by the builder of {@code Mfac}.
 *
 * @param gradients m, gradients in the window
 * @param damping lambda
 */
public record MfacSettings(int gradients, Damping damping) implements Preconditioning {

    @Override
    public String method() {
        return "M-FAC";
    }
}
