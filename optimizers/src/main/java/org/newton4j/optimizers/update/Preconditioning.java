/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

/**
 * The settings of a preconditioner, without the base updater behind it.
 *
 * <p>Variables whose updaters have equal settings share one preconditioner, whatever their base updaters are: a layer
 * with a learning rate of its own is still part of the whole.
 */
public sealed interface Preconditioning permits KfacSettings, MfacSettings, MkorSettings {

    /**
     * How the method is called in messages.
     *
     * @return for example "M-FAC"
     */
    String method();
}
