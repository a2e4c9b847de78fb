package io.safelight.transform.vips;

/** Any colours to 8-bit sRGB: three bands, and alpha where there is one. */
final class Srgb {
    private Srgb() {}

    /** Of two bytes a sample one is kept; print colours stay what they are. */
    static VipsImage eightBit(VipsImage image) {
        if (image.isRgb16()) {
            return image.then("colourspace", "space=srgb");
        }
        if (image.isGrey16()) {
            return image.then("colourspace", "space=b-w");
        }
        return image.isByte() ? image : image.then("colourspace", "space=srgb");
    }

    /** An embedded profile that is broken or misfitting is passed over. */
    static VipsImage of(VipsImage any) {
        VipsImage image = eightBit(any);
        if (image.hasProfile()) {
            try {
                return image.then("icc_transform", "output_profile=srgb,embedded=true,input_profile=cmyk,depth=8");
            } catch (VipsException e) {
                if (e.outOfRoom) {
                    throw e;
                }
            }
        }
        return withoutProfile(image);
    }

    /** RGB and grey with the values that are in the file; print colours converted. */
    static VipsImage stored(VipsImage any) {
        return any.isCmyk() ? of(any) : withoutProfile(eightBit(any));
    }

    private static VipsImage withoutProfile(VipsImage image) {
        return image.isSrgb() ? image : image.then("colourspace", "space=srgb");
    }

    /** Without an alpha channel that says nothing. */
    static VipsImage opaqueIfItIs(VipsImage image) {
        if (!image.hasAlpha()) {
            return image;
        }
        VipsImage alpha = image.then("extract_band", "band=3");
        return image.session().measure("min", alpha) == 255 ? image.then("extract_band", "band=0,n=3") : image;
    }
}
