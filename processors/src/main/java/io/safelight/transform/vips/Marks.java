package io.safelight.transform.vips;

import io.safelight.error.Fault;
import io.safelight.model.Size;
import io.safelight.model.op.Area;
import io.safelight.model.op.Colour;
import io.safelight.model.op.Watermark;
import io.safelight.transform.Fonts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiFunction;

/** Watermarks: a mark with alpha, made of text or read from a file, laid over a picture. */
final class Marks {
    /** Letters of this size are measured to find the size that makes a text as wide as it is wanted, and no larger than the picture. */
    private static final int TRIAL = 64;

    private final Path folder;
    private final BiFunction<Session, Path, VipsImage> reader;

    /** @param folder of the images that marks are made of @param reader of such an image, into 8-bit sRGB */
    Marks(Path folder, BiFunction<Session, Path, VipsImage> reader) {
        this.folder = folder;
        this.reader = reader;
    }

    VipsImage lay(VipsImage picture, Watermark watermark) {
        Size whole = picture.size();
        VipsImage mark = switch (watermark.mark()) {
            case Watermark.Text text -> text(picture.session(), text, watermark, whole);
            case Watermark.Image image -> image(picture.session(), image.file(), watermark, whole);
        };
        VipsImage laid = watermark.tiled()
                ? picture.under(tiles(mark, watermark.marginIn(whole), whole), 0, 0)
                : under(picture, mark, watermark.place(mark.size(), whole));
        return picture.hasAlpha() ? laid : laid.then("extract_band", "band=0,n=3");
    }

    private static VipsImage under(VipsImage picture, VipsImage mark, Area area) {
        return picture.under(mark, area.x(), area.y());
    }

    private static VipsImage text(Session session, Watermark.Text text, Watermark watermark, Size whole) {
        Size trial = letters(session, text, TRIAL).size();
        int wanted = text.size() > 0 ? text.size() : TRIAL * watermark.markWidth(whole) / trial.width();
        int fitting = Math.min(TRIAL * whole.width() / trial.width(), TRIAL * whole.height() / trial.height());
        VipsImage letters = letters(session, text, Math.clamp(fitting, 1, Math.max(1, wanted)));
        Colour colour = text.colour();
        VipsImage mark = letters.then("linear", "a=0 0 0 %s,b=%d %d %d 0,uchar=true".formatted(watermark.opacity(),
                colour.red(), colour.green(), colour.blue())).then("copy", "interpretation=srgb").inMemory();
        return mark.resizedTo(mark.size().within(whole));
    }

    /** How much of each pixel the letters cover. */
    private static VipsImage letters(Session session, Watermark.Text text, int size) {
        return session.text(text.text(), Fonts.file(text.font()), Fonts.family(text.font()) + " " + size);
    }

    private VipsImage image(Session session, String name, Watermark watermark, Size whole) {
        Path file = folder.resolve(name);
        if (!Files.isReadable(file)) {
            throw new Fault("The watermark %s is not there; put it below %s.".formatted(name, folder));
        }
        VipsImage mark = reader.apply(session, file).withAlpha();
        double scale = (double) watermark.markWidth(whole) / mark.width();
        Size wanted = new Size(watermark.markWidth(whole), Math.max(1, (int) Math.round(mark.height() * scale)));
        return mark.resizedTo(wanted.within(whole)).then("linear", "a=1 1 1 %s,b=0 0 0 0,uchar=true".formatted(watermark.opacity())).inMemory();
    }

    private static VipsImage tiles(VipsImage mark, int gap, Size whole) {
        int width = mark.width() + gap;
        int height = mark.height() + gap;
        VipsImage tile = mark.then("embed", "x=0,y=0,width=%d,height=%d".formatted(width, height)).inMemory();
        return tile.then("replicate", "across=%d,down=%d".formatted(Math.ceilDiv(whole.width(), width), Math.ceilDiv(whole.height(), height)))
                .cut(new Area(0, 0, whole));
    }
}
