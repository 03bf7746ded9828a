/* SPDX-License-Identifier: Apache-2.0 */
package org.newton4j.optimizers.training.frozen;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declares that an activation or loss function of your own is smooth, so that Hessian products need no fallback.
 *
 * <p>Put it on a class that implements {@code IActivation} or {@code ILossFunction} if what it backpropagates
 *
 * <pre>
 * activation f   ε f'(z)               in z
 * loss L         ∂L(y, f(z)) / ∂z      in z
 * </pre>
 *
 * <p>has no jump, keeps no state between calls and draws no random numbers. A jump of the second derivative (as of soft sign
 * or squared hinge) is harmless.
 *
 * <p>Without it a class the library does not know makes every Hessian product of the network a difference of gradients
 * of a DOUBLE copy with a step of 1e-10, which is safe for any function, costs two gradients and is exact to about 1e-6;
 * with it the product is as cheap and exact as on the built-in functions. Nothing checks the declaration: on a function
 * with a kink, products are wrong by the jump divided by the step. Subclasses do not inherit it, because they may do
 * anything.
 *
 * <pre>{@code
 * @Smooth
 * final class Sine extends BaseActivationFunction { ... }
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Smooth {}
