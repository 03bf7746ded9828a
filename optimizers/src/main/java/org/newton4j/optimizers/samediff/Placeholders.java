/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.samediff;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.TrainingConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** The data of a mini-batch by the names of the placeholders, as SameDiff's training assigns it. */
final class Placeholders {

    private Placeholders() {}

    static Map<String, INDArray> of(TrainingConfig config, MultiDataSet batch) {
        Map<String, INDArray> placeholders = new HashMap<>();
        put(placeholders, config.getDataSetFeatureMapping(), batch.getFeatures());
        put(placeholders, config.getDataSetLabelMapping(), batch.getLabels());
        put(placeholders, config.getDataSetFeatureMaskMapping(), batch.getFeaturesMaskArrays());
        put(placeholders, config.getDataSetLabelMaskMapping(), batch.getLabelsMaskArrays());
        return placeholders;
    }

    private static void put(
            Map<String, INDArray> placeholders, @Nullable List<String> names, INDArray @Nullable [] arrays) {
        if (names == null || arrays == null) {
            return;
        }
        for (int i = 0; i < names.size() && i < arrays.length; i++) {
            if (names.get(i) != null && arrays[i] != null) {
                placeholders.put(names.get(i), arrays[i]);
            }
        }
    }
}
