package io.safelight.it;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/** Takes spans by OTLP over HTTP, as protocol buffers: https://github.com/open-telemetry/opentelemetry-proto. */
public final class TraceCollector implements AutoCloseable {
    /** @param parent empty where there is none */
    record Span(String service, String trace, String id, String parent, String name) {}

    private final HttpServer server;
    private final Queue<Span> spans = new ConcurrentLinkedQueue<>();
    private final Queue<String> bodies = new ConcurrentLinkedQueue<>();

    public TraceCollector() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            bodies.add(new String(body, StandardCharsets.ISO_8859_1));
            parts(body, 1).forEach(this::take);
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
    }

    public String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** What was sent, as it came. */
    List<String> bodies() {
        return List.copyOf(bodies);
    }

    public int count() {
        return spans.size();
    }

    List<Span> of(String trace) {
        return spans.stream().filter(span -> span.trace().equals(trace)).toList();
    }

    private void take(byte[] ofAProcess) {
        String service = parts(ofAProcess, 1).flatMap(resource -> parts(resource, 1))
                .filter(attribute -> text(attribute, 1).equals("service.name")).flatMap(attribute -> parts(attribute, 2)).map(value -> text(value, 1)).findFirst().orElse("");
        parts(ofAProcess, 2).flatMap(scope -> parts(scope, 2)).forEach(span ->
                spans.add(new Span(service, hex(span, 1), hex(span, 2), hex(span, 4), text(span, 5))));
    }

    private static String text(byte[] message, int field) {
        return parts(message, field).map(bytes -> new String(bytes, StandardCharsets.UTF_8)).findFirst().orElse("");
    }

    private static String hex(byte[] message, int field) {
        return parts(message, field).map(HexFormat.of()::formatHex).findFirst().orElse("");
    }

    /** The values of a field that is a message, a text or bytes. */
    private static Stream<byte[]> parts(byte[] message, int field) {
        Map<Integer, List<byte[]>> fields = new TreeMap<>();
        try {
            CodedInputStream in = CodedInputStream.newInstance(message);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                    fields.computeIfAbsent(WireFormat.getTagFieldNumber(tag), any -> new ArrayList<>()).add(in.readByteArray());
                } else {
                    in.skipField(tag);
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("this is no OTLP", e);
        }
        return fields.getOrDefault(field, List.of()).stream();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
