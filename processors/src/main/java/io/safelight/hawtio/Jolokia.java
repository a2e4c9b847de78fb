package io.safelight.hawtio;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jolokia.json.JSONStructure;
import org.jolokia.server.core.config.ConfigKey;
import org.jolokia.server.core.config.StaticConfiguration;
import org.jolokia.server.core.http.HttpRequestHandler;
import org.jolokia.server.core.request.EmptyResponseException;
import org.jolokia.server.core.service.JolokiaServiceManagerFactory;
import org.jolokia.server.core.service.api.JolokiaServiceManager;
import org.jolokia.server.core.service.api.LogHandler;
import org.jolokia.service.jmx.LocalRequestHandler;
import org.jolokia.service.serializer.JolokiaSerializer;

/** Answers <a href="https://jolokia.org/reference/html/manual/jolokia_protocol.html">Jolokia's protocol</a> of this process's MBeans, as far as {@link RoutesOnly} has it. */
public final class Jolokia implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Jolokia.class);

    private final JolokiaServiceManager services;
    private final HttpRequestHandler requests;

    public Jolokia() {
        services = JolokiaServiceManagerFactory.createJolokiaServiceManager(new StaticConfiguration(Map.of(
                ConfigKey.AGENT_ID.getKeyValue(), "safelight", ConfigKey.AGENT_CONTEXT.getKeyValue(), "/jolokia",
                ConfigKey.DISCOVERY_ENABLED.getKeyValue(), "false", ConfigKey.INCLUDE_STACKTRACE.getKeyValue(), "false",
                ConfigKey.MIME_TYPE.getKeyValue(), "application/json")), new Log(), new RoutesOnly());
        services.addService(new LocalRequestHandler(1));
        services.addService(new JolokiaSerializer(1));
        requests = new HttpRequestHandler(services.start());
    }

    /**
     * Does nothing: a page of somebody else's can have a browser get what it likes.
     *
     * @param path what follows {@code /jolokia}, such as {@code /list/org.apache.camel}
     * @return JSON, of an error too, whose {@code status} is in it
     */
    public String get(String path, Map<String, String[]> parameters) {
        return answer(() -> {
            if (path.replaceFirst("^/+", "").startsWith("exec")) {
                throw new SecurityException("Operations are asked for by POST.");
            }
            return requests.handleGetRequest(path, path, parameters);
        });
    }

    /** @param body one request, or several in an array; answers like {@link #get} */
    public String post(InputStream body, Map<String, String[]> parameters) {
        return answer(() -> requests.handlePostRequest("/", body, StandardCharsets.UTF_8.name(), parameters));
    }

    @FunctionalInterface
    private interface Request {
        JSONStructure run() throws IOException, EmptyResponseException;
    }

    private String answer(Request request) {
        try {
            return request.run().toJSONString();
        } catch (IOException | EmptyResponseException | RuntimeException e) {
            return requests.handleThrowable(e).toJSONString();
        }
    }

    @Override
    public void close() {
        services.stop();
    }

    /** What Jolokia has to say of requests is in its answers. */
    private static final class Log implements LogHandler {
        @Override
        public void debug(String message) {
            LOG.debug(message);
        }

        @Override
        public void info(String message) {
            LOG.debug(message);
        }

        @Override
        public void error(String message, Throwable cause) {
            LOG.debug(message, cause);
        }

        @Override
        public boolean isDebug() {
            return false;
        }
    }
}
