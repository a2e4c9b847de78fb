package io.safelight.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class VariantTest {
    private static final UUID ID = UUID.fromString("0197b6c2-0000-7000-8000-000000000000");
    private static final String SHA256 = "0123456789abcdef".repeat(4);

    @Test
    void aStagedVariantIsPublishedUnderItsNameAndHash() {
        Variant thumb = new Variant("thumb", Format.WEBP, 16, 12, 10, SHA256, Variant.stagingKey(ID, "thumb", SHA256, Format.WEBP));

        assertEquals("staging/" + ID + "/thumb-0123456789abcdef.webp", thumb.key());
        assertEquals(ID + "/thumb-0123456789abcdef.webp", thumb.publicKey());
    }

    @Test
    void theMasterIsPublishedAsTheSource() {
        Variant source = Variant.source(ID, Format.JPEG, 2048, 1536, 10, SHA256);

        assertEquals("source", source.name());
        assertEquals("master/" + ID, source.key());
        assertEquals(ID + "/source-0123456789abcdef.jpg", source.publicKey());
    }
}
