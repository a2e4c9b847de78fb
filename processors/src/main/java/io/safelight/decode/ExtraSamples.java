package io.safelight.decode;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.exif.ExifIFD0Directory;
import java.io.IOException;
import java.nio.file.Path;

/** What a TIFF says of the samples that a pixel has beside its colours (TIFF 6.0, section 18). */
public final class ExtraSamples {
    private static final int TAG = 338;
    /** Of no meaning to others, such as a selection that was saved. */
    private static final int UNSPECIFIED = 0;

    private ExtraSamples() {}

    /** Whether the first of them is how opaque a pixel is: so it is unless the file says otherwise. */
    public static boolean beginWithAlpha(Path tiff) {
        try {
            ExifIFD0Directory first = ImageMetadataReader.readMetadata(tiff.toFile()).getFirstDirectoryOfType(ExifIFD0Directory.class);
            int[] kinds = first == null ? null : first.getIntArray(TAG);
            return kinds == null || kinds.length == 0 || kinds[0] != UNSPECIFIED;
        } catch (ImageProcessingException | IOException | RuntimeException e) {
            return true;
        }
    }
}
