/**
 * Decides from a file's bytes, before a pixel is decoded, whether it is an image we take in; and reads the facts that
 * need no pixels: a clean name, EXIF. May import {@code model} and {@code error}.
 */
package io.safelight.validate;
