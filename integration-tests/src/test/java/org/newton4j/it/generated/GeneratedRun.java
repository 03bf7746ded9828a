/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.generated;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Draws one case, again and again until Deeplearning4j itself can do it, and checks it. */
final class GeneratedRun {

    /** After this many refused draws something is wrong with the generator. */
    private static final int ATTEMPTS = 60;

    private final Tally tally;
    private final CaseChecks checks;

    GeneratedRun(Path folder, Tally tally) {
        this.tally = tally;
        this.checks = new CaseChecks(folder, tally);
    }

    private interface Check {
        void of(GeneratedCase drawn, boolean ours) throws Exception;
    }

    /**
     * Checks one case.
     *
     * @throws AssertionError with the case's description and the cause
     */
    Void check(long seed, int number) throws Exception {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            GeneratedCase.Id id = new GeneratedCase.Id(seed, number, attempt);
            GeneratedCase drawn = draw(id);
            if (drawn != null
                    && holds(drawn, "round trip", (c, ours) -> checks.roundTrip(c))
                    && holds(drawn, "training", checks::training)) {
                product(drawn);
                tally.count("case");
                return null;
            }
        }
        throw new AssertionError("no case after " + ATTEMPTS + " draws: seed " + seed + ", case " + number);
    }

    private @Nullable GeneratedCase draw(GeneratedCase.Id id) throws Exception {
        return tally.timed(Tally.Part.BUILD, () -> {
            try {
                GeneratedCase drawn = GeneratedCase.of(id, false);
                String excluded = Excluded.caseReason(drawn.description());
                if (excluded != null) {
                    tally.count("drawn again: " + excluded);
                    return null;
                }
                Subject.of(drawn.copyOfConfiguration());
                return drawn;
            } catch (RuntimeException refused) {
                try {
                    Subject.of(GeneratedCase.of(id, true).copyOfConfiguration());
                } catch (RuntimeException refusedWithoutUs) {
                    tally.count("drawn again: build");
                    return null;
                }
                throw new AssertionError(
                        "refused with our optimizers only: -Dseed=" + id.seed() + " -Dcase=" + id.number(), refused);
            }
        });
    }

    /** False if it does not hold with Deeplearning4j's updater either. */
    private boolean holds(GeneratedCase drawn, String what, Check check) throws Exception {
        try {
            check.of(drawn, true);
            return true;
        } catch (Exception | AssertionError failure) {
            String refusal = Excluded.refusalReason(failure);
            if (refusal != null) {
                tally.count("drawn again: " + refusal);
                return false;
            }
            return tally.timed(Tally.Part.PLAIN, () -> {
                try {
                    check.of(GeneratedCase.of(drawn.id(), true), false);
                } catch (Exception | AssertionError ofDeeplearning4j) {
                    tally.count("drawn again: " + what);
                    return false;
                }
                throw failed(drawn, what, failure);
            });
        }
    }

    private void product(GeneratedCase drawn) {
        try {
            checks.product(drawn);
        } catch (Exception | AssertionError failure) {
            throw failed(drawn, "product", failure);
        }
    }

    private static AssertionError failed(GeneratedCase drawn, String what, Throwable cause) {
        return new AssertionError(what + ": " + cause.getMessage() + "\n" + drawn.description(), cause);
    }
}
