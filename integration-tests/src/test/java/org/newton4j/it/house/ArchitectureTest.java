/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.it.house;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.newton4j.optimizers.training.CounterRandom;
import org.newton4j.optimizers.training.RandomStream;
import org.newton4j.optimizers.training.SpatialAverage;

/** Which room may know which: arrows point down only. */
class ArchitectureTest {

    private static JavaClasses library;

    @BeforeAll
    static void importClasses() {
        // By module: the test classes of this one are in target/test-classes, the published ones in a jar.
        library = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("org.newton4j.curvature", "org.newton4j.optimizers");
        assertThat(library.contain("org.newton4j.curvature.kernel.StepKernels")).isTrue();
        assertThat(library.contain("org.newton4j.optimizers.update.CurvatureConsumer"))
                .isTrue();
    }

    @Test
    void curvature_should_not_know_optimizers() {
        noClasses()
                .that()
                .resideInAPackage("org.newton4j.curvature..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.newton4j.optimizers..")
                .because("curvature is mathematics and useful without any optimizer")
                .check(library);
    }

    @Test
    void only_training_should_know_networks() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.newton4j.optimizers.training..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.deeplearning4j..")
                .because("networks are known in one room only")
                .check(library);
    }

    @Test
    void optimizers_and_their_machinery_should_not_know_training() {
        noClasses()
                .that()
                .resideInAnyPackage("org.newton4j.optimizers", "org.newton4j.optimizers.update..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.newton4j.optimizers.training..")
                .because("curvature is pushed to an updater, an updater never asks")
                .check(library);
    }

    @Test
    void nobody_should_know_samediff() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.newton4j.optimizers.samediff..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.newton4j.optimizers.samediff..")
                .check(library);
    }

    @Test
    void samediff_should_take_only_what_knows_no_network_from_training() {
        noClasses()
                .that()
                .resideInAPackage("org.newton4j.optimizers.samediff..")
                .should()
                .dependOnClassesThat(resideInAPackage("org.newton4j.optimizers.training..")
                        .and(not(belongToAnyOf(CounterRandom.class, RandomStream.class, SpatialAverage.class))))
                .because("a SameDiff graph has no layers, and its users may have no deeplearning4j")
                .check(library);
    }

    @Test
    void kernels_should_know_neither_operators_nor_estimators() {
        noClasses()
                .that()
                .resideInAPackage("org.newton4j.curvature.kernel..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("org.newton4j.curvature.operator..", "org.newton4j.curvature.estimate.."))
                .check(library);
    }

    @Test
    void operators_should_not_know_estimators() {
        noClasses()
                .that()
                .resideInAPackage("org.newton4j.curvature.operator..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.newton4j.curvature.estimate..")
                .check(library);
    }

    @Test
    void only_vector_kernels_should_use_the_incubator_module() {
        DescribedPredicate<JavaClass> vectorKernels =
                resideInAPackage("org.newton4j.curvature.kernel").and(topLevelNameStartsWithVector());
        noClasses()
                .that(not(vectorKernels))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .because("every other class has to load without the module")
                .check(library);
    }

    @Test
    void packages_should_be_free_of_cycles() {
        slices().matching("org.newton4j.(**)").should().beFreeOfCycles().check(library);
    }

    @Test
    void optimizer_configurations_should_be_final() {
        classes()
                .that()
                .resideInAPackage("org.newton4j.optimizers")
                .and(assignableTo(IUpdater.class))
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .because("the class name is part of the file format and equality compares classes")
                .check(library);
    }

    @Test
    void library_should_not_print() {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS
                .because("a library logs through slf4j")
                .check(library);
    }

    @Test
    void library_should_not_draw_from_global_random_generators() {
        noClasses()
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "a draw from Nd4j's generator",
                        call -> call.getTargetOwner().isEquivalentTo(Nd4j.class)
                                && call.getName().startsWith("rand")))
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(java.util.Random.class, java.util.concurrent.ThreadLocalRandom.class)
                .because("training with and without the library must see the same random stream")
                .check(library);
    }

    @Test
    void only_one_class_should_touch_the_generator_of_nd4j() {
        noClasses()
                .that(not(simpleNameStartingWith("RandomStream")
                        .and(resideInAPackage("org.newton4j.optimizers.training"))))
                .should()
                .callMethodWhere(
                        DescribedPredicate.describe("access to Nd4j's generator", ArchitectureTest::touchesGenerator))
                .because("the generator's state is saved and restored in one place, and never drawn from")
                .check(library);
    }

    @Test
    void library_should_not_use_lombok() {
        noClasses().should().dependOnClassesThat().resideInAPackage("lombok..").check(library);
    }

    private static boolean touchesGenerator(JavaMethodCall call) {
        return call.getTargetOwner().isEquivalentTo(Nd4j.class)
                && call.getName().equals("getRandom");
    }

    private static DescribedPredicate<JavaClass> topLevelNameStartsWithVector() {
        return DescribedPredicate.describe("belong to a class named Vector*", c -> {
            JavaClass outer = c;
            while (outer.getEnclosingClass().isPresent()) {
                outer = outer.getEnclosingClass().get();
            }
            return outer.getSimpleName().startsWith("Vector");
        });
    }
}
