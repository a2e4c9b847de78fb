package io.safelight.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.safelight.model.Format;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptTest {
    /** Header | offered | chosen, or none. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "absent", value = {
            "absent | jpeg avif webp | jpeg",
            "'' | jpeg webp | jpeg",
            "*/* | jpeg png | jpeg",
            "image/* | png jpeg | jpeg",
            "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8 | jpeg webp avif | avif",
            "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5 | jpeg webp avif | webp",
            "image/png,image/*;q=0.8,*/*;q=0.5 | jpeg webp avif | jpeg",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8 | jpeg webp | jpeg",
            "image/jpeg | avif jpeg | jpeg",
            "image/jpg | avif jpeg | jpeg",
            "IMAGE/WEBP ; Q=1.0 , image/avif;q=0.9 | avif webp | webp",
            "image/avif;q=0, */* | avif webp | webp",
            "image/*, image/avif;q=0.1 | avif jpeg | jpeg",
            "image/webp;q=0.5, image/jpeg;q=0.5 | jpeg webp | webp",
            "image/webp;level=1;q=0.2, image/jpeg;q=0.3 | jpeg webp | jpeg",
            "*/*;q=0 | jpeg | none",
            "image/*;q=0 | jpeg avif | none",
            "image/gif | jpeg avif | none",
            "text/html | jpeg | none",
            "nonsense | jpeg avif | jpeg",
            "*/* | avif webp png | png",
            ";;, ,;q= | jpeg | jpeg",
            "image/webp;q=high, image/jpeg;q=0.1 | webp jpeg | jpeg",
            "image/webp;q=2, image/jpeg;q=0.1 | webp jpeg | jpeg",
            "image/webp;q=., image/jpeg;q=0.1 | webp jpeg | jpeg",
            "image/gif, image/jpeg | gif png | gif"})
    void theFormatIsTheOneTheClientLikesBest(String header, String offered, String chosen) {
        List<Format> formats = Arrays.stream(offered.split(" ")).map(Format::of).toList();
        assertEquals(chosen, Accept.parse(header).best(formats).map(Format::slug).orElse("none"));
    }

    @Test
    void aLongHeaderOfNonsenseIsReadInTime() {
        assertEquals("jpeg", Accept.parse("image/webp;q=".repeat(20_000) + ",,,image/jpeg").best(List.of(Format.JPEG)).orElseThrow().slug());
    }
}
