package io.safelight.transform.thumbnailator;

import io.safelight.model.op.Filter;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Filters on the samples of an image; what lies beyond an edge counts as the edge. */
final class Filters {
    /** Light of each level. */
    private static final double[] LINEAR = IntStream.range(0, 256).mapToDouble(Filters::linear).toArray();
    private static final int STEPS = 1 << 13;
    /** Of each step of light. */
    private static final int[] LEVELS = IntStream.rangeClosed(0, STEPS).map(step -> encoded((double) step / STEPS)).toArray();

    private Filters() {}

    static BufferedImage apply(BufferedImage image, Filter filter) {
        return switch (filter.effect()) {
            case GRAYSCALE -> each(image, rgb -> grey(luma(rgb)));
            case SEPIA -> each(image, Filters::sepia);
            case BLUR -> blur(image, filter.sigma());
            case SHARPEN -> sharpen(image, filter.sigma());
            case EDGE -> edge(image);
        };
    }

    private interface Colouring {
        int of(int rgb);
    }

    private static BufferedImage each(BufferedImage image, Colouring colouring) {
        int[] pixels = pixels(image);
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = pixels[i] & 0xff000000 | colouring.of(pixels[i]);
        }
        return image(image, pixels);
    }

    /** Weighed in linear light, as sRGB has it (IEC 61966-2-1). */
    private static int luma(int rgb) {
        double light = 0.2126 * LINEAR[rgb >> 16 & 0xff] + 0.7152 * LINEAR[rgb >> 8 & 0xff] + 0.0722 * LINEAR[rgb & 0xff];
        return LEVELS[(int) Math.round(light * STEPS)];
    }

    private static int encoded(double light) {
        return level(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * Math.pow(light, 1 / 2.4) - 0.055));
    }

    private static double linear(int level) {
        double value = level / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    }

    private static int grey(int level) {
        return level << 16 | level << 8 | level;
    }

    private static int sepia(int rgb) {
        int out = 0;
        for (double[] weights : Filter.SEPIA) {
            out = out << 8 | level(weights[0] * (rgb >> 16 & 0xff) + weights[1] * (rgb >> 8 & 0xff) + weights[2] * (rgb & 0xff));
        }
        return out;
    }

    /** Gaussian, along the rows and then along the columns, of colours weighted by their alpha. */
    private static BufferedImage blur(BufferedImage image, double sigma) {
        double[] kernel = new double[(int) Math.ceil(3 * sigma) + 1];
        for (int i = 0; i < kernel.length; i++) {
            kernel[i] = Math.exp(-i * i / (2 * sigma * sigma));
        }
        double sum = 2 * Arrays.stream(kernel).sum() - kernel[0];
        int width = image.getWidth();
        int height = image.getHeight();
        UnaryOperator<float[]> soften = band -> along(along(band, width, height, 1, width, kernel, sum), height, width, width, 1, kernel, sum);
        int[] pixels = pixels(image);
        // one band after the other: all at once would take ten times the image
        float[] alpha = soften.apply(band(pixels, rgb -> (rgb >>> 24) / 255f));
        int[] out = new int[pixels.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = level(alpha[i] * 255) << 24;
        }
        for (int shift = 16; shift >= 0; shift -= 8) {
            int by = shift;
            float[] band = soften.apply(band(pixels, rgb -> (rgb >>> 24) / 255f * (rgb >> by & 0xff)));
            for (int i = 0; i < out.length; i++) {
                out[i] |= alpha[i] == 0 ? 0 : level(band[i] / alpha[i]) << shift;
            }
        }
        return image(image, out);
    }

    private interface Sample {
        float of(int rgb);
    }

    private static float[] band(int[] pixels, Sample sample) {
        float[] band = new float[pixels.length];
        for (int i = 0; i < band.length; i++) {
            band[i] = sample.of(pixels[i]);
        }
        return band;
    }

    /** @param step from one sample of a line to the next @param next from one line to the next */
    private static float[] along(float[] band, int length, int lines, int step, int next, double[] kernel, double sum) {
        float[] out = new float[band.length];
        for (int line = 0; line < lines; line++) {
            for (int i = 0; i < length; i++) {
                double value = kernel[0] * band[line * next + i * step];
                for (int k = 1; k < kernel.length; k++) {
                    value += kernel[k] * (band[line * next + Math.max(0, i - k) * step] + band[line * next + Math.min(length - 1, i + k) * step]);
                }
                out[line * next + i * step] = (float) (value / sum);
            }
        }
        return out;
    }

    /** An unsharp mask at full amount. */
    private static BufferedImage sharpen(BufferedImage image, double sigma) {
        int[] sharp = pixels(image);
        int[] soft = pixels(blur(image, sigma));
        for (int i = 0; i < sharp.length; i++) {
            int rgb = 0;
            for (int shift = 16; shift >= 0; shift -= 8) {
                rgb = rgb << 8 | level(2 * (sharp[i] >> shift & 0xff) - (soft[i] >> shift & 0xff));
            }
            sharp[i] = sharp[i] & 0xff000000 | rgb;
        }
        return image(image, sharp);
    }

    /** Sobel's operator on the lightness. */
    private static BufferedImage edge(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int[] pixels = pixels(image);
        int[] light = Arrays.stream(pixels).map(Filters::luma).toArray();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int[] up = row(light, width, x, Math.max(0, y - 1));
                int[] here = row(light, width, x, y);
                int[] down = row(light, width, x, Math.min(height - 1, y + 1));
                int across = up[2] + 2 * here[2] + down[2] - up[0] - 2 * here[0] - down[0];
                int along = down[0] + 2 * down[1] + down[2] - up[0] - 2 * up[1] - up[2];
                int i = y * width + x;
                pixels[i] = pixels[i] & 0xff000000 | grey(level(Math.hypot(across, along)));
            }
        }
        return image(image, pixels);
    }

    private static int[] row(int[] light, int width, int x, int y) {
        return new int[] {light[y * width + Math.max(0, x - 1)], light[y * width + x], light[y * width + Math.min(width - 1, x + 1)]};
    }

    private static int level(double value) {
        return (int) Math.clamp(Math.round(value), 0, 255);
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    private static BufferedImage image(BufferedImage like, int[] pixels) {
        BufferedImage out = new BufferedImage(like.getWidth(), like.getHeight(), like.getType());
        out.setRGB(0, 0, like.getWidth(), like.getHeight(), pixels, 0, like.getWidth());
        return out;
    }
}
