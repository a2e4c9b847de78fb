/**
 * libvips through the JDK's foreign-function API. {@code Vips} binds the C functions; {@code Session} and {@code VipsImage} give them
 * lifetimes; {@code Loader} and {@code Source} bring pixels in, as {@code Srgb}; {@code Painter} and {@code Marks} carry out operations, on
 * the {@code Levels} of a picture; {@code Saver} writes files; {@code VipsEngine} is the engine. May import {@code transform},
 * {@code decode}, {@code model} and {@code error}.
 */
package io.safelight.transform.vips;
