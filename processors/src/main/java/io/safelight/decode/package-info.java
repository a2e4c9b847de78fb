/** Pixels out of files, and models' inputs out of pixels: what every consumer of pixels needs, whichever library reads them. May import {@code model} and {@code error}. */
package io.safelight.decode;
