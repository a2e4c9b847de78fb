package io.safelight.validate;

import io.safelight.model.Format;

/** Reads one format's header. Bad input is rejected; nothing else is ever thrown, and no time or memory is spent that the file's size does not bound. */
sealed interface HeaderReader permits Jpeg, Png, Gif, WebP, IsoMedia, Tiff, Bmp, Svg {
    Header read(Source in);

    static HeaderReader of(Format format) {
        return switch (format) {
            case JPEG -> new Jpeg();
            case PNG -> new Png();
            case GIF -> new Gif();
            case WEBP -> new WebP();
            case AVIF, HEIC -> new IsoMedia();
            case TIFF -> new Tiff();
            case BMP -> new Bmp();
            case SVG -> new Svg();
        };
    }
}
