package io.safelight.transform;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;

/** A drawn picture with smooth and sharp parts, of a size at which a reference is small: 160 × 120, in a border of one colour. */
final class Scene {
    private Scene() {}

    static BufferedImage opaque() {
        BufferedImage image = new BufferedImage(160, 120, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setPaint(new GradientPaint(0, 0, new Color(20, 60, 140), 0, 80, new Color(240, 200, 160)));
        g.fillRect(0, 0, 160, 80);
        g.setPaint(new GradientPaint(0, 80, new Color(40, 90, 40), 160, 120, new Color(150, 170, 60)));
        g.fillRect(0, 80, 160, 40);
        g.setColor(new Color(255, 230, 90));
        g.fillOval(108, 12, 34, 34);
        g.setColor(new Color(120, 30, 30));
        g.fillPolygon(new int[] {20, 48, 76}, new int[] {60, 30, 60}, 3);
        g.setColor(new Color(220, 210, 200));
        g.fillRect(26, 60, 44, 36);
        g.setColor(Color.BLACK);
        for (int x = 84; x < 150; x += 6) {
            g.fillRect(x, 70, 3, 30);
        }
        g.dispose();
        return image;
    }

    /** The same without its sky's left half, and half see-through on the right. */
    static BufferedImage withAlpha() {
        BufferedImage opaque = opaque();
        BufferedImage image = new BufferedImage(160, 120, BufferedImage.TYPE_INT_ARGB);
        for (int y = 0; y < 120; y++) {
            for (int x = 0; x < 160; x++) {
                int alpha = x < 80 && y < 30 ? 0 : x >= 120 ? 128 : 255;
                image.setRGB(x, y, alpha << 24 | opaque.getRGB(x, y) & 0xffffff);
            }
        }
        return image;
    }

    /** The same within ten pixels of grey. */
    static BufferedImage bordered() {
        BufferedImage image = new BufferedImage(180, 140, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(new Color(128, 128, 128));
        g.fillRect(0, 0, 180, 140);
        g.drawImage(opaque(), 10, 10, null);
        g.dispose();
        return image;
    }
}
