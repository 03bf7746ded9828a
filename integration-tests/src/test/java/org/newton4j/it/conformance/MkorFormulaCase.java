/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.conformance;

import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.newton4j.curvature.inverse.KroneckerGradient;
import org.newton4j.curvature.inverse.MatrixNorm;
import org.newton4j.curvature.inverse.RankOneInverse;
import org.newton4j.curvature.inverse.RankOneRule;
import org.newton4j.curvature.inverse.Stabilizer;
import org.newton4j.it.fixture.FixtureCase;
import org.newton4j.it.fixture.NpyArray;
import org.newton4j.it.fixture.Tolerance;

/** Kinds {@code mkor_paper_formula} (Algorithm 1 to the letter) and {@code mkor_exact_ema} (Sherman-Morrison). */
final class MkorFormulaCase implements CaseRunner {

    @Override
    public void run(FixtureCase fixture, Checks checks) {
        if (fixture.text("kind").equals("mkor_exact_ema")) {
            exact(fixture, checks);
        } else {
            paper(fixture, checks);
        }
    }

    private static void exact(FixtureCase fixture, Checks checks) {
        DataType type = fixture.dataType();
        RankOneInverse factor = new RankOneInverse(
                fixture.field("n").asInt(),
                type,
                RankOneRule.EXACT,
                fixture.hyper("gamma"),
                fixture.hyper("initial_scale"),
                null);
        INDArray g = GoldenArrays.of(fixture.array("g"), type);
        NpyArray expected = fixture.array("L_inv");
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            factor.update(g.getRow(t));
            checks.compare("L^-1", fixture.tolerance(), GoldenArrays.values(factor.matrix()), expected.row(t));
        }
        INDArray product = factor.matrix().mmul(GoldenArrays.of(fixture.array("L_final"), type));
        double[] identity = new double[Math.toIntExact(product.length())];
        for (int i = 0; i < identity.length; i += Math.toIntExact(product.size(0)) + 1) {
            identity[i] = 1;
        }
        checks.compare("L^-1 L", Tolerance.entrywise(0, 1e-8), GoldenArrays.values(product), identity);
    }

    private static void paper(FixtureCase fixture, Checks checks) {
        DataType type = fixture.dataType();
        long n = fixture.field("n").asLong();
        long k = fixture.field("k").asLong();
        RankOneInverse left = paperFactor(fixture, (int) n);
        RankOneInverse right = paperFactor(fixture, (int) k);
        MatrixNorm norm = norm(fixture);
        INDArray g = GoldenArrays.of(fixture.array("g"), type);
        INDArray a = GoldenArrays.of(fixture.array("a"), type);
        Tolerance tolerance = fixture.tolerance();
        for (int t = 0; t < fixture.field("steps").asInt(); t++) {
            double[] norms = {norm.of(left.matrix()), norm.of(right.matrix())};
            checks.compare("norms", tolerance, norms, new double[] {
                fixture.array("norm_L").values()[t], fixture.array("norm_R").values()[t]
            });
            double[] fired = {left.update(g.getRow(t)) ? 1 : 0, right.update(a.getRow(t)) ? 1 : 0};
            checks.compare("stabiliser", Tolerance.entrywise(0, 0.5), fired, new double[] {
                fixture.array("stab_L").values()[t], fixture.array("stab_R").values()[t]
            });
            checks.compare(
                    "L^-1",
                    tolerance,
                    GoldenArrays.values(left.matrix()),
                    fixture.array("L_inv").row(t));
            checks.compare(
                    "R^-1",
                    tolerance,
                    GoldenArrays.values(right.matrix()),
                    fixture.array("R_inv").row(t));
            INDArray gradient = GoldenArrays.of(fixture.array("grad").row(t), type, n, k);
            INDArray update = KroneckerGradient.sandwich(left.matrix(), gradient, right.matrix());
            checks.compare(
                    "update",
                    tolerance,
                    GoldenArrays.values(update),
                    fixture.array("update").row(t));
            update.muli(KroneckerGradient.rescale(gradient, update));
            checks.compare(
                    "update, rescaled",
                    tolerance,
                    GoldenArrays.values(update),
                    fixture.array("update_rescaled").row(t));
        }
    }

    private static RankOneInverse paperFactor(FixtureCase fixture, int n) {
        Stabilizer stabilizer = new Stabilizer(norm(fixture), fixture.hyper("epsilon"), fixture.hyper("zeta"));
        return new RankOneInverse(n, fixture.dataType(), RankOneRule.PAPER, fixture.hyper("gamma"), 1, stabilizer);
    }

    private static MatrixNorm norm(FixtureCase fixture) {
        return MatrixNorm.valueOf(
                fixture.field(fixture.field("hyper"), "norm").asText().toUpperCase(Locale.ROOT));
    }
}
