package io.safelight.bench;

import java.awt.image.BufferedImage;

/** Structural similarity (Wang, Bovik, Sheikh, Simoncelli, 2004) of two pictures' luma: Gaussian window of 11 × 11, σ 1.5, K1 0.01, K2 0.03, no downsampling. */
final class Ssim {
    private static final int RADIUS = 5;
    private static final double[] WINDOW = window();
    private static final double C1 = Math.pow(0.01 * 255, 2);
    private static final double C2 = Math.pow(0.03 * 255, 2);

    private Ssim() {}

    /** 1 where they are the same. */
    static double of(BufferedImage one, BufferedImage other) {
        int width = one.getWidth();
        int height = one.getHeight();
        if (width != other.getWidth() || height != other.getHeight()) {
            throw new IllegalArgumentException("two pictures of one size are compared");
        }
        double[] x = luma(one);
        double[] y = luma(other);
        double[] meanX = blurred(x, width, height);
        double[] meanY = blurred(y, width, height);
        double[] xx = blurred(product(x, x), width, height);
        double[] yy = blurred(product(y, y), width, height);
        double[] xy = blurred(product(x, y), width, height);
        double sum = 0;
        for (int i = 0; i < meanX.length; i++) {
            double mx = meanX[i];
            double my = meanY[i];
            sum += (2 * mx * my + C1) * (2 * (xy[i] - mx * my) + C2) / ((mx * mx + my * my + C1) * (xx[i] - mx * mx + yy[i] - my * my + C2));
        }
        return sum / meanX.length;
    }

    private static double[] luma(BufferedImage image) {
        int[] rgb = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        double[] luma = new double[rgb.length];
        for (int i = 0; i < rgb.length; i++) {
            luma[i] = 0.299 * (rgb[i] >> 16 & 255) + 0.587 * (rgb[i] >> 8 & 255) + 0.114 * (rgb[i] & 255);
        }
        return luma;
    }

    private static double[] product(double[] a, double[] b) {
        double[] product = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            product[i] = a[i] * b[i];
        }
        return product;
    }

    /** Only where the whole window lies in the picture, so smaller than it by the window. */
    private static double[] blurred(double[] in, int width, int height) {
        int innerWidth = width - 2 * RADIUS;
        int innerHeight = height - 2 * RADIUS;
        double[] across = new double[innerWidth * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < innerWidth; x++) {
                double sum = 0;
                for (int k = 0; k < WINDOW.length; k++) {
                    sum += WINDOW[k] * in[y * width + x + k];
                }
                across[y * innerWidth + x] = sum;
            }
        }
        double[] out = new double[innerWidth * innerHeight];
        for (int y = 0; y < innerHeight; y++) {
            for (int x = 0; x < innerWidth; x++) {
                double sum = 0;
                for (int k = 0; k < WINDOW.length; k++) {
                    sum += WINDOW[k] * across[(y + k) * innerWidth + x];
                }
                out[y * innerWidth + x] = sum;
            }
        }
        return out;
    }

    private static double[] window() {
        double[] window = new double[2 * RADIUS + 1];
        double sum = 0;
        for (int i = 0; i < window.length; i++) {
            window[i] = Math.exp(-Math.pow(i - RADIUS, 2) / (2 * 1.5 * 1.5));
            sum += window[i];
        }
        for (int i = 0; i < window.length; i++) {
            window[i] /= sum;
        }
        return window;
    }
}
