/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

/** A network contains a part that is neither known to be smooth nor freezable on the wanted route. */
public final class UnknownPartException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * Names the part.
     *
     * @param message which part, where, and why it is in the way
     */
    public UnknownPartException(String message) {
        super(message);
    }
}
