/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.testing;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.opentest4j.TestAbortedException;

/**
 * Turns the failure of a clause that is declared as a deviation into a skipped test with the reason. The clause is run
 * all the same: a declaration that is not needed fails.
 */
final class DeclaredDeviations implements InvocationInterceptor {

    @Override
    public void interceptTestMethod(
            Invocation<@Nullable Void> invocation,
            ReflectiveInvocationContext<Method> context,
            ExtensionContext extensionContext)
            throws Throwable {
        ClauseTest test = context.getExecutable().getAnnotation(ClauseTest.class);
        if (test == null || !(context.getTarget().orElse(null) instanceof UpdaterContract contract)) {
            invocation.proceed();
            return;
        }
        String reason = contract.deviations().get(test.value());
        if (reason == null) {
            invocation.proceed();
            return;
        }
        if (reason.isBlank()) {
            invocation.skip();
            throw new AssertionError("deviations() names " + test.value() + " without a reason; say why");
        }
        try {
            invocation.proceed();
        } catch (VirtualMachineError | TestAbortedException passedOn) {
            throw passedOn;
        } catch (Throwable failure) {
            throw new TestAbortedException(test.value() + " does not hold, as declared: " + reason, failure);
        }
        throw new AssertionError("deviations() says that " + test.value() + " does not hold (" + reason
                + "), but it does; delete the entry");
    }
}
