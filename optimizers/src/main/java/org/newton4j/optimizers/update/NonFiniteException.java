/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

/** No step can be made of a mini-batch; ends training under {@link NonFinite#FAIL}. */
public final class NonFiniteException extends ArithmeticException {

    private static final long serialVersionUID = 1L;

    /**
     * Names the trouble.
     *
     * @param message what is not finite, and where
     */
    public NonFiniteException(String message) {
        super(message);
    }

    /**
     * Names the trouble and where it came from.
     *
     * @param message what cannot be computed, and where
     * @param cause of it
     */
    public NonFiniteException(String message, Throwable cause) {
        super(message);
        initCause(cause);
    }
}
