/**
 * What a model makes of an image: probabilities, never a verdict. A {@code Model} is a folder, a {@code RunningModel} is one that is loaded:
 * {@code batch} gathers images in front of it, {@code djl} runs it. May import {@code decode}, {@code model} and {@code error}.
 */
package io.safelight.moderate;
