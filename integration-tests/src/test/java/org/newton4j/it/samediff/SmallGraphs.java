/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.samediff;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.it.network.FixtureNetwork;

/** SameDiff graphs of a few dozen parameters and data for them. */
final class SmallGraphs {

    static final int FEATURES = 5;
    static final int HIDDEN = 6;
    static final int CLASSES = 3;
    static final int BATCH = 8;

    private SmallGraphs() {}

    /** What stands between the two dense layers. */
    interface Activation {
        SDVariable of(SameDiff sd, SDVariable h);
    }

    static SameDiff mlp(IUpdater updater, DataType type) {
        return mlp(updater, type, (sd, h) -> sd.math.tanh(h), b -> b);
    }

    /** Dense, {@code activation}, dense, softmax cross-entropy; {@code settings} adds regularisation. */
    static SameDiff mlp(
            IUpdater updater, DataType type, Activation activation, UnaryOperator<TrainingConfig.Builder> settings) {
        SameDiff sd = SameDiff.create();
        SDVariable x = sd.placeHolder("x", type, -1, FEATURES);
        SDVariable y = sd.placeHolder("y", type, -1, CLASSES);
        SDVariable w1 = sd.var("w1", normal(1, FEATURES, HIDDEN).castTo(type));
        SDVariable b1 = sd.var("b1", normal(2, HIDDEN).castTo(type));
        SDVariable w2 = sd.var("w2", normal(3, HIDDEN, CLASSES).castTo(type));
        SDVariable b2 = sd.var("b2", normal(4, CLASSES).castTo(type));
        SDVariable h = activation.of(sd, x.mmul(w1).add(b1));
        sd.loss.softmaxCrossEntropy("loss", y, h.mmul(w2).add("logits", b2), null);
        return configure(sd, updater, settings);
    }

    static SameDiff configure(SameDiff sd, IUpdater updater, UnaryOperator<TrainingConfig.Builder> settings) {
        sd.setTrainingConfig(settings.apply(new TrainingConfig.Builder()
                        .updater(updater)
                        .dataSetFeatureMapping("x")
                        .dataSetLabelMapping("y")
                        .minimize("loss"))
                .build());
        return sd;
    }

    /** A batch that can be learned: the class is the largest of the first features. */
    static DataSet data(int seed, DataType type) {
        INDArray features = normal(100 + seed, BATCH, FEATURES).mul(2);
        INDArray labels = Nd4j.zeros(DataType.DOUBLE, BATCH, CLASSES);
        for (int i = 0; i < BATCH; i++) {
            int best = 0;
            for (int j = 1; j < CLASSES; j++) {
                best = features.getDouble(i, j) > features.getDouble(i, best) ? j : best;
            }
            labels.putScalar(i, best, 1);
        }
        return new DataSet(features.castTo(type), labels.castTo(type));
    }

    static void train(SameDiff sd, int from, int to, DataType type) {
        for (int i = from; i < to; i++) {
            sd.fit(data(i, type));
        }
    }

    /** SameDiff's own report is 0 in 1.0.0-M2.1. */
    static double loss(SameDiff sd, DataSet batch) {
        return sd.output(Map.of("x", batch.getFeatures(), "y", batch.getLabels()), "loss")
                .get("loss")
                .sumNumber()
                .doubleValue();
    }

    /** Values of the trainable variables by name. */
    static Map<String, double[]> parameters(SameDiff sd) {
        Map<String, double[]> values = new TreeMap<>();
        for (SDVariable variable : sd.variables()) {
            if (variable.getVariableType() == VariableType.VARIABLE) {
                values.put(variable.name(), FixtureNetwork.toArray(variable.getArr()));
            }
        }
        return values;
    }

    /** All state of the updaters, by names of variable and state vector. */
    static Map<String, double[]> states(SameDiff sd) {
        Map<String, double[]> values = new TreeMap<>();
        for (Map.Entry<String, ?> entry : sd.getUpdaterMap().entrySet()) {
            ((GradientUpdater<?>) entry.getValue())
                    .getState()
                    .forEach((slot, vector) -> values.put(entry.getKey() + " " + slot, FixtureNetwork.toArray(vector)));
        }
        return values;
    }

    /** Values of one state vector of the updaters, by name of the variable. */
    static Map<String, double[]> state(SameDiff sd, String slot) {
        Map<String, double[]> values = new TreeMap<>();
        states(sd).forEach((key, vector) -> {
            if (key.endsWith(" " + slot)) {
                values.put(key.substring(0, key.length() - slot.length() - 1), vector);
            }
        });
        return values;
    }

    /** All values of a map from above in one list, by name. */
    static double[] flat(Map<String, double[]> values) {
        List<Double> all = new ArrayList<>();
        new TreeMap<>(values).values().forEach(part -> {
            for (double value : part) {
                all.add(value);
            }
        });
        return all.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Normal with deviation 1/2, rounded to FLOAT so that graphs of both types start at the same point. */
    static INDArray normal(long seed, long... shape) {
        Random random = new Random(seed);
        INDArray array = Nd4j.create(DataType.DOUBLE, shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, (float) (0.5 * random.nextGaussian()));
        }
        return array;
    }
}
