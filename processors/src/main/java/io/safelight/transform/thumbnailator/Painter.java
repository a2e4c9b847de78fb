package io.safelight.transform.thumbnailator;

import io.safelight.error.Fault;
import io.safelight.model.Size;
import io.safelight.model.op.Area;
import io.safelight.model.op.Background;
import io.safelight.model.op.Chain;
import io.safelight.model.op.Colour;
import io.safelight.model.op.Crop;
import io.safelight.model.op.Filter;
import io.safelight.model.op.Flip;
import io.safelight.model.op.Gravity;
import io.safelight.model.op.Op;
import io.safelight.model.op.Resize;
import io.safelight.model.op.Rotate;
import io.safelight.model.op.Trim;
import io.safelight.model.op.Watermark;
import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Consumer;
import net.coobird.thumbnailator.Thumbnails;

/** Carries out operations with Java2D, on images of {@code TYPE_INT_RGB} or {@code TYPE_INT_ARGB}. */
final class Painter {
    private final Marks marks;

    Painter(Marks marks) {
        this.marks = marks;
    }

    static Optional<String> cannot(Op op) {
        boolean attention = op instanceof Crop crop && crop.gravity() == Gravity.ATTENTION
                || op instanceof Resize resize && resize.gravity() == Gravity.ATTENTION;
        return attention ? Optional.of("gravity=attention needs libvips") : Optional.empty();
    }

    BufferedImage paint(BufferedImage image, Chain chain) {
        BufferedImage painted = image;
        for (Op op : chain.ops()) {
            cannot(op).ifPresent(why -> {
                throw new Fault(op.text() + " cannot be done here: " + why + ".");
            });
            painted = paint(painted, op);
        }
        return painted;
    }

    private BufferedImage paint(BufferedImage image, Op op) {
        Size whole = size(image);
        return switch (op) {
            case Resize resize -> {
                BufferedImage scaled = resize(image, resize.scaled(whole));
                yield resize.cut(whole).map(part -> cut(scaled, resize.gravity().place(part, size(scaled), 0))).orElse(scaled);
            }
            case Crop crop -> cut(image, crop.area(whole));
            case Rotate rotate -> rotate(image, rotate);
            case Flip flip -> drawn(image, whole, image.getType(), flip.direction() == Flip.Direction.HORIZONTAL
                    ? new AffineTransform(-1, 0, 0, 1, whole.width(), 0) : new AffineTransform(1, 0, 0, -1, 0, whole.height()));
            case Filter filter -> Filters.apply(image, filter);
            case Background background -> onColour(image, background.colour());
            case Trim trim -> trim(image, trim.threshold());
            case Watermark watermark -> marks.lay(image, watermark);
        };
    }

    static Size size(BufferedImage image) {
        return new Size(image.getWidth(), image.getHeight());
    }

    static BufferedImage resize(BufferedImage image, Size target) {
        if (size(image).equals(target)) {
            return image;
        }
        try {
            return Thumbnails.of(image).forceSize(target.width(), target.height()).imageType(image.getType()).asBufferedImage();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static BufferedImage cut(BufferedImage image, Area area) {
        return drawn(image, area.size(), image.getType(), AffineTransform.getTranslateInstance(-area.x(), -area.y()));
    }

    private static BufferedImage rotate(BufferedImage image, Rotate rotate) {
        Size whole = size(image);
        if (rotate.quarters() >= 0) {
            Size turned = rotate.quarters() % 2 == 0 ? whole : new Size(whole.height(), whole.width());
            return rotate.quarters() == 0 ? image : drawn(image, turned, image.getType(), turn(whole, turned.width(), turned.height(), 90 * rotate.quarters()));
        }
        double sine = Math.abs(Math.sin(Math.toRadians(rotate.angle())));
        double cosine = Math.abs(Math.cos(Math.toRadians(rotate.angle())));
        Size turned = new Size((int) Math.round(whole.width() * cosine + whole.height() * sine), (int) Math.round(whole.width() * sine + whole.height() * cosine));
        Colour corners = rotate.background();
        return new Canvas(turned, corners.opaque() ? image.getType() : BufferedImage.TYPE_INT_ARGB).draw(graphics -> {
            graphics.setColor(new Color(corners.red(), corners.green(), corners.blue(), corners.alpha()));
            graphics.fillRect(0, 0, turned.width(), turned.height());
            copy(graphics, image, turn(whole, turned.width(), turned.height(), rotate.angle()));
        });
    }

    private static AffineTransform turn(Size whole, double width, double height, int angle) {
        AffineTransform turn = AffineTransform.getTranslateInstance(width / 2, height / 2);
        if (angle % 90 == 0) {
            turn.quadrantRotate(Math.floorMod(angle / 90, 4));
        } else {
            turn.rotate(Math.toRadians(angle));
        }
        turn.translate(-whole.width() / 2.0, -whole.height() / 2.0);
        return turn;
    }

    static BufferedImage onColour(BufferedImage image, Colour colour) {
        if (!image.getColorModel().hasAlpha()) {
            return image;
        }
        return new Canvas(size(image), BufferedImage.TYPE_INT_RGB).draw(graphics -> {
            graphics.drawImage(image, 0, 0, new Color(colour.red(), colour.green(), colour.blue()), null);
        });
    }

    private static BufferedImage drawn(BufferedImage image, Size size, int type, AffineTransform how) {
        return new Canvas(size, type).draw(graphics -> copy(graphics, image, how));
    }

    /** Alpha and all; what lies beside the image stays as it is. */
    private static void copy(Graphics2D graphics, BufferedImage image, AffineTransform how) {
        graphics.setComposite(AlphaComposite.Src);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(image, how, null);
    }

    /** What can be seen through differs from what cannot on white or on black. */
    private static BufferedImage trim(BufferedImage image, int threshold) {
        Optional<Area> found = content(onColour(image, Colour.WHITE), threshold);
        Optional<Area> kept = image.getColorModel().hasAlpha() ? Area.around(found, content(onColour(image, Colour.BLACK), threshold)) : found;
        return kept.map(area -> cut(image, area)).orElse(image);
    }

    private static Optional<Area> content(BufferedImage flat, int threshold) {
        int corner = flat.getRGB(0, 0);
        int left = flat.getWidth();
        int top = flat.getHeight();
        int right = -1;
        int bottom = -1;
        for (int y = 0; y < flat.getHeight(); y++) {
            for (int x = 0; x < flat.getWidth(); x++) {
                if (differs(corner, flat.getRGB(x, y), threshold)) {
                    left = Math.min(left, x);
                    right = Math.max(right, x);
                    top = Math.min(top, y);
                    bottom = y;
                }
            }
        }
        return right < 0 ? Optional.empty() : Optional.of(new Area(left, top, new Size(right - left + 1, bottom - top + 1)));
    }

    private static boolean differs(int one, int other, int threshold) {
        return Math.abs((one >> 16 & 0xff) - (other >> 16 & 0xff)) > threshold || Math.abs((one >> 8 & 0xff) - (other >> 8 & 0xff)) > threshold
                || Math.abs((one & 0xff) - (other & 0xff)) > threshold;
    }

    /** A new image and what is drawn on it. */
    record Canvas(Size size, int type) {
        BufferedImage draw(Consumer<Graphics2D> drawing) {
            BufferedImage out = new BufferedImage(size.width(), size.height(), type);
            Graphics2D graphics = out.createGraphics();
            try {
                drawing.accept(graphics);
            } finally {
                graphics.dispose();
            }
            return out;
        }
    }
}
