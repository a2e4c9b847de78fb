/**
 * What a model makes of an image: probabilities, never a verdict. {@code batch} gathers images in front of the model,
 * {@code djl} runs it. May import {@code decode}, {@code model} and {@code error}.
 */
package io.safelight.moderate;
