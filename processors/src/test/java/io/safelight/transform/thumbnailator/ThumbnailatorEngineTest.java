package io.safelight.transform.thumbnailator;

import java.nio.file.Path;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import io.safelight.testing.SharedData;
import io.safelight.transform.EngineBehaviour;
import io.safelight.transform.ImageEngine;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ThumbnailatorEngineTest extends EngineBehaviour {
    private final ImageEngine engine = new ThumbnailatorEngine(Path.of("config/watermarks"));

    @Override
    protected ImageEngine engine() {
        return engine;
    }

    /** Java's PNG reader does not look at checksums; what it shows of these two is what is in them. */
    @Override
    protected Set<String> brokenPngsItShows() {
        return Set.of("xcsn0g01.png", "xhdn0g08.png");
    }

    @Test
    void saysThatItReadsNoHeic() {
        var photo = SharedData.path("corpora/exif/heic/IMG_5195.HEIC");

        assertEquals(Code.UNSUPPORTED_TYPE, assertThrows(Rejected.class, () -> render(photo, Format.HEIC, 2048)).code());
    }
}
