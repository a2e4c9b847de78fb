package io.safelight.transform.thumbnailator;

import io.safelight.decode.ImageIoReader;
import io.safelight.decode.PixelDecoder;
import io.safelight.decode.Pixels;
import io.safelight.decode.Raster;
import io.safelight.error.Code;
import io.safelight.error.Rejected;
import io.safelight.error.Unavailable;
import io.safelight.model.Format;
import io.safelight.model.VariantSpec;
import io.safelight.model.op.Op;
import io.safelight.transform.Blurhash;
import io.safelight.transform.DominantColor;
import io.safelight.transform.ImageEngine;
import io.safelight.transform.PerceptualHash;

import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import net.coobird.thumbnailator.Thumbnails;

/** The engine on Thumbnailator and ImageIO: slower than libvips, and makes JPEG and PNG only. */
public final class ThumbnailatorEngine implements ImageEngine, PixelDecoder {
    private static final int MASTER_QUALITY = 92;
    private static final int TINY_SIDE = 64;

    private final Painter painter;

    /** @param watermarks folder of the images that watermarks are made of */
    public ThumbnailatorEngine(Path watermarks) {
        painter = new Painter(new Marks(watermarks));
    }

    @Override
    public String name() {
        return "thumbnailator";
    }

    @Override
    public String version() {
        String version = Thumbnails.class.getPackage().getImplementationVersion();
        return version == null ? "unknown" : version;
    }

    @Override
    public Set<Format> reads() {
        return ImageIoReader.formats();
    }

    @Override
    public Set<Format> writes() {
        return Set.of(Format.JPEG, Format.PNG);
    }

    @Override
    public Pixels decode(Path file) {
        return ImageIoReader.pixels(file);
    }

    /** Of what moves none: who hears of the first would take it for all. */
    @Override
    public void frames(Path file, Consumer<Pixels> each) {
        int frames = ImageIoReader.frames(file);
        if (frames > 1) {
            throw new Rejected(Code.UNSUPPORTED_TYPE, "The image has %,d frames, of which this installation reads the first; send a still picture, or install libvips.".formatted(frames));
        }
        each.accept(decode(file));
    }

    @Override
    public Rendering render(Path original, Format format, int masterSide, List<VariantSpec> variants, Path folder) {
        BufferedImage full = ImageIoReader.read(original);
        BufferedImage master = Painter.resize(full, Painter.size(full).within(masterSide));
        Rendition masterFile = save(master, "master", master.getColorModel().hasAlpha() ? Format.PNG : Format.JPEG, MASTER_QUALITY, folder);
        List<Rendition> made = write(master, variants, folder);
        BufferedImage small = Painter.resize(master, Painter.size(master).within(PerceptualHash.SIDE));
        Raster tiny = ImageIoReader.raster(Painter.resize(small, Painter.size(master).within(TINY_SIDE)));
        return new Rendering(full.getWidth(), full.getHeight(), masterFile, made, Blurhash.encode(tiny), DominantColor.of(tiny),
                PerceptualHash.of(ImageIoReader.raster(small)));
    }

    @Override
    public List<Rendition> make(Path original, Format format, List<VariantSpec> variants, Path folder) {
        return write(ImageIoReader.read(original), variants, folder);
    }

    @Override
    public Optional<String> cannot(Op op) {
        return Painter.cannot(op);
    }

    private List<Rendition> write(BufferedImage image, List<VariantSpec> variants, Path folder) {
        List<Rendition> made = new ArrayList<>();
        for (VariantSpec variant : variants) {
            BufferedImage pixels = painter.paint(image, variant.chain());
            for (Format wanted : formats(variant, pixels.getColorModel().hasAlpha())) {
                made.add(save(pixels, variant.name(), wanted, variant.quality(), folder));
            }
        }
        return made;
    }

    private static Rendition save(BufferedImage image, String name, Format format, int quality, Path folder) {
        Path file = folder.resolve(name + "." + format.extension());
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            if (format == Format.PNG) {
                ImageIO.write(image, "png", out);
            } else {
                // at scale 1 nothing is resized: Thumbnailator is only the JPEG encoder with a quality here
                Thumbnails.of(ImageIoReader.flat(image)).scale(1).imageType(BufferedImage.TYPE_INT_RGB)
                        .outputFormat("jpg").outputQuality(quality / 100.0).toOutputStream(out);
            }
        } catch (IOException e) {
            throw new Unavailable("A rendition could not be written; make room in the data folder.", e);
        }
        return new Rendition(name, format, image.getWidth(), image.getHeight(), file);
    }
}
