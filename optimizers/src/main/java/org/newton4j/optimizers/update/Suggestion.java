/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.update;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** What somebody who misspelt a name may have meant. */
final class Suggestion {

    private Suggestion() {}

    /**
     * A refusal of an unknown name.
     *
     * @param name the unknown one
     * @param known all that exist, at least one
     * @return text with the nearest name and all names
     */
    static String unknown(String name, Collection<String> known) {
        return "there is no setting " + name + didYouMean(name, known) + "; known are " + String.join(", ", known);
    }

    /**
     * The nearest name, if one is near.
     *
     * @param name the unknown one
     * @param known all that exist
     * @return text to append to a sentence, empty if none is near
     */
    static String didYouMean(String name, Collection<String> known) {
        Optional<String> nearest = known.stream().min(Comparator.comparingInt(each -> distance(name, each)));
        // A third of the letters wrong is still a misspelling, more is another word.
        return nearest.filter(each -> distance(name, each) <= Math.max(1, each.length() / 3))
                .map(each -> " (did you mean " + each + "?)")
                .orElse("");
    }

    /** Letters to insert, delete or replace, without regard to case and punctuation. */
    private static int distance(String left, String right) {
        String a = plain(left);
        String b = plain(right);
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    private static String plain(String name) {
        return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    }
}
