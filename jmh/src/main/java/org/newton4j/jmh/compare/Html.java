/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.jmh.compare;

/** Text inside a page. */
final class Html {
    private Html() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&#39;")
                .replace("\"", "&quot;");
    }
}
