package io.safelight.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes the folder of a classifier that tells bright pictures from dark ones: one Gemm over 8 × 8 pixels and a softmax. The weights are an
 * ONNX file like any other, its protocol buffers written by hand (onnx.proto, IR version 8, operator set 13).
 */
public final class TinyModel {
    private static final int SIZE = 8;
    private static final int NUMBERS = 3 * SIZE * SIZE;
    private static final int FLOAT = 1;

    private TinyModel() {}

    /** @param labels what it calls bright and dark @param steepness the larger, the surer; negative takes one for the other */
    public static Path write(Path models, String folder, String name, String version, List<String> labels, float steepness) {
        try {
            Path target = Files.createDirectories(models.resolve(folder));
            byte[] weights = onnx(steepness);
            Files.write(target.resolve("tiny.onnx"), weights);
            Files.writeString(target.resolve("model.yaml"), """
                    name: %s
                    version: "%s"
                    weights: tiny.onnx
                    sha256: %s
                    input:
                      size: %d
                      layout: NCHW
                      channels: RGB
                      range: "0..1"
                      resize: bilinear
                    labels: %s
                    output: probabilities
                    licence: none
                    source: made by a test
                    """.formatted(name, version, Studio.sha256(weights), SIZE, labels));
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] onnx(float steepness) {
        float[] weights = new float[2 * NUMBERS];
        for (int i = 0; i < NUMBERS; i++) {
            weights[2 * i] = steepness / NUMBERS;
            weights[2 * i + 1] = -steepness / NUMBERS;
        }
        Message graph = new Message()
                .message(1, node("Flatten", List.of("input"), "flat"))
                .message(1, node("Gemm", List.of("flat", "weights", "bias"), "scores"))
                .message(1, node("Softmax", List.of("scores"), "probabilities"))
                .text(2, "tiny")
                .message(5, tensor("weights", weights, NUMBERS, 2))
                .message(5, tensor("bias", new float[] {-steepness / 2, steepness / 2}, 2))
                .message(11, value("input", 3, SIZE, SIZE))
                .message(12, value("probabilities", 2));
        return new Message().number(1, 8).message(7, graph).message(8, new Message().text(1, "").number(2, 13)).bytes();
    }

    private static Message node(String operator, List<String> inputs, String output) {
        Message node = new Message();
        inputs.forEach(input -> node.text(1, input));
        return node.text(2, output).text(3, output).text(4, operator);
    }

    private static Message tensor(String name, float[] values, int... shape) {
        Message tensor = new Message();
        for (int side : shape) {
            tensor.number(1, side);
        }
        ByteBuffer raw = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        return tensor.number(2, FLOAT).text(8, name).bytes(9, raw.array());
    }

    /** The first of its sides is the batch, of any size. */
    private static Message value(String name, int... shape) {
        Message sides = new Message().message(1, new Message().text(2, "N"));
        for (int side : shape) {
            sides.message(1, new Message().number(1, side));
        }
        return new Message().text(1, name).message(2, new Message().message(1, new Message().number(1, FLOAT).message(2, sides)));
    }

    /** Fields of a protocol buffer, in the order they are added. */
    private static final class Message {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Message number(int field, long value) {
            varint((long) field << 3);
            varint(value);
            return this;
        }

        Message bytes(int field, byte[] value) {
            varint((long) field << 3 | 2);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        Message text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Message message(int field, Message value) {
            return bytes(field, value.bytes());
        }

        byte[] bytes() {
            return out.toByteArray();
        }

        private void varint(long value) {
            for (; (value & ~0x7fL) != 0; value >>>= 7) {
                out.write((int) (value & 0x7f | 0x80));
            }
            out.write((int) value);
        }
    }
}
