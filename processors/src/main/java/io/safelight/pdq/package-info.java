/**
 * Perceptual hashes: {@code Pdq} computes them from pixels, {@code PdqHash} is one, {@code HashIndex} finds near ones, {@code HashList} reads and
 * writes lists of them. May import {@code model} and {@code error}.
 */
package io.safelight.pdq;
