package io.safelight.moderate.djl;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.safelight.moderate.djl.OnnxGraph.Node;
import io.safelight.moderate.djl.OnnxGraph.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A graph in MXNet's words: its operations as JSON, its constants as MXNet 1.x saves arrays ({@code src/ndarray/ndarray.cc}). */
final class MxNetFiles {
    private static final int VERSION = 10900;
    private static final long LIST_OF_ARRAYS = 0x112;
    private static final int ARRAY = 0xF993FAC9;
    private static final int DENSE = 0;
    private static final int ON_CPU = 1;
    private static final int FLOAT_32 = 0;

    private final OnnxGraph graph;
    private final List<Map<String, Object>> nodes = new ArrayList<>();
    private final List<Integer> variables = new ArrayList<>();
    /** Where what has this name in the graph is computed. */
    private final Map<String, Integer> places = new HashMap<>();
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();

    private MxNetFiles(OnnxGraph graph) {
        this.graph = graph;
    }

    /** @throws IllegalArgumentException naming an operation that is not translated */
    static MxNetFiles of(OnnxGraph graph) {
        MxNetFiles files = new MxNetFiles(graph);
        files.variable(graph.input());
        graph.nodes().forEach(files::translate);
        if (!files.places.containsKey(graph.output())) {
            throw new IllegalArgumentException("nothing computes its output " + graph.output());
        }
        return files;
    }

    private void translate(Node node) {
        List<String> in = node.inputs();
        switch (node.operation()) {
            case "Conv" -> convolution(node);
            case "MaxPool" -> pooling(node, "max", -Float.MAX_VALUE);
            case "AveragePool" -> pooling(node, "avg", 0);
            case "GlobalAveragePool" -> add(node.output(), "Pooling", Map.of("global_pool", "True", "pool_type", "avg", "kernel", "(1, 1)"), in);
            case "Gemm" -> fullyConnected(node);
            case "Clip" -> add(node.output(), "clip", Map.of("a_min", bound(node, 1, "min", -Float.MAX_VALUE), "a_max", bound(node, 2, "max", Float.MAX_VALUE)),
                    in.subList(0, 1));
            case "Relu" -> add(node.output(), "Activation", Map.of("act_type", "relu"), in);
            case "Sigmoid" -> add(node.output(), "sigmoid", Map.of(), in);
            case "Softmax" -> add(node.output(), "softmax", Map.of("axis", node.number("axis", -1)), in);
            case "Flatten" -> {
                demand(node, node.number("axis", 1) == 1);
                add(node.output(), "Flatten", Map.of(), in);
            }
            case "Concat" -> add(node.output(), "Concat", Map.of("dim", node.number("axis", 1), "num_args", in.size()), in);
            case "Transpose" -> add(node.output(), "transpose", Map.of("axes", tuple(node.numbers("perm"))), in);
            case "Identity", "Dropout" -> add(node.output(), "identity", Map.of(), in.subList(0, 1));
            case "Add" -> add(node.output(), "broadcast_add", Map.of(), in);
            case "Sub" -> add(node.output(), "broadcast_sub", Map.of(), in);
            case "Mul" -> add(node.output(), "broadcast_mul", Map.of(), in);
            case "Div" -> add(node.output(), "broadcast_div", Map.of(), in);
            default -> throw new IllegalArgumentException("the operation %s is not translated".formatted(node.operation()));
        }
    }

    private void convolution(Node node) {
        List<String> in = new ArrayList<>(node.inputs());
        long[] pads = sides(node);
        if (!isEven(pads)) {
            in.set(0, padded(node, pads, 0));
            pads = new long[4];
        }
        Tensor weights = constant(node, 1);
        add(node.output(), "Convolution", Map.of("kernel", tuple(weights.shape()[2], weights.shape()[3]), "stride", tuple(node.numbers("strides", 1, 1)),
                "dilate", tuple(node.numbers("dilations", 1, 1)), "pad", tuple(pads[0], pads[1]), "num_filter", weights.shape()[0],
                "num_group", node.number("group", 1), "no_bias", in.size() < 3 ? "True" : "False"), in);
    }

    private void pooling(Node node, String type, float outside) {
        demand(node, node.number("ceil_mode", 0) == 0 && Arrays.stream(node.numbers("dilations", 1, 1)).allMatch(d -> d == 1));
        List<String> in = new ArrayList<>(node.inputs());
        long[] pads = sides(node);
        boolean counted = node.number("count_include_pad", 0) == 1;
        if (!isEven(pads)) {
            demand(node, type.equals("max") || counted);
            in.set(0, padded(node, pads, outside));
            pads = new long[4];
        }
        add(node.output(), "Pooling", Map.of("kernel", tuple(node.numbers("kernel_shape")), "stride", tuple(node.numbers("strides", 1, 1)),
                "pad", tuple(pads[0], pads[1]), "pool_type", type, "count_include_pad", counted ? "True" : "False"), in);
    }

    /** Top, left, bottom, right. */
    private static long[] sides(Node node) {
        demand(node, node.text("auto_pad", "NOTSET").equals("NOTSET"));
        return node.numbers("pads", 0, 0, 0, 0);
    }

    private static boolean isEven(long[] pads) {
        return pads[0] == pads[2] && pads[1] == pads[3];
    }

    private String padded(Node node, long[] pads, float value) {
        String name = node.output() + "_padded";
        add(name, "Pad", Map.of("mode", "constant", "constant_value", value, "pad_width", tuple(0, 0, 0, 0, pads[0], pads[2], pads[1], pads[3])),
                node.inputs().subList(0, 1));
        return name;
    }

    private void fullyConnected(Node node) {
        demand(node, node.real("alpha", 1) == 1 && node.real("beta", 1) == 1 && node.number("transA", 0) == 0);
        List<String> in = new ArrayList<>(node.inputs());
        Tensor weights = constant(node, 1);
        if (node.number("transB", 0) == 0) {
            weights = turned(weights);
            in.set(1, node.output() + "_weights");
            parameter(in.get(1), weights);
        }
        add(node.output(), "FullyConnected", Map.of("num_hidden", weights.shape()[0], "no_bias", in.size() < 3 ? "True" : "False"), in);
    }

    private static Tensor turned(Tensor matrix) {
        int rows = (int) matrix.shape()[0];
        int columns = (int) matrix.shape()[1];
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = matrix.values()[i % rows * columns + i / rows];
        }
        return new Tensor(new long[] {columns, rows}, values);
    }

    private float bound(Node node, int input, String attribute, float otherwise) {
        boolean given = node.inputs().size() > input && !node.inputs().get(input).isEmpty();
        return given ? constant(node, input).values()[0] : node.real(attribute, otherwise);
    }

    private Tensor constant(Node node, int input) {
        Tensor constant = graph.constants().get(node.inputs().get(input));
        demand(node, constant != null);
        return constant;
    }

    private static void demand(Node node, boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException("the operation %s is not translated with %s".formatted(node.operation(), node.attributes().keySet()));
        }
    }

    private void add(String name, String operation, Map<String, Object> attributes, List<String> inputs) {
        List<List<Integer>> from = inputs.stream().map(input -> List.of(place(input), 0, 0)).toList();
        place(name, Map.of("op", operation, "name", name, "inputs", from,
                "attrs", attributes.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().toString()))));
    }

    private int place(String name) {
        if (!places.containsKey(name)) {
            Tensor constant = graph.constants().get(name);
            if (constant == null) {
                throw new IllegalArgumentException("nothing computes " + name);
            }
            parameter(name, constant);
        }
        return places.get(name);
    }

    private void parameter(String name, Tensor constant) {
        parameters.put(name, constant);
        variable(name);
    }

    private void variable(String name) {
        variables.add(nodes.size());
        place(name, Map.of("op", "null", "name", name, "inputs", List.of()));
    }

    private void place(String name, Map<String, Object> node) {
        places.put(name, nodes.size());
        nodes.add(node);
    }

    private static String tuple(long... numbers) {
        return LongStream.of(numbers).mapToObj(Long::toString).collect(Collectors.joining(", ", "(", ")"));
    }

    /** As DJL looks for them: {@code name-symbol.json} and {@code name-0000.params}. */
    void write(Path folder, String name) throws IOException {
        Map<String, Object> symbol = Map.of("nodes", nodes, "arg_nodes", variables, "node_row_ptr", IntStream.rangeClosed(0, nodes.size()).toArray(),
                "heads", List.of(List.of(places.get(graph.output()), 0, 0)), "attrs", Map.of("mxnet_version", List.of("int", VERSION)));
        new ObjectMapper().writeValue(folder.resolve(name + "-symbol.json").toFile(), symbol);
        try (OutputStream out = Files.newOutputStream(folder.resolve(name + "-0000.params"))) {
            out.write(little(24).putLong(LIST_OF_ARRAYS).putLong(0).putLong(parameters.size()).array());
            for (Tensor tensor : parameters.values()) {
                long[] shape = tensor.shape().length == 0 ? new long[] {1} : tensor.shape();
                ByteBuffer array = little(24 + Long.BYTES * shape.length + Float.BYTES * tensor.values().length).putInt(ARRAY).putInt(DENSE).putInt(shape.length);
                LongStream.of(shape).forEach(array::putLong);
                array.putInt(ON_CPU).putInt(0).putInt(FLOAT_32).asFloatBuffer().put(tensor.values());
                out.write(array.array());
            }
            out.write(little(Long.BYTES).putLong(parameters.size()).array());
            for (String parameter : parameters.keySet()) {
                byte[] text = ("arg:" + parameter).getBytes(StandardCharsets.UTF_8);
                out.write(little(Long.BYTES + text.length).putLong(text.length).put(text).array());
            }
        }
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
