package io.safelight.decode;

import com.drew.imaging.ImageProcessingException;
import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.metadata.jpeg.JpegComponent;
import com.drew.metadata.jpeg.JpegDirectory;
import com.drew.metadata.jpeg.JpegReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** How a JPEG stores its colours, by its frame header. */
public enum JpegColours {
    /** Grey, for print, or no JPEG at all. */
    NONE,
    /** One for two by two pixels (4:2:0). */
    HALVED,
    /** One for each pixel, or any other arrangement. */
    OTHER;

    public static JpegColours of(Path file) {
        try {
            JpegDirectory frame = JpegMetadataReader.readMetadata(file.toFile(), List.of(new JpegReader())).getFirstDirectoryOfType(JpegDirectory.class);
            if (frame == null || !Integer.valueOf(3).equals(frame.getInteger(JpegDirectory.TAG_NUMBER_OF_COMPONENTS))) {
                return NONE;
            }
            return sampled(frame, 0, 2) && sampled(frame, 1, 1) && sampled(frame, 2, 1) ? HALVED : OTHER;
        } catch (ImageProcessingException | IOException e) {
            return NONE;
        }
    }

    private static boolean sampled(JpegDirectory frame, int component, int times) {
        JpegComponent found = frame.getComponent(component);
        return found != null && found.getHorizontalSamplingFactor() == times && found.getVerticalSamplingFactor() == times;
    }
}
