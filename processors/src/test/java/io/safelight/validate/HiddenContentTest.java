package io.safelight.validate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.model.Format;
import io.safelight.testing.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HiddenContentTest {
    private static final Rules RULES = new Rules(EnumSet.complementOf(EnumSet.of(Format.SVG)), 100_000_000, 512_000_000, 30_000, 500);
    private static final byte[] JPEG = Samples.all().get(Format.JPEG);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = "SVG", mode = EnumSource.Mode.EXCLUDE)
    void findsAnArchiveAfterAnyImage(Format format) throws IOException {
        hidden(Samples.join(Samples.all().get(format), zip()));
    }

    @ParameterizedTest
    @EnumSource(names = {"JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIC", "BMP"})
    void findsAScriptAfterAnyImage(Format format) throws IOException {
        hidden(Samples.join(Samples.all().get(format), Samples.latin1("junk <?PHP system($_GET['c']);")));
        hidden(Samples.join(Samples.all().get(format), Samples.latin1("\0\0 #!python\n")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Rar!\u001a\u0007\u0001\0", "7z\u00bc\u00af\u0027\u001c", "\u001f\u008b\u0008\0", "%PDF-1.7", "\u007fELF\u0002\u0001\u0001",
            "MZ\u0090\0", "<script>alert(1)</script>", "#!/bin/sh", "  \0\0#!/bin/sh", "PK\u0003\u0004"})
    void findsArchivesProgramsAndScripts(String appended) throws IOException {
        hidden(Samples.join(JPEG, Samples.latin1(appended)));
    }

    @Test
    void findsAnArchiveWhoseCommentIsTheEndOfTheImage() throws IOException {
        byte[] png = Samples.all().get(Format.PNG);
        byte[] zip = zip();
        int header = 33;
        byte[] chunk = Samples.pngChunk("prVt", zip);
        byte[] rest = Arrays.copyOfRange(png, header, png.length);
        int comment = 4 + rest.length; // the chunk's checksum and everything behind it
        chunk[8 + zip.length - 2] = (byte) comment;
        chunk[8 + zip.length - 1] = (byte) (comment >> 8);
        hidden(Samples.join(Arrays.copyOf(png, header), chunk, rest));
    }

    @Test
    void findsADocumentThatBeginsInsideTheImage() throws IOException {
        byte[] comment = Samples.latin1("\u00ff\u00fe\0\u0010%PDF-1.4 12345");
        hidden(Samples.join(Arrays.copyOf(JPEG, 2), comment, Arrays.copyOfRange(JPEG, 2, JPEG.length)));
    }

    @Test
    void letsThroughWhatCamerasAppend() throws IOException {
        byte[] noise = new byte[300_000];
        new Random(7).nextBytes(noise);
        noise[0] = 1;
        clean(Samples.join(JPEG, new byte[1000]));
        clean(Samples.join(JPEG, noise));
        clean(Samples.join(JPEG, Samples.box("ftyp", Samples.latin1("mp42\0\0\0\0isom")), noise));
        clean(Samples.join(JPEG, new byte[64], Samples.progressiveJpeg(20, 10), Samples.latin1("SEFT")));
    }

    @Test
    void findsAnArchiveBehindASecondImageToo() throws IOException {
        hidden(Samples.join(JPEG, new byte[64], Samples.progressiveJpeg(20, 10), Samples.latin1("\u001f\u008b\u0008\0")));
    }

    @Test
    void doesNotMistakeAnEmbeddedThumbnailForTheEnd() throws IOException {
        byte[] thumbnail = Samples.progressiveJpeg(20, 10);
        byte[] app1 = Samples.join(new byte[] {(byte) 0xff, (byte) 0xe1, (byte) (thumbnail.length + 2 >> 8), (byte) (thumbnail.length + 2)}, thumbnail);
        clean(Samples.join(Arrays.copyOf(JPEG, 2), app1, Arrays.copyOfRange(JPEG, 2, JPEG.length)));
    }

    @Test
    void findsAnArchiveAppendedToARealPhoto() throws IOException {
        hidden(Samples.join(Files.readAllBytes(SharedData.path("photos/camera-05.jpg")), zip()));
    }

    private void hidden(byte[] bytes) {
        assertEquals(Code.HIDDEN_CONTENT, assertThrows(Rejected.class, () -> clean(bytes)).code());
    }

    private void clean(byte[] bytes) throws IOException {
        new Inspector().inspect(Files.write(folder.resolve("upload"), bytes), Optional.empty(), RULES);
    }

    private static byte[] zip() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.putNextEntry(new ZipEntry("payload.js"));
            zip.write(new byte[100]);
        }
        return out.toByteArray();
    }
}
