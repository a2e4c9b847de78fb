package io.safelight.validate;

import com.drew.imaging.heif.HeifMetadataReader;
import com.drew.imaging.jpeg.JpegSegmentData;
import com.drew.imaging.jpeg.JpegSegmentReader;
import com.drew.imaging.jpeg.JpegSegmentType;
import com.drew.imaging.png.PngChunk;
import com.drew.imaging.png.PngChunkReader;
import com.drew.imaging.png.PngChunkType;
import com.drew.imaging.tiff.TiffMetadataReader;
import com.drew.imaging.webp.WebpMetadataReader;
import com.drew.lang.ByteArrayReader;
import com.drew.lang.StreamReader;
import com.drew.metadata.Directory;
import com.drew.metadata.Metadata;
import com.drew.metadata.Tag;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import com.drew.metadata.exif.ExifSubIFDDirectory;
import com.drew.metadata.exif.GpsDirectory;
import com.drew.metadata.iptc.IptcDirectory;
import com.drew.metadata.photoshop.PhotoshopReader;
import com.drew.metadata.xmp.XmpDirectory;
import com.drew.metadata.xmp.XmpReader;
import io.safelight.model.Format;
import java.io.BufferedInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.jboss.logging.Logger;

/** The facts a camera or an editor wrote beside the pixels, made fit for the database. */
public final class Exif {
    private static final Logger LOG = Logger.getLogger(Exif.class);

    private static final int MAX_TAGS_PER_GROUP = 100;
    private static final int MAX_TEXT = 500;

    /** What describes the picture. Maker notes, thumbnails and colour profiles stay out, with all that is private or binary in them. */
    private static final Set<Class<? extends Directory>> GROUPS =
            Set.of(ExifIFD0Directory.class, ExifSubIFDDirectory.class, IptcDirectory.class, XmpDirectory.class, GpsDirectory.class);

    private static final byte[] XMP_KEYWORD = "XML:com.adobe.xmp\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] EXTENDED_XMP = "http://ns.adobe.com/xmp/extension/".getBytes(StandardCharsets.ISO_8859_1);
    private static final Pattern BINARY = Pattern.compile("\\[\\d+ (values|bytes?)]|\\(Binary data.*");
    private static final Pattern NOT_TEXT = Pattern.compile("[\\p{Cc}\\p{Cs}&&[^\\n\\t]]");

    private Exif() {}

    /**
     * @param file    one that {@link Inspector} let through
     * @param keepGps whether positions may be kept
     * @return group → tag → text; empty where there is nothing to read or it cannot be read: bad metadata makes no bad image
     */
    public static Map<String, Map<String, String>> read(Path file, boolean keepGps) {
        Map<String, Map<String, String>> facts = new LinkedHashMap<>();
        for (Directory directory : metadata(file).getDirectories()) {
            boolean wanted = GROUPS.contains(directory.getClass()) && (keepGps || !(directory instanceof GpsDirectory));
            if (wanted) {
                Map<String, String> group = facts.computeIfAbsent(directory.getName(), name -> new LinkedHashMap<>());
                texts(directory).forEach((tag, text) -> keep(group, tag, text, keepGps));
            }
        }
        facts.values().removeIf(Map::isEmpty);
        return facts;
    }

    private static Metadata metadata(Path file) {
        Metadata metadata = new Metadata();
        try (Source in = new Source(file)) {
            Optional<Format> format = Magic.of(in);
            return format.isPresent() ? read(file, format.get(), metadata) : metadata;
        } catch (Exception | StackOverflowError | OutOfMemoryError e) { // the library allocates what a tag claims to need
            LOG.debugf(e, "Metadata of %s cannot be read", file.getFileName());
            return metadata;
        }
    }

    private static Metadata read(Path file, Format format, Metadata metadata) throws Exception {
        try (InputStream stream = new BufferedInputStream(Files.newInputStream(file))) {
            switch (format) {
                case JPEG -> readJpeg(stream, metadata);
                case PNG -> readPng(stream, metadata);
                case WEBP -> {
                    return WebpMetadataReader.readMetadata(stream);
                }
                case AVIF, HEIC -> {
                    return HeifMetadataReader.readMetadata(stream);
                }
                case TIFF -> {
                    return TiffMetadataReader.readMetadata(file.toFile());
                }
                case GIF, BMP, SVG -> { } // nothing a camera would write
            }
        }
        return metadata;
    }

    /** Segment by segment, as the library would take the size of an extended XMP packet on trust. */
    private static void readJpeg(InputStream stream, Metadata metadata) throws Exception {
        JpegSegmentData data = JpegSegmentReader.readSegments(new StreamReader(stream), List.of(JpegSegmentType.APP1, JpegSegmentType.APPD));
        List<byte[]> app1 = StreamSupport.stream(data.getSegments(JpegSegmentType.APP1).spliterator(), false)
                .filter(segment -> !startsWith(segment, EXTENDED_XMP)).toList();
        new ExifReader().readJpegSegments(app1, metadata, JpegSegmentType.APP1);
        new XmpReader().readJpegSegments(app1, metadata, JpegSegmentType.APP1);
        new PhotoshopReader().readJpegSegments(data.getSegments(JpegSegmentType.APPD), metadata, JpegSegmentType.APPD);
    }

    /** Only the chunks stored as they are: a few compressed bytes can inflate to more than memory holds. */
    private static void readPng(InputStream stream, Metadata metadata) throws Exception {
        for (PngChunk chunk : new PngChunkReader().extract(new StreamReader(stream), Set.of(PngChunkType.eXIf, PngChunkType.iTXt))) {
            byte[] bytes = chunk.getBytes();
            if (chunk.getType().equals(PngChunkType.eXIf)) {
                new ExifReader().extract(new ByteArrayReader(bytes), metadata);
            } else if (startsWith(bytes, XMP_KEYWORD)) {
                new XmpReader().extract(Arrays.copyOfRange(bytes, XMP_KEYWORD.length, bytes.length), metadata);
            }
        }
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        return bytes.length >= prefix.length && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }

    private static Map<String, String> texts(Directory directory) {
        if (directory instanceof XmpDirectory xmp) {
            return xmp.getXmpProperties();
        }
        Map<String, String> texts = new LinkedHashMap<>();
        for (Tag tag : directory.getTags()) {
            if (tag.hasTagName() && tag.getTagType() != ExifSubIFDDirectory.TAG_MAKERNOTE) {
                texts.put(tag.getTagName(), tag.getDescription());
            }
        }
        return texts;
    }

    private static void keep(Map<String, String> group, String tag, String text, boolean keepGps) {
        String name = clean(tag);
        String lower = name.toLowerCase(Locale.ROOT);
        boolean isPrivate = lower.contains("serial") || lower.contains("gps") && !keepGps;
        if (text == null || isPrivate || BINARY.matcher(text).matches() || group.size() >= MAX_TAGS_PER_GROUP) {
            return;
        }
        String shown = clean(text).strip();
        if (!shown.isEmpty()) {
            group.put(name, shown);
        }
    }

    /** Without NUL and lone surrogates, which PostgreSQL's jsonb does not take. */
    private static String clean(String text) {
        String clean = NOT_TEXT.matcher(text.substring(0, Math.min(text.length(), 2 * MAX_TEXT))).replaceAll("");
        return clean.length() <= MAX_TEXT ? clean
                : clean.substring(0, Character.isHighSurrogate(clean.charAt(MAX_TEXT - 1)) ? MAX_TEXT - 1 : MAX_TEXT);
    }
}
