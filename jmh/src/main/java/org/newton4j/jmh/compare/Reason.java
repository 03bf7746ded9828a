/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;

/** One line that says what went wrong. */
final class Reason {
    private Reason() {}

    static String of(Throwable error) {
        if (error instanceof AccessDeniedException) {
            return "permission denied";
        }
        // A FileSystemException's message is only the path; its kind is in the class name.
        if (error instanceof FileSystemException file && file.getReason() == null) {
            return file.getClass().getSimpleName() + " " + file.getMessage();
        }
        String message = error.getMessage();
        String text = message == null || message.isBlank() ? error.getClass().getSimpleName() : message;
        return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
