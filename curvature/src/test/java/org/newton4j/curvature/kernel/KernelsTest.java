/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.curvature.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class KernelsTest {

    private static final boolean VECTOR =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    @Test
    void should_choose_the_vector_api_exactly_when_its_module_is_there() {
        assertThat(Kernels.name()).isEqualTo(VECTOR ? "vector" : "java");
    }

    @Test
    void should_take_the_fast_kernel_for_dense_views_and_rows() {
        INDArray whole = Nd4j.zeros(DataType.DOUBLE, 100);
        INDArray view = whole.get(NDArrayIndex.interval(30, 60));

        assertThat(Kernels.of(view, Nd4j.zeros(DataType.DOUBLE, 1, 30)).name()).isEqualTo(Kernels.name());
        assertThat(Kernels.of(Nd4j.zeros(DataType.FLOAT, 1)).name()).isEqualTo(Kernels.name());
    }

    @Test
    void should_take_nd4j_operations_for_other_types_and_strides() {
        assertThat(Kernels.of(Nd4j.zeros(DataType.HALF, 30)).name()).isEqualTo("nd4j");
        INDArray column = Nd4j.zeros(DataType.FLOAT, 30, 2).getColumn(1);
        assertThat(Kernels.of(Nd4j.zeros(DataType.FLOAT, 30), column).name()).isEqualTo("nd4j");
    }

    @Test
    void should_refuse_arrays_that_do_not_belong_together() {
        assertThatThrownBy(Kernels::of)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no arrays given, must be the operands of a step, gradient first");
        assertThatThrownBy(() -> Kernels.of(Nd4j.zeros(DataType.FLOAT, 3), Nd4j.zeros(DataType.FLOAT, 4)))
                .hasMessageContaining("array 1 has length 4, array 0 has length 3");
        assertThatThrownBy(() -> Kernels.of(Nd4j.zeros(DataType.FLOAT, 3), Nd4j.zeros(DataType.DOUBLE, 3)))
                .hasMessageContaining("array 1 has data type DOUBLE, array 0 has FLOAT");
        assertThatThrownBy(() -> Kernels.of(Nd4j.zeros(DataType.INT32, 3)))
                .hasMessageContaining("must be DOUBLE, FLOAT, HALF or BFLOAT16");
    }

    @Test
    void should_never_hand_a_strided_view_to_a_kernel_on_native_memory() {
        INDArray column = Nd4j.zeros(DataType.FLOAT, 30, 2).getColumn(1);
        StepKernels java = new JavaKernels(new Workers(1));

        assertThatThrownBy(() -> java.lion(Nd4j.zeros(DataType.FLOAT, 30), column, 0.1, 0.9, 0.99))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("get the kernel for these arrays from Kernels.of");
    }

    @Test
    void should_obey_the_system_property() {
        assertThat(KernelChoice.choose("java", 2, true).kernels()).isInstanceOf(JavaKernels.class);
        assertThat(KernelChoice.choose(" ND4J ", 2, true).kernels()).isInstanceOf(Nd4jKernels.class);
        KernelChoice vector = KernelChoice.choose("vector", 2, true);
        if (VECTOR) {
            assertThat(vector.kernels()).isNotNull();
            assertThat(vector.message()).matches("Step kernels: vector, \\d+-bit vectors, 2 thread\\(s\\)");
        } else {
            assertThat(vector.kernels()).isNull();
            assertThat(vector.message())
                    .isEqualTo("System property newton4j.kernels is 'vector', but module jdk.incubator.vector is not"
                            + " there; start Java with --add-modules jdk.incubator.vector for the faster kernel");
        }
    }

    @Test
    void should_say_what_to_type_when_the_vector_api_is_off() {
        String message = KernelChoice.choose(null, 2, true).message();

        if (VECTOR) {
            assertThat(message).startsWith("Step kernels: vector, ");
        } else {
            assertThat(message).contains("--add-modules jdk.incubator.vector");
        }
    }

    @Test
    void should_refuse_an_unknown_kernel() {
        KernelChoice choice = KernelChoice.choose("fast", 2, true);

        assertThat(choice.kernels()).isNull();
        assertThat(choice.message())
                .isEqualTo("System property newton4j.kernels is 'fast', must be java, vector or nd4j; leave it out for"
                        + " the fastest one available");
    }

    @Test
    void should_take_nd4j_operations_on_a_device() {
        assertThat(KernelChoice.choose(null, 2, false).kernels()).isInstanceOf(Nd4jKernels.class);
        KernelChoice java = KernelChoice.choose("java", 2, false);
        assertThat(java.kernels()).isNull();
        assertThat(java.message())
                .isEqualTo("System property newton4j.kernels is 'java', but this ND4J backend keeps arrays on a device;"
                        + " leave it out or use nd4j");
    }

    @Test
    void should_explain_a_wrong_number_of_threads() {
        System.setProperty("newton4j.threads", "all");
        try {
            KernelChoice choice = KernelChoice.decide();
            assertThat(choice.kernels()).isNull();
            assertThat(choice.message()).contains("newton4j.threads is 'all', must be a whole number from 1 to 1024");
        } finally {
            System.clearProperty("newton4j.threads");
        }
    }
}
