/**
 * What can be done to a picture, as immutable specifications with their geometry: the vocabulary of {@code config/variants.yaml} and of
 * requests. No pixels here: the engines in {@code transform} carry them out. Imports nothing of ours but {@code model}.
 */
package io.safelight.model.op;
