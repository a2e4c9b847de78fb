package io.safelight.transform.thumbnailator;

import io.safelight.decode.ImageIoReader;
import io.safelight.error.Fault;
import io.safelight.model.Size;
import io.safelight.model.op.Area;
import io.safelight.model.op.Watermark;
import io.safelight.transform.Fonts;
import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Watermarks, drawn by Java2D. */
final class Marks {
    private static final int TRIAL = 64;
    private static final Map<Watermark.Font, Font> FONTS = new ConcurrentHashMap<>();
    private static final FontRenderContext PIXELS = new FontRenderContext(null, true, true);

    private final Path folder;

    /** @param folder of the images that marks are made of */
    Marks(Path folder) {
        this.folder = folder;
    }

    BufferedImage lay(BufferedImage picture, Watermark watermark) {
        Size whole = Painter.size(picture);
        BufferedImage mark = switch (watermark.mark()) {
            case Watermark.Text text -> text(text, watermark, whole);
            case Watermark.Image image -> image(image.file(), watermark, whole);
        };
        return new Painter.Canvas(whole, picture.getType()).draw(graphics -> {
            graphics.drawImage(picture, 0, 0, null);
            graphics.setComposite(AlphaComposite.SrcOver.derive((float) watermark.opacity()));
            if (watermark.tiled()) {
                tile(graphics, mark, watermark.marginIn(whole), whole);
            } else {
                Area area = watermark.place(Painter.size(mark), whole);
                graphics.drawImage(mark, area.x(), area.y(), null);
            }
        });
    }

    private static void tile(Graphics2D graphics, BufferedImage mark, int gap, Size whole) {
        for (int y = 0; y < whole.height(); y += mark.getHeight() + gap) {
            for (int x = 0; x < whole.width(); x += mark.getWidth() + gap) {
                graphics.drawImage(mark, x, y, null);
            }
        }
    }

    private static BufferedImage text(Watermark.Text text, Watermark watermark, Size whole) {
        Font font = FONTS.computeIfAbsent(text.font(), Marks::font);
        Rectangle2D trial = layout(text, font, TRIAL).getBounds();
        double width = Math.max(1, trial.getWidth());
        double wanted = text.size() > 0 ? text.size() : TRIAL * watermark.markWidth(whole) / width;
        double fitting = TRIAL * Math.min(whole.width() / width, whole.height() / Math.max(1, trial.getHeight()));
        TextLayout letters = layout(text, font, Math.clamp(fitting, 1, Math.max(1, wanted)));
        Rectangle2D ink = letters.getBounds();
        Size needed = new Size((int) Math.ceil(Math.max(1, ink.getWidth())), (int) Math.ceil(Math.max(1, ink.getHeight())));
        BufferedImage mark = new Painter.Canvas(needed, BufferedImage.TYPE_INT_ARGB).draw(graphics -> {
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setColor(new Color(text.colour().red(), text.colour().green(), text.colour().blue()));
            letters.draw(graphics, (float) -ink.getX(), (float) -ink.getY());
        });
        return Painter.resize(mark, needed.within(whole));
    }

    private static TextLayout layout(Watermark.Text text, Font font, double size) {
        return new TextLayout(text.text(), font.deriveFont((float) size), PIXELS);
    }

    private static Font font(Watermark.Font font) {
        try {
            return Font.createFont(Font.TRUETYPE_FONT, Fonts.file(font).toFile());
        } catch (IOException | FontFormatException e) {
            throw new Fault("The font that comes with Safelight cannot be read.", e);
        }
    }

    private BufferedImage image(String name, Watermark watermark, Size whole) {
        Path file = folder.resolve(name);
        if (!Files.isReadable(file)) {
            throw new Fault("The watermark %s is not there; put it below %s.".formatted(name, folder));
        }
        BufferedImage mark = ImageIoReader.read(file);
        double scale = (double) watermark.markWidth(whole) / mark.getWidth();
        Size wanted = new Size(watermark.markWidth(whole), Math.max(1, (int) Math.round(mark.getHeight() * scale)));
        return Painter.resize(mark, wanted.within(whole));
    }
}
