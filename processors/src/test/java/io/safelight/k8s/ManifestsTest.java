package io.safelight.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.safelight.model.Json;
import io.safelight.scale.Target;
import io.safelight.servers.TestServer;
import io.safelight.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every overlay is right, and a mistake in one is found. */
class ManifestsTest {
    private static final Map<String, Manifests> RENDERED = new ConcurrentHashMap<>();
    private static final String ENV = "/spec/template/spec/containers/0/env";
    private static final String VOLUMES = "/spec/template/spec/volumes";
    private static Schemas schemas;

    // ---- every overlay

    @ParameterizedTest
    @ValueSource(strings = {"local", "local-keda", "production", "spot"})
    void everyObjectIsWhatTheClusterTakes(String overlay) throws Exception {
        List<String> faults = rendered(overlay).objects().stream().flatMap(object -> faults(object).stream()).toList();
        assertEquals("", String.join("\n", faults));
    }

    @ParameterizedTest
    @ValueSource(strings = {"local", "local-keda", "production", "spot"})
    void everyRuleHolds(String overlay) throws Exception {
        assertEquals("", String.join("\n", Rules.faults(rendered(overlay))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"local", "local-keda", "production", "spot"})
    void processesReachWhatTheDesignSaysAndNothingElse(String overlay) throws Exception {
        assertEquals("", String.join("\n", Edges.faults(rendered(overlay), isManaged(overlay))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"keda", "sftp", "canary", "gpu", "observability", "hawtio", "vpa"})
    void everyComponentMayBeTakenOut(String component, @TempDir Path checkout) throws Exception {
        TestServer.run(Path.of("").toAbsolutePath(), Map.of(),
                List.of("cp", "-r", "k8s", "routes", "kamelets", "config", "scripts", "dashboards", checkout.toString()));
        Path production = checkout.resolve("k8s/overlays/production/kustomization.yaml");
        List<String> lines = Files.readAllLines(production);
        assertTrue(lines.remove("  - ../../components/" + component), "the production overlay has no component " + component);
        Files.write(production, lines);
        List<String> faults = Manifests.render(checkout, "spot").objects().stream().flatMap(object -> faults(object).stream()).toList();
        assertEquals("", String.join("\n", faults));
    }

    @Test
    void spotNodesTakeOnlyWhatMayBeTakenAway() throws Exception {
        List<String> tolerant = rendered("spot").pods().stream()
                .filter(pod -> pod.spec().path("tolerations").toString().contains("safelight.io/spot"))
                .map(Manifests.Pod::name).sorted().toList();
        assertEquals(List.of("moderation", "moderation-canary", "processing", "processing-canary"), tolerant);
        assertFalse(rendered("production").pods().stream().anyMatch(pod -> pod.spec().path("tolerations").toString().contains("spot")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"production", "spot"})
    void whatIsComingIsForecast(String overlay) throws Exception {
        for (ObjectNode scaled : rendered(overlay).all("ScaledObject")) {
            JsonNode trigger = scaled.at("/spec/triggers/0/metadata");
            Target target = new Target(trigger.path("messagesPerReplica").asDouble(), trigger.path("replicaRate").asDouble(), Duration.ofMinutes(2));
            assertTrue(target.rate() > 0, () -> trigger + " has no rate, so that nothing can be forecast in replicas");
        }
    }

    // ---- mistakes

    /**
     * One thing done wrong.
     *
     * @param found words of the fault that tells of it
     */
    record Mistake(String what, String overlay, Consumer<Manifests> made, String found) {
        @Override
        public String toString() {
            return what + ", " + overlay;
        }
    }

    static Stream<Mistake> mistakes() {
        String container = "/spec/template/spec/containers/0";
        return Stream.of(
                // names, selectors, ports
                set("selector that selects nothing", "Deployment/processing", "/spec/selector/matchLabels/app.kubernetes.io~1name", "process",
                        "selects other pods"),
                set("selector of another Deployment", "Deployment/processing-canary", "/spec/selector/matchLabels/app.kubernetes.io~1name",
                        "processing", "selects other pods"),
                set("Service without pods", "Service/metadata", "/spec/selector/app.kubernetes.io~1name", "metdata", "Service metadata selects []"),
                set("Service to a port that is not there", "Service/ingress", "/spec/ports/0/targetPort", "web", "sends to port 'web'"),
                set("Service of another port", "Service/serving", "/spec/ports/0/port", 80, "another port than its pods"),
                set("process on another port", "Deployment/ingress", container + "/ports/0/containerPort", 8081, "does not listen on the port"),
                set("object renamed", "Service/metadata", "/metadata/name", "meta", "no Service listens at metadata:8080"),
                set("object in another namespace", "Service/metadata", "/metadata/namespace", "default", "in another namespace"),
                twice("Service/ingress"),
                set("ServiceAccount that is not there", "Deployment/serving", "/spec/template/spec/serviceAccountName", "server",
                        "no ServiceAccount of its own"),
                // what pods are told
                set("variable misspelt", "Deployment/processing", env("SAFELIGHT_ENGINE_MAX_MEMORY") + "/name", "SAFELIGHT_ENGINE_MAXMEMORY",
                        "means nothing to it"),
                set("number that is none", "Deployment/processing", env("SAFELIGHT_ENGINE_CONCURRENCY") + "/value", "two", "write a number"),
                set("group that is not there", "Deployment/lifecycle", env("SAFELIGHT_GROUPS") + "/value", "lifecyle", "runs another group"),
                set("key that its ConfigMap has not", "Deployment/processing", env("SAFELIGHT_STORE_ENDPOINT")
                        + "/valueFrom/configMapKeyRef/key", "endpoint", "which has none"),
                set("ConfigMap that is not there", "Deployment/processing", "/spec/template/spec/volumes/1/configMap/name", "kamelet",
                        "which is not there"),
                set("Secret of another group", "Deployment/serving", env("SAFELIGHT_STORE_IDENTITIES_SERVING_SECRET_KEY")
                        + "/valueFrom/secretKeyRef/name", "metadata", "which is another's"),
                set("identity of another group", "Deployment/serving", env("SAFELIGHT_STORE_IDENTITIES_SERVING_SECRET_KEY") + "/name",
                        "SAFELIGHT_STORE_IDENTITIES_METADATA_SECRET_KEY", "identity of another group"),
                set("Secret without the key", "local", "Secret/metadata", "/data", "remove database-password", "which is not there"),
                set("wrong address of metadata", "Deployment/lifecycle", env("SAFELIGHT_LIFECYCLE_METADATA_URL") + "/value",
                        "http://metadata:80", "no Service listens"),
                set("wrong address of the store", "local", "ConfigMap/servers", "/data/store-endpoint", "http://s3:9001",
                        "no Service listens at s3:9001"),
                set("virtual host that nobody sets up", "local", "ConfigMap/servers", "/data/broker-vhost", "images",
                        "names another virtual host"),
                set("traces to a port that is closed", "Deployment/scaler", env("SAFELIGHT_TRACES_ENDPOINT") + "/value",
                        "http://otel-collector.monitoring:4317", "where no policy lets it"),
                set("listening to itself alone", "Deployment/ingress", env("QUARKUS_HTTP_HOST") + "/value", "127.0.0.1", "listens to itself alone"),
                remove("route that is not mounted", "Deployment/processing", "/spec/template/spec/containers/0/volumeMounts",
                        "/safelight/routes/processing", "does not get routes/processing"),
                set("canary of the old routes", "Deployment/processing-canary", "/spec/template/spec/containers/0/volumeMounts/0/mountPath",
                        "/safelight/routes/_errors.camel.yaml", "processing-canary gets /safelight/routes/_errors"),
                remove("kamelet that is in no ConfigMap", "ConfigMap/kamelets", "/data", "retry-sink.kamelet.yaml",
                        "does not get kamelets/retry-sink"),
                set("setting that is not the checkout's", "ConfigMap/config", "/data/variants.yaml", "variants: []",
                        "gets another config/variants.yaml"),
                remove("calendar that is in no ConfigMap", "ConfigMap/events", "/data", "events.yaml", "scaler does not get config/events.yaml"),
                // what pods may do and take
                set("root", "Deployment/metadata", "/spec/template/spec/securityContext/runAsNonRoot", false, "may run as root"),
                set("writable image", "Deployment/serving", container + "/securityContext/readOnlyRootFilesystem", false, "may write to its image"),
                set("privileges to be gained", "Deployment/serving", container + "/securityContext/allowPrivilegeEscalation", true,
                        "may gain privileges"),
                set("cookie on a volume", "local", "StatefulSet/rabbitmq", container + "/volumeMounts/0/mountPath", "/var/lib/rabbitmq", "Erlang's cookie"),
                set("token nobody uses", "Deployment/metadata", "/spec/template/spec/automountServiceAccountToken", true,
                        "token of the Kubernetes API"),
                remove("scratch without a limit", "Deployment/processing", "/spec/template/spec/volumes/4/emptyDir", "sizeLimit",
                        "volume without a limit"),
                set("namespace that takes any pod", "Namespace/safelight", "/metadata/labels/pod-security.kubernetes.io~1enforce", "baseline",
                        "'restricted'"),
                set("image of the day", "Deployment/processing", container + "/image", "registry.example.com/safelight:latest", "not pinned"),
                set("memory that its decoders exceed", "Deployment/processing", container + "/resources/limits/memory", "3Gi", "may need"),
                set("one decoder more than fits", "Deployment/processing", env("SAFELIGHT_ENGINE_CONCURRENCY") + "/value", "3", "may need"),
                set("request above the limit", "Deployment/ingress", container + "/resources/requests/cpu", "2", "requests more cpu"),
                remove("no limit", "Deployment/ingress", container + "/resources/limits", "memory", "no limit of memory"),
                set("/tmp that one start fills", "Deployment/moderation", volume("tmp") + "/emptyDir/sizeLimit", "1Gi", "no room in /tmp"),
                set("CUDA for a copy of files", "Deployment/metadata", "/spec/template/spec/initContainers/0/image",
                        "registry.example.com/safelight-gpu:0.1.0", "metadata pulls CUDA"),
                remove("card anywhere", "Deployment/moderation", "/spec/template/spec", "nodeSelector", "has a card and no node"),
                // life of a pod
                set("probe of a path that is not there", "Deployment/ingress", container + "/readinessProbe/httpGet/path", "/health/ready",
                        "not the path"),
                set("liveness that fails with the broker", "Deployment/ingress", container + "/livenessProbe/httpGet/path", "/q/health/ready",
                        "not the path"),
                set("probe of a port that is not there", "Deployment/ingress", container + "/livenessProbe/httpGet/port", "web", "asks port 'web'"),
                set("start that is not waited for", "Deployment/moderation", container + "/startupProbe/failureThreshold", 3,
                        "less than a minute to start"),
                set("drain cut short", "Deployment/processing", "/spec/template/spec/terminationGracePeriodSeconds", 20,
                        "killed before it has drained"),
                remove("no pause before the stop", "Deployment/serving", container, "lifecycle", "while it is still sent some"),
                set("two scalers in a rollout", "Deployment/scaler", "/spec/strategy/type", "RollingUpdate", "not the rollout"),
                set("two that sweep", "Deployment/lifecycle", env("SAFELIGHT_LEASES") + "/value", "none", "leases are held by"),
                set("lease without a token", "Deployment/ingress-sftp", "/spec/template/spec/automountServiceAccountToken", false, "has no token"),
                set("lease that may not be held", "RoleBinding/lifecycle-leases", "/subjects/0/name", "default", "a role is bound to"),
                set("role that is not there", "RoleBinding/lifecycle-leases", "/roleRef/name", "lease", "binds a role"),
                set("right to more than leases", "Role/leases", "/rules/1/resources/0", "secrets", "gives"),
                set("fewer in a rollout", "Deployment/processing", "/spec/strategy/rollingUpdate/maxUnavailable", 1, "not the rollout"),
                set("rollout of two at a time", "Deployment/metadata", "/spec/strategy/rollingUpdate/maxSurge", "25%", "not the rollout"),
                // how many
                set("more connections than there are", "ScaledObject/metadata", "/spec/maxReplicaCount", 6, "more connections than it has"),
                set("more at least than at most", "ScaledObject/processing", "/spec/minReplicaCount", 60, "from 60 to 50"),
                set("fallback to fewer", "ScaledObject/moderation", "/spec/fallback/behavior", "static", "where nothing is known"),
                set("batches that never fill", "ScaledObject/moderation", "/spec/triggers/0/metadata/messagesPerReplica", "16", "batches never fill"),
                set("lane that nobody counts", "ScaledObject/processing", "/spec/triggers/1/metadata/queue", "processing",
                        "is not scaled by [processing.slow]"),
                set("queue of another group", "ScaledObject/moderation", "/spec/triggers/0/metadata/queue", "processing",
                        "counts the queue 'processing'"),
                set("rate that is none", "ScaledObject/processing", "/spec/triggers/0/metadata/replicaRate", "quick", "a replicaRate that is no number"),
                set("queue that is not there", "ScaledObject/metadata", "/spec/triggers/0/metadata/queue", "events", "counts the queue 'events'"),
                set("scaler elsewhere", "ScaledObject/metadata", "/spec/triggers/0/metadata/scalerAddress",
                        "scaler.safelight.svc.cluster.local:9090", "asks nobody"),
                set("replicas beside an autoscaler", "Deployment/serving", "/spec/replicas", 2, "undoes at each apply"),
                set("autoscaler of nothing", "HorizontalPodAutoscaler/serving", "/spec/scaleTargetRef/name", "server", "which is not there"),
                set("nervous autoscaler", "HorizontalPodAutoscaler/ingress", "/spec/behavior/scaleDown/stabilizationWindowSeconds", 0, "first lull"),
                set("budget that blocks a drain", "PodDisruptionBudget/processing", "/spec/maxUnavailable", 0, "no node be drained"),
                set("budget that blocks a drain of fewer", "PodDisruptionBudget/processing", "/spec", Map.of("minAvailable", 2), "where fewer run"),
                set("budget of no pods", "PodDisruptionBudget/metadata", "/spec/selector/matchLabels/app.kubernetes.io~1name", "meta", "selects []"),
                set("recommendation that is carried out", "VerticalPodAutoscaler/metadata", "/spec/updatePolicy/updateMode", "Auto",
                        "more than recommend"),
                // from outside
                set("path to another group", "Ingress/upload", "/spec/rules/0/http/paths/0/backend/service/name", "serving",
                        "leads /upload to serving"),
                set("uploads of a megabyte", "Ingress/upload", "/metadata/annotations/nginx.ingress.kubernetes.io~1proxy-body-size", "1m",
                        "large upload"),
                set("bodies that classify refuses", "Ingress/classify", "/metadata/annotations/nginx.ingress.kubernetes.io~1proxy-body-size", "110m",
                        "the gateway sends classify bodies of up to '110m'"),
                set("limit that the gateway does not know", "Deployment/classify", env("SAFELIGHT_UPLOAD_MAX_BYTES") + "/value", "50M",
                        "the gateway sends classify bodies of up to '22m'"),
                remove("lists of hashes of a megabyte", "Ingress/api", "/metadata/annotations", "nginx.ingress.kubernetes.io/proxy-body-size",
                        "the gateway sends metadata bodies of up to ''"),
                remove("API open to the world", "Ingress/api", "/metadata/annotations", "nginx.ingress.kubernetes.io/whitelist-source-range",
                        "opens the API"),
                set("API at the world's gateway", "Ingress/api", "/spec/ingressClassName", "nginx", "opens the API"),
                set("host at two gateways", "Ingress/serving-internal", "/spec/ingressClassName", "nginx", "is at two gateways"),
                set("range that is none", "Ingress/api", "/metadata/annotations/nginx.ingress.kubernetes.io~1whitelist-source-range",
                        "10.0.0.0/33", "is no CIDR"),
                set("metrics elsewhere", "PodMonitor/safelight", "/spec/podMetricsEndpoints/0/path", "/metrics", "where no metrics are"),
                set("alert on no metric", "PrometheusRule/safelight", "/spec/groups/0/rules/0/expr", "max(dead_letters_oldest_seconds) > 900",
                        "which no page knows"),
                // the network
                drop("edge to the store", "to-store", "missing is ingress → store"),
                drop("edge to DNS", "to-dns", "missing is classify → dns"),
                set("the cloud's metadata", "NetworkPolicy/to-dns", "/spec/egress/0/ports/1/port", 80, "not in the design is classify → dns TCP 80"),
                drop("edge of the scaler", "from-keda", "missing is keda → scaler"),
                drop("edge of the scaler to the broker", "to-broker-for-scaler", "missing is scaler → broker TCP 5671"),
                set("scaler to the broker without TLS", "NetworkPolicy/to-broker-for-scaler", "/spec/egress/0/ports/0/port", 5672,
                        "not in the design is scaler → broker TCP 5672"),
                set("address of what may not be reached", "Deployment/classify", env("SAFELIGHT_ENGINE_CONCURRENCY") + "/name", "SAFELIGHT_BROKER_URI",
                        "classify is told where the broker is"),
                set("edge that nobody uses", "Deployment/lifecycle", env("SAFELIGHT_LIFECYCLE_METADATA_URL") + "/name", "SAFELIGHT_LIFECYCLE_EVERY",
                        "lifecycle may reach the metadata, and is not told where it is"),
                set("metadata for serving", "NetworkPolicy/to-metadata", "/spec/podSelector/matchExpressions/0/values/0", "serving",
                        "serving may reach metadata TCP 8080, which does not let it in"),
                drop("default deny", "default-deny", "no policy holds"),
                set("database for processing", "NetworkPolicy/to-database", "/spec/podSelector/matchExpressions/0/values/0", "processing",
                        "not in the design is processing → database"),
                set("database on another port", "NetworkPolicy/to-database", "/spec/egress/0/ports/0/port", 5433, "not in the design"),
                set("the whole internet", "NetworkPolicy/to-webhooks", "/spec/egress/0/to/0/ipBlock/cidr", "0.0.0.0/0", "no valid, narrow CIDR"),
                set("CIDR that is none", "NetworkPolicy/to-store", "/spec/egress/0/to/0/ipBlock/cidr", "203.0.113.300/28", "no valid, narrow CIDR"),
                remove("rule without peers", "NetworkPolicy/to-broker", "/spec/egress/0", "to", "reach everything"),
                remove("rule without ports", "NetworkPolicy/to-broker", "/spec/egress/0", "ports", "opens every port"),
                set("gateway to processing", "NetworkPolicy/from-gateway", "/spec/podSelector/matchExpressions/0/values/0", "processing",
                        "not in the design is gateway → processing"),
                set("another namespace's gateway", "NetworkPolicy/from-gateway",
                        "/spec/ingress/0/from/0/namespaceSelector/matchLabels/kubernetes.io~1metadata.name", "default",
                        "names the namespace 'default'"),
                set("door that stays shut", "local", "NetworkPolicy/at-postgresql",
                        "/spec/ingress/0/from/0/podSelector/matchExpressions/0/values/0", "serving", "which does not let it in"),
                set("user that nobody makes", "local-keda", "ConfigMap/local-scripts", "/data/users.sh", "user scaler '^$' '^$'",
                        "makes no user scaler management"),
                set("door that stays shut to the scaler", "local-keda", "NetworkPolicy/at-rabbitmq",
                        "/spec/ingress/0/from/0/podSelector/matchExpressions/0/values/5", "lifecycle",
                        "scaler may reach rabbitmq TCP 5672, which does not let it in"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void mistakeIsFound(Mistake mistake) throws Exception {
        Manifests wrong = rendered(mistake.overlay).copy();
        mistake.made.accept(wrong);
        List<String> faults = new ArrayList<>(Rules.faults(wrong));
        faults.addAll(Edges.faults(wrong, isManaged(mistake.overlay)));
        assertTrue(faults.stream().anyMatch(fault -> fault.contains(mistake.found)), () -> "not among " + faults);
    }

    /** The names of an API are many, so all of them are tried: each field of each object, misspelt. */
    @ParameterizedTest
    @ValueSource(strings = {"local", "production"})
    void everyMisspeltFieldIsFound(String overlay) throws Exception {
        Set<String> free = Set.of("data", "binaryData", "labels", "annotations", "matchLabels", "nodeSelector", "limits", "requests", "selector",
                "metadata");
        List<String> missed = new ArrayList<>();
        int tried = 0;
        for (ObjectNode object : rendered(overlay).objects()) {
            for (Field field : fields(object, "", free)) {
                JsonNode value = field.parent.remove(field.name);
                field.parent.set(field.name + "x", value);
                if (faults(object).isEmpty()) {
                    missed.add(Manifests.name(object) + field.path);
                }
                tried++;
                field.parent.remove(field.name + "x");
                field.parent.set(field.name, value);
            }
        }
        assertEquals(List.of(), missed);
        assertTrue(tried > 1_000, tried + " fields tried");
    }

    private record Field(ObjectNode parent, String name, String path) {}

    /** But for those whose names are the author's own. */
    private static List<Field> fields(JsonNode node, String path, Set<String> free) {
        List<Field> fields = new ArrayList<>();
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> {
                boolean namedByTheAuthor = free.contains(path.replaceFirst(".*/", "")) && !path.equals("/metadata") && !path.endsWith("selector")
                        || path.equals("/spec/selector") && object.path("matchLabels").isMissingNode();
                if (!namedByTheAuthor) {
                    fields.add(new Field(object, field.getKey(), path + "/" + field.getKey()));
                    fields.addAll(fields(field.getValue(), path + "/" + field.getKey(), free));
                }
            });
        } else if (node instanceof ArrayNode array) {
            array.forEach(item -> fields.addAll(fields(item, path, free)));
        }
        return fields;
    }

    @Test
    void valueOfAnotherTypeIsFound() throws Exception {
        ObjectNode deployment = rendered("production").copy().find("Deployment", "lifecycle").orElseThrow();
        ((ObjectNode) deployment.path("spec")).put("replicas", "one");
        assertEquals(List.of("Deployment lifecycle.spec.replicas: \"one\" is no whole number"), faults(deployment));
    }

    // ---- how a mistake is made

    private static Mistake set(String what, String object, String pointer, Object value, String found) {
        return set(what, "production", object, pointer, value, found);
    }

    private static Mistake set(String what, String overlay, String object, String pointer, Object value, String found) {
        return new Mistake(what, overlay, manifests -> {
            String key = pointer.substring(pointer.lastIndexOf('/') + 1).replace("~1", "/");
            JsonNode parent = get(manifests, object).at(pointer(manifests, object, pointer.substring(0, pointer.lastIndexOf('/'))));
            if (value instanceof String text && text.startsWith("remove ")) {
                ((ObjectNode) parent.path(key)).remove(text.substring("remove ".length()));
            } else if (parent instanceof ArrayNode array) {
                array.set(Integer.parseInt(key), Json.MAPPER.<JsonNode>valueToTree(value));
            } else {
                ((ObjectNode) parent).set(key, Json.MAPPER.valueToTree(value));
            }
        }, found);
    }

    /** A key of a mapping, or the mount at a path. */
    private static Mistake remove(String what, String object, String pointer, String key, String found) {
        return new Mistake(what, "production", manifests -> {
            JsonNode parent = get(manifests, object).at(pointer);
            if (parent instanceof ArrayNode array) {
                List<JsonNode> kept = Manifests.list(array).stream().filter(item -> !item.path("mountPath").asText().equals(key)).toList();
                array.removeAll().addAll(kept);
            } else {
                ((ObjectNode) parent).remove(key);
            }
        }, found);
    }

    private static Mistake drop(String what, String policy, String found) {
        return new Mistake(what + " dropped", "production", manifests -> manifests.objects().remove(get(manifests, "NetworkPolicy/" + policy)),
                found);
    }

    private static Mistake twice(String object) {
        return new Mistake("the same object twice", "production", manifests -> manifests.objects().add(get(manifests, object).deepCopy()),
                "is there twice");
    }

    private static ObjectNode get(Manifests manifests, String object) {
        String[] parts = object.split("/");
        return manifests.find(parts[0], parts[1]).orElseThrow(() -> new AssertionError("there is no " + object));
    }

    private static String env(String variable) {
        return ENV + "/" + variable;
    }

    private static String volume(String name) {
        return VOLUMES + "/" + name;
    }

    /** With the place of a variable or a volume in its list, where the pointer has its name. */
    private static String pointer(Manifests manifests, String object, String pointer) {
        Optional<String> list = Stream.of(ENV, VOLUMES).filter(l -> pointer.matches(l + "/\\D.*")).findFirst();
        if (list.isEmpty()) {
            return pointer;
        }
        String[] rest = pointer.substring(list.get().length() + 1).split("/", 2);
        List<JsonNode> entries = Manifests.list(get(manifests, object).at(list.get()));
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).path("name").asText().equals(rest[0])) {
                return list.get() + "/" + i + (rest.length > 1 ? "/" + rest[1] : "");
            }
        }
        throw new AssertionError("there is no " + rest[0] + " in " + list.get());
    }

    // ---- what they are made in

    private static Manifests rendered(String overlay) throws IOException, InterruptedException {
        if (!RENDERED.containsKey(overlay)) {
            RENDERED.put(overlay, Manifests.render(overlay));
        }
        return RENDERED.get(overlay);
    }

    private static boolean isManaged(String overlay) {
        return !overlay.startsWith("local");
    }

    private static List<String> faults(ObjectNode object) {
        if (schemas == null) {
            schemas = Schemas.read(SharedData.files("k8s"));
        }
        return schemas.faults(object);
    }
}
