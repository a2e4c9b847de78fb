/**
 * libvips through the JDK's foreign-function API: {@code Vips} binds the C functions, {@code Session} and {@code VipsImage}
 * give them lifetimes, {@code VipsEngine} is the engine. May import {@code transform}, {@code decode}, {@code model} and {@code error}.
 */
package io.safelight.transform.vips;
