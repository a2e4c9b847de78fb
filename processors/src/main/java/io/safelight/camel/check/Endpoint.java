package io.safelight.camel.check;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * An endpoint as a step names it.
 *
 * @param node       the {@code from}, {@code to}, … mapping; its key is the kind of step
 * @param uri        the text that names it
 * @param scheme     such as {@code aws2-s3}; empty where a placeholder stands for it
 * @param path       what follows the scheme, without options
 * @param parameters the options, by name
 */
record Endpoint(Yaml node, Yaml uri, String scheme, String path, Map<String, Yaml> parameters) {
    private static final Set<String> LEAVING = Set.of("spring-rabbitmq", "amqp", "jms", "kafka", "aws2-s3", "sftp", "ftp", "ftps",
            "http", "https", "rest", "vertx-http", "netty-http", "jdbc", "sql", "grpc", "smtp", "smtps", "kubernetes-leases");
    /** A question mark that is not that of an optional placeholder. */
    private static final Pattern QUERY = Pattern.compile("(?<!\\{\\{)\\?");
    private static final Set<String> DYNAMIC = Set.of("toD", "wireTap", "enrich", "pollEnrich");

    static Endpoint of(Yaml node) {
        Yaml uri = node.isScalar() ? node : node.get("uri");
        if (!uri.exists()) {
            // enrich and pollEnrich name their endpoint by an expression
            uri = node.get("expression").scalars().filter(n -> n.key().equals("expression")).findFirst().orElse(uri);
        }
        String text = uri.text();
        String name = QUERY.split(text, 2)[0];
        int colon = name.indexOf(':');
        String scheme = colon < 0 ? name : name.substring(0, colon);
        String path = colon < 0 ? "" : name.substring(colon + 1).replaceFirst("^//", "");
        boolean known = scheme.matches("[a-zA-Z][\\w.+-]*");
        return new Endpoint(node, uri, known ? scheme : "", path, node.get("parameters").entries());
    }

    boolean hasQuery() {
        return QUERY.matcher(uri.text()).find();
    }

    boolean isSource() {
        return node.key().equals("from");
    }

    /** Named anew for every message, so {@code ${…}} may stand in it. */
    boolean isDynamic() {
        return DYNAMIC.contains(node.key());
    }

    boolean isKamelet() {
        return scheme.equals("kamelet");
    }

    /** The kamelet's name; a route id may follow it. */
    String kamelet() {
        return isKamelet() ? path.replaceFirst("/.*", "") : "";
    }

    /** Whether the step hands the message to another process, itself or inside the kamelet it calls. */
    boolean leaves(Project project) {
        return isKamelet()
                ? kamelet().endsWith("-sink") || project.kamelet(kamelet()).map(k -> k.leaves(project)).orElse(false)
                : LEAVING.contains(scheme);
    }

    String parameter(String name) {
        return parameters.containsKey(name) ? parameters.get(name).text() : "";
    }
}
