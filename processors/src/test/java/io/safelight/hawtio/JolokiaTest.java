package io.safelight.hawtio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.model.Json;
import java.io.ByteArrayInputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JolokiaTest {
    private static final String ROUTE = "org.apache.camel:context=test,type=routes,name=\"one\"";

    /** As much of a route as is asked here. */
    public interface RouteMBean {
        String getState();

        void start();

        void remove();

        String dumpRouteAsXml();

        String dumpRouteAsXml(boolean resolvePlaceholders);
    }

    private final class Route implements RouteMBean {
        @Override
        public String getState() {
            return "Stopped";
        }

        @Override
        public void start() {
            done.add("start");
        }

        @Override
        public void remove() {
            done.add("remove");
        }

        @Override
        public String dumpRouteAsXml() {
            return "<route/>";
        }

        @Override
        public String dumpRouteAsXml(boolean resolvePlaceholders) {
            return "<route password='secret'/>";
        }
    }

    private final List<String> done = new ArrayList<>();
    private final Jolokia jolokia = new Jolokia();

    @BeforeEach
    void register() throws Exception {
        ManagementFactory.getPlatformMBeanServer().registerMBean(new StandardMBean(new Route(), RouteMBean.class), new ObjectName(ROUTE));
    }

    @AfterEach
    void unregister() throws Exception {
        jolokia.close();
        ManagementFactory.getPlatformMBeanServer().unregisterMBean(new ObjectName(ROUTE));
    }

    private JsonNode ask(String request) throws Exception {
        return Json.MAPPER.readTree(jolokia.post(new ByteArrayInputStream(request.getBytes(StandardCharsets.UTF_8)), Map.of()));
    }

    private JsonNode exec(String operation, Object... arguments) throws Exception {
        return ask(Json.MAPPER.writeValueAsString(Map.of("type", "exec", "mbean", ROUTE, "operation", operation, "arguments", arguments)));
    }

    @Test
    void tellsOfARoute() throws Exception {
        assertEquals("Stopped", ask(Json.MAPPER.writeValueAsString(Map.of("type", "read", "mbean", ROUTE, "attribute", "State"))).path("value").asText());
        assertEquals("<route/>", exec("dumpRouteAsXml()").path("value").asText());
    }

    @Test
    void startsARoute() throws Exception {
        assertEquals(200, exec("start()").path("status").asInt());
        assertEquals(List.of("start"), done);
    }

    @Test
    void doesNothingThatIsAskedByGet() throws Exception {
        for (String path : List.of("/exec/" + ROUTE + "/start()", "//exec/" + ROUTE + "/start", "exec/" + ROUTE + "/start")) {
            assertEquals(403, Json.MAPPER.readTree(jolokia.get(path, Map.of())).path("status").asInt(), path);
        }
        assertEquals(List.of(), done);
        assertEquals("Stopped", Json.MAPPER.readTree(jolokia.get("/read/" + ROUTE + "/State", Map.of())).path("value").asText());
    }

    @Test
    void removesNothingAndResolvesNoPlaceholder() throws Exception {
        assertEquals(403, exec("remove()").path("status").asInt());
        assertEquals(403, exec("dumpRouteAsXml(boolean)", true).path("status").asInt());
        assertFalse(exec("dumpRouteAsXml", true).toString().contains("secret"));
        assertEquals(List.of(), done);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{'type':'read','mbean':'java.lang:type=Runtime','attribute':'SystemProperties'}",
        "{'type':'read','mbean':'java.lang:type=Runtime'}",
        "{'type':'exec','mbean':'com.sun.management:type=DiagnosticCommand','operation':'vmSystemProperties'}",
        "{'type':'write','mbean':'java.lang:type=Memory','attribute':'Verbose','value':true}"})
    void tellsNothingOfTheRest(String request) throws Exception {
        JsonNode answer = ask(request.replace('\'', '"'));

        assertFalse(answer.has("value"), answer.toString());
    }

    @Test
    void listsAndFindsOnlyWhatIsCamels() throws Exception {
        assertEquals("[\"org.apache.camel\"]", Json.MAPPER.writeValueAsString(ask("{\"type\":\"list\"}").path("value").properties().stream().map(Map.Entry::getKey).toList()));
        assertEquals(1, ask("{\"type\":\"search\",\"mbean\":\"*:*\"}").path("value").size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "[", "{}", "{\"type\":\"nonsense\"}", "42", "null"})
    void saysThatARequestIsNone(String request) throws Exception {
        JsonNode answer = ask(request);

        assertTrue(answer.path("status").asInt() >= 400 && answer.has("error"), answer.toString());
    }
}
