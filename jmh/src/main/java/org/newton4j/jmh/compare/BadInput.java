/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

/** Something the user can put right: an argument or a data file. One line, exit code 2. */
final class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadInput(String message) {
        super(message);
    }
}
