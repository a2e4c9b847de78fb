package io.safelight.moderate.djl;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an ONNX file computes, as far as image classifiers need it. Field numbers are those of github.com/onnx/onnx, {@code onnx.proto}.
 *
 * @param nodes     in an order in which they can be computed; what depends on constants alone is a constant already
 * @param constants by name
 * @param input     name of the one input
 * @param output    name of the one output
 */
record OnnxGraph(List<Node> nodes, Map<String, Tensor> constants, String input, String output) {
    /** Row by row. @param shape without dimensions for a single number */
    record Tensor(long[] shape, float[] values) {}

    /** One operation. */
    record Node(String operation, List<String> inputs, String output, Map<String, Object> attributes) {
        long number(String attribute, long otherwise) {
            return attributes.get(attribute) instanceof Long number ? number : otherwise;
        }

        float real(String attribute, float otherwise) {
            return attributes.get(attribute) instanceof Float number ? number : otherwise;
        }

        String text(String attribute, String otherwise) {
            return attributes.get(attribute) instanceof String text ? text : otherwise;
        }

        long[] numbers(String attribute, long... otherwise) {
            return attributes.get(attribute) instanceof long[] numbers ? numbers : otherwise;
        }
    }

    /** @throws IllegalArgumentException with a reason where it is no ONNX file, or has what is not understood here */
    static OnnxGraph read(byte[] file) {
        try {
            for (Field field : Field.all(ByteBuffer.wrap(file))) {
                if (field.number == 7) {
                    return graph(field.bytes());
                }
            }
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("it is no ONNX file, or cut short", e);
        }
        throw new IllegalArgumentException("it is no ONNX file");
    }

    private static OnnxGraph graph(ByteBuffer message) {
        List<Node> nodes = new ArrayList<>();
        Map<String, Tensor> constants = new LinkedHashMap<>();
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        for (Field field : Field.all(message)) {
            switch (field.number) {
                case 1 -> nodes.add(node(field.bytes()));
                case 5 -> constants.putAll(tensor(field.bytes()));
                case 11 -> inputs.add(nameOf(field.bytes()));
                case 12 -> outputs.add(nameOf(field.bytes()));
                default -> { }
            }
        }
        inputs.removeAll(constants.keySet()); // old files list those too
        if (inputs.size() != 1 || outputs.size() != 1) {
            throw new IllegalArgumentException("it has the inputs %s and the outputs %s where one each is wanted".formatted(inputs, outputs));
        }
        List<Node> left = new ArrayList<>();
        for (Node node : nodes) {
            if (!node.inputs.isEmpty() && constants.keySet().containsAll(node.inputs)) {
                constants.put(node.output, computed(node, node.inputs.stream().map(constants::get).toList()));
            } else {
                left.add(node);
            }
        }
        return new OnnxGraph(left, constants, inputs.getFirst(), outputs.getFirst());
    }

    private static Node node(ByteBuffer message) {
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        Map<String, Object> attributes = new HashMap<>();
        String operation = "";
        for (Field field : Field.all(message)) {
            switch (field.number) {
                case 1 -> inputs.add(field.text());
                case 2 -> outputs.add(field.text());
                case 4 -> operation = field.text();
                case 5 -> attribute(field.bytes(), attributes);
                default -> { }
            }
        }
        if (outputs.size() != 1) {
            throw new IllegalArgumentException("the operation %s has %d outputs".formatted(operation, outputs.size()));
        }
        return new Node(operation, inputs, outputs.getFirst(), attributes);
    }

    private static void attribute(ByteBuffer message, Map<String, Object> attributes) {
        String name = "";
        Object value = null;
        List<Long> numbers = new ArrayList<>();
        for (Field field : Field.all(message)) {
            switch (field.number) {
                case 1 -> name = field.text();
                case 2 -> value = field.real();
                case 3 -> value = field.value;
                case 4 -> value = field.text();
                case 8 -> field.addNumbers(numbers);
                default -> { }
            }
        }
        attributes.put(name, numbers.isEmpty() ? value : longs(numbers));
    }

    private static Map<String, Tensor> tensor(ByteBuffer message) {
        List<Long> shape = new ArrayList<>();
        String name = "";
        long type = 0;
        ByteBuffer raw = null;
        ByteBuffer floats = null;
        List<Long> whole = new ArrayList<>();
        for (Field field : Field.all(message)) {
            switch (field.number) {
                case 1 -> field.addNumbers(shape);
                case 2 -> type = field.value;
                case 4 -> floats = field.bytes();
                case 5, 7 -> field.addNumbers(whole);
                case 8 -> name = field.text();
                case 9 -> raw = field.bytes();
                default -> { }
            }
        }
        long[] dimensions = longs(shape);
        float[] values = new float[Math.toIntExact(Arrays.stream(dimensions).reduce(1, Math::multiplyExact))];
        for (int i = 0; i < values.length; i++) {
            values[i] = raw != null ? element(raw, type, i) : floats != null ? floats.getFloat(i * Float.BYTES) : whole.get(i);
        }
        return Map.of(name, new Tensor(dimensions, values));
    }

    private static float element(ByteBuffer raw, long type, int at) {
        return switch ((int) type) {
            case 1 -> raw.getFloat(at * Float.BYTES);
            case 2 -> raw.get(at) & 0xff;
            case 3 -> raw.get(at);
            case 6 -> raw.getInt(at * Integer.BYTES);
            case 7 -> raw.getLong(at * Long.BYTES);
            case 10 -> Float.float16ToFloat(raw.getShort(at * Short.BYTES));
            default -> throw new IllegalArgumentException("its weights are of type " + type + " (onnx.proto)");
        };
    }

    private static String nameOf(ByteBuffer message) {
        return Field.all(message).stream().filter(field -> field.number == 1).findFirst().map(Field::text).orElse("");
    }

    // --- constants

    private static Tensor computed(Node node, List<Tensor> inputs) {
        Tensor first = inputs.getFirst();
        return switch (node.operation) {
            case "Cast", "Identity" -> first;
            case "Add" -> combined(first, inputs.get(1), Float::sum);
            case "Sub" -> combined(first, inputs.get(1), (a, b) -> a - b);
            case "Mul" -> combined(first, inputs.get(1), (a, b) -> a * b);
            default -> throw new IllegalArgumentException("the operation %s on constants is not understood".formatted(node.operation));
        };
    }

    private interface Operation {
        float of(float a, float b);
    }

    /** With the second stretched to the shape of the first. */
    private static Tensor combined(Tensor first, Tensor second, Operation operation) {
        int missing = first.shape.length - second.shape.length;
        if (missing < 0) {
            throw new IllegalArgumentException("constants of the shapes %s and %s".formatted(Arrays.toString(first.shape), Arrays.toString(second.shape)));
        }
        float[] values = new float[first.values.length];
        for (int i = 0; i < values.length; i++) {
            int at = 0;
            int rest = i;
            int step = 1;
            for (int d = first.shape.length - 1; d >= missing; d--) {
                int wide = (int) second.shape[d - missing];
                at += wide == 1 ? 0 : rest % (int) first.shape[d] * step;
                rest /= (int) first.shape[d];
                step *= wide;
            }
            values[i] = operation.of(first.values[i], second.values[at]);
        }
        return new Tensor(first.shape, values);
    }

    private static long[] longs(List<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    /**
     * A field of a protobuf message (protobuf.dev/programming-guides/encoding).
     *
     * @param value of a number, or the bits of a 32- or 64-bit one
     * @param bytes of anything longer
     */
    private record Field(int number, long value, ByteBuffer bytes) {
        static List<Field> all(ByteBuffer message) {
            ByteBuffer in = message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            List<Field> fields = new ArrayList<>();
            while (in.hasRemaining()) {
                long tag = varint(in);
                int number = (int) (tag >>> 3);
                switch ((int) tag & 7) {
                    case 0 -> fields.add(new Field(number, varint(in), null));
                    case 1 -> fields.add(new Field(number, in.getLong(), null));
                    case 2 -> {
                        int length = Math.clamp(varint(in), 0, Integer.MAX_VALUE);
                        fields.add(new Field(number, 0, in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN)));
                        in.position(in.position() + length);
                    }
                    case 5 -> fields.add(new Field(number, in.getInt(), null));
                    default -> throw new IllegalArgumentException("it is no ONNX file");
                }
            }
            return fields;
        }

        private static long varint(ByteBuffer in) {
            long value = 0;
            for (int shift = 0; shift < Long.SIZE; shift += 7) {
                byte next = in.get();
                value |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw new IllegalArgumentException("it is no ONNX file");
        }

        String text() {
            return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
        }

        float real() {
            return Float.intBitsToFloat((int) value);
        }

        /** One, or many packed. */
        void addNumbers(List<Long> numbers) {
            if (bytes == null) {
                numbers.add(value);
                return;
            }
            for (ByteBuffer in = bytes.duplicate(); in.hasRemaining(); ) {
                numbers.add(varint(in));
            }
        }
    }
}
