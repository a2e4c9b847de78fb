/**
 * Master and variants from one decode, by libvips or by Thumbnailator. May import {@code decode}, {@code pdq}, {@code model} and
 * {@code error}.
 */
package io.safelight.transform;
