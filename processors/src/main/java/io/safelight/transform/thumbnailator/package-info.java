/** The engine in pure Java, where libvips is absent. May import {@code transform}, {@code decode}, {@code model} and {@code error}. */
package io.safelight.transform.thumbnailator;
