package io.safelight.k8s;

import static io.safelight.k8s.Manifests.list;
import static io.safelight.k8s.Manifests.name;
import static io.safelight.k8s.Manifests.texts;
import static io.safelight.k8s.Manifests.withoutHash;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.safelight.config.ConfigReference;
import io.safelight.dashboards.Queries;
import io.safelight.k8s.Manifests.Pod;
import io.safelight.model.Topology.Work;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What must hold of the manifests beside their schemas: that names lead somewhere, and that what is promised elsewhere is what is set here. */
final class Rules {
    private static final String HOME = "/safelight/";
    private static final Map<String, String> PROBES = Map.of("startupProbe", "/q/health/started", "readinessProbe", "/q/health/ready",
            "livenessProbe", "/q/health/live");
    /** Settings of others that our pods may have; what they may be. */
    private static final String COLLECTOR = "http://otel-collector.monitoring:4318";
    private static final Map<String, String> OTHER_VARIABLES = Map.of("JAVA_OPTS", "(-X\\S+ ?)+", "QUARKUS_HTTP_HOST", "0\\.0\\.0\\.0");
    /** What each Secret holds. A group's own is named after it. */
    private static final Map<String, Set<String>> SECRETS = Map.ofEntries(
            Map.entry("ingress", Set.of("broker-uri", "access-key", "secret-key")),
            Map.entry("processing", Set.of("broker-uri", "access-key", "secret-key")),
            Map.entry("moderation", Set.of("broker-uri", "access-key", "secret-key")),
            Map.entry("metadata", Set.of("broker-uri", "access-key", "secret-key", "database-password")),
            Map.entry("serving", Set.of("access-key", "secret-key")),
            Map.entry("lifecycle", Set.of("broker-uri", "access-key", "secret-key")),
            Map.entry("scaler", Set.of("broker-uri")),
            Map.entry("links", Set.of("keys")),
            Map.entry("hawtio", Set.of("password")),
            Map.entry("sftp", Set.of("private-key", "known-hosts")),
            Map.entry("setup-rabbitmq", Set.of("user", "password")),
            Map.entry("setup-buckets", Set.of("access-key", "secret-key")));
    /** Who looks into routes looks into those of any group. */
    private static final Set<String> SECRETS_OF_ALL = Set.of("hawtio");
    private static final Map<String, Set<String>> SHARED_SECRETS = Map.of("metadata", Set.of("links"), "serving", Set.of("links"), "ingress",
            Set.of("sftp"));
    /** The group whose paths begin so. */
    private static final Map<String, String> PATHS = Map.of("/upload", "ingress", "/files", "ingress", "/api", "metadata", "/", "metadata",
            "/console", "metadata", "/i", "serving", "/classify", "classify");
    /** Images, or lists of hashes. */
    private static final Set<String> TAKES_BODIES = Set.of("ingress", "classify", "metadata");
    /** Of these one process at a time is at work. */
    private static final Set<String> HOLDERS = Set.of("lifecycle", "ingress-sftp");
    private static final Set<String> RIGHTS = Set.of("create leases", "get leases safelight-lifecycle", "update leases safelight-lifecycle", "get leases safelight-sftp",
            "update leases safelight-sftp");
    private static final Pattern QUEUES = Pattern.compile("(?m)^ +queues: (\\S+)$");
    /** Read by the scaler alone, so that a new event is no rollout of the others. */
    private static final Path CALENDAR = Path.of("config/events.yaml");
    /** What a version is, beside its code; config is the cluster's. */
    private static final Set<String> OF_THE_IMAGE = Set.of("routes", "kamelets");
    /** What ONNX Runtime for CUDA unpacks into /tmp at each start, and never deletes. */
    private static final double PROVIDERS = 600e6;
    private static final long MIB = 1 << 20;
    /** What PostgreSQL has for users as it comes: 100, but three, which are for its administrator. */
    private static final int CONNECTIONS = 97;
    /** Retries of a Job, after 10 s at first, twice as long each time, and 6 min at the most. */
    private static final int HOUR_OF_RETRIES = 15;
    /** Files of the checkout, which are asked for often. */
    private static final Map<Path, byte[]> HERE = new ConcurrentHashMap<>();

    private final Manifests manifests;
    private final List<Pod> pods;
    private final List<String> faults = new ArrayList<>();

    private Rules(Manifests manifests) {
        this.manifests = manifests;
        this.pods = manifests.pods();
    }

    static List<String> faults(Manifests manifests) {
        Rules rules = new Rules(manifests);
        rules.names();
        rules.selectors();
        for (Pod pod : rules.pods) {
            rules.references(pod);
            rules.security(pod);
            rules.containers(pod);
            if (pod.isOurs()) {
                rules.process(pod);
                rules.memory(pod);
                rules.files(pod);
                rules.stop(pod);
            }
        }
        rules.leases();
        rules.addresses();
        rules.setup();
        rules.users();
        rules.autoscalers();
        rules.disruption();
        rules.gateway();
        rules.observability();
        return rules.faults;
    }

    private void names() {
        Set<String> seen = new HashSet<>();
        for (ObjectNode object : manifests.objects()) {
            String id = object.path("kind").asText() + " " + name(object);
            check(seen.add(id), id + " is there twice");
            check(name(object).matches("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"), id + " is no name of an object");
            boolean namespace = object.path("kind").asText().equals("Namespace");
            check(object.at("/metadata/namespace").asText().equals(namespace ? "" : "safelight"), id + " is in another namespace than the rest");
        }
        String level = manifests.find("Namespace",
                "safelight").map(n -> n.at("/metadata/labels").path("pod-security.kubernetes.io/enforce").asText()).orElse("");
        check(level.equals("restricted"), "the namespace does not enforce 'restricted'");
    }

    private void selectors() {
        for (Pod pod : pods) {
            JsonNode selector = pod.owner().at("/spec/selector");
            if (!pod.owner().path("kind").asText().equals("Job")) {
                check(pods.stream().filter(other -> other.isSelectedBy(selector)).map(Pod::name).toList().equals(List.of(pod.name())),
                        pod.name() + " selects other pods than its own");
            }
        }
        for (ObjectNode service : manifests.all("Service")) {
            List<Pod> selected = pods.stream().filter(pod -> pod.isSelectedBy(service.objectNode().set("matchLabels",
                    service.at("/spec/selector")))).toList();
            check(selected.size() == 1, "Service " + name(service) + " selects " + selected.stream().map(Pod::name).toList());
            for (JsonNode port : service.at("/spec/ports")) {
                String target = port.path("targetPort").asText();
                Optional<Integer> number = selected.stream().findFirst().flatMap(pod -> pod.port(target));
                check(number.isPresent(), "Service " + name(service) + " sends to port '" + target + "', which is not there");
                check(number.equals(Optional.of(port.path("port").asInt())), "Service " + name(service) + " has another port than its pods");
            }
        }
        manifests.all("Deployment").forEach(deployment -> check(find("ServiceAccount",
                deployment.at("/spec/template/spec/serviceAccountName").asText()).isPresent(),
                name(deployment) + " has no ServiceAccount of its own"));
    }

    // ---- what a pod refers to

    private void references(Pod pod) {
        for (JsonNode container : pod.containers()) {
            for (JsonNode variable : container.path("env")) {
                JsonNode from = variable.path("valueFrom");
                reference(pod, "ConfigMap", from.path("configMapKeyRef"), from.at("/configMapKeyRef/key").asText());
                reference(pod, "Secret", from.path("secretKeyRef"), from.at("/secretKeyRef/key").asText());
            }
            for (JsonNode mount : container.path("volumeMounts")) {
                check(list(pod.spec().path("volumes")).stream().anyMatch(v -> v.path("name").equals(mount.path("name")))
                                || list(pod.owner().at("/spec/volumeClaimTemplates")).stream()
                                        .anyMatch(v -> v.at("/metadata/name").equals(mount.path("name"))),
                        pod.name() + " mounts '" + mount.path("name").asText() + "', which it has not");
            }
        }
        for (JsonNode volume : pod.spec().path("volumes")) {
            reference(pod, "ConfigMap", volume.path("configMap"), null);
            for (JsonNode source : Stream.concat(list(volume.at("/projected/sources")).stream(), Stream.of(volume)).toList()) {
                JsonNode secret = source.path("secret");
                String name = secret.path("secretName").asText(secret.path("name").asText());
                if (!secret.isMissingNode()) {
                    secret(pod, name, null);
                }
                secret.path("items").forEach(item -> secret(pod, name, item.path("key").asText()));
            }
            String claim = volume.at("/persistentVolumeClaim/claimName").asText();
            check(claim.isEmpty() || find("PersistentVolumeClaim", claim).isPresent(),
                    pod.name() + " wants the volume '" + claim + "', which nothing makes");
        }
    }

    private void reference(Pod pod, String kind, JsonNode reference, String key) {
        if (reference.isMissingNode()) {
            return;
        }
        String name = reference.path("name").asText();
        if (kind.equals("Secret")) {
            secret(pod, name, key);
            return;
        }
        Optional<ObjectNode> map = manifests.all(kind).stream().filter(o -> name(o).equals(name)).findFirst();
        check(map.isPresent(), pod.name() + " refers to ConfigMap '" + name + "', which is not there");
        check(key == null || map.isEmpty() || map.get().path("data").has(key),
                pod.name() + " refers to '" + key + "' of ConfigMap '" + name + "', which has none");
    }

    /** Secrets are made elsewhere in production: there the names and keys are what others must make. */
    private void secret(Pod pod, String name, String key) {
        String base = withoutHash(name);
        check(SECRETS.containsKey(base) && (key == null || SECRETS.get(base).contains(key)),
                pod.name() + " refers to '" + key + "' of the unknown Secret '" + name + "'");
        check(!pod.isOurs() || base.equals(pod.group()) || SECRETS_OF_ALL.contains(base) || SHARED_SECRETS.getOrDefault(pod.group(), Set.of()).contains(base),
                pod.name() + " knows the Secret '" + name + "', which is another's");
        if (!manifests.all("Secret").isEmpty()) {
            Optional<ObjectNode> secret = manifests.all("Secret").stream().filter(o -> name(o).equals(name)).findFirst();
            check(secret.isPresent() && (key == null || secret.get().path("data").has(key)),
                    pod.name() + " refers to '" + key + "' of Secret '" + name + "', which is not there");
        }
    }

    // ---- what a pod may do

    private void security(Pod pod) {
        JsonNode security = pod.spec().path("securityContext");
        check(security.path("runAsNonRoot").asBoolean() && security.path("runAsUser").asInt() > 0, pod.name() + " may run as root");
        check(security.at("/seccompProfile/type").asText().equals("RuntimeDefault"), pod.name() + " has no seccomp profile");
        check(pod.spec().path("automountServiceAccountToken").isBoolean()
                && pod.spec().path("automountServiceAccountToken").asBoolean() == holdsLeases(pod),
                pod.name() + (holdsLeases(pod) ? " has no token" : " is given a token") + " of the Kubernetes API, which it "
                        + (holdsLeases(pod) ? "needs" : "does not use"));
        for (String shared : List.of("hostNetwork", "hostPID", "hostIPC")) {
            check(!pod.spec().path(shared).asBoolean(), pod.name() + " has " + shared);
        }
        for (JsonNode volume : pod.spec().path("volumes")) {
            check(!volume.has("hostPath"), pod.name() + " sees a folder of the node");
            check(!volume.has("emptyDir") || volume.at("/emptyDir").has("sizeLimit"),
                    pod.name() + " has a volume without a limit: " + volume.path("name").asText());
        }
        boolean readOnly = !pod.owner().path("kind").asText().equals("StatefulSet");
        for (JsonNode container : pod.containers()) {
            JsonNode own = container.path("securityContext");
            check(own.has("allowPrivilegeEscalation") && !own.path("allowPrivilegeEscalation").asBoolean() && !own.path("privileged").asBoolean(),
                    pod.name() + " may gain privileges");
            check(texts(own.at("/capabilities/drop")).equals(List.of("ALL")) && !own.path("capabilities").has("add"),
                    pod.name() + " keeps capabilities");
            check(!readOnly || own.path("readOnlyRootFilesystem").asBoolean(), pod.name() + " may write to its image");
            check(!own.has("runAsUser") || own.path("runAsUser").asInt() > 0, pod.name() + " may run as root");
            check(list(container.path("volumeMounts")).stream().noneMatch(mount -> mount.path("mountPath").asText().equals("/var/lib/rabbitmq")),
                    pod.name() + " has Erlang's cookie on a volume, where its group may read it: it never starts again");
        }
    }

    private void containers(Pod pod) {
        for (JsonNode container : pod.containers()) {
            String image = container.path("image").asText();
            check(image.matches("[^:@]+(:\\d+)?/[^:@]+(:[\\w][\\w.-]+|@sha256:[0-9a-f]{64})") && !image.endsWith(":latest"),
                    pod.name() + " has an image that is not pinned: " + image);
            for (String kind : List.of("cpu", "memory")) {
                double request = quantity(container.at("/resources/requests").path(kind));
                double limit = quantity(container.at("/resources/limits").path(kind));
                check(request > 0 && limit > 0, pod.name() + " has no request or no limit of " + kind);
                check(request <= limit, pod.name() + " requests more " + kind + " than its limit");
            }
            for (JsonNode port : container.path("ports")) {
                check(port.path("name").asText().matches("[a-z0-9-]{1,15}"), pod.name() + " has a port without a name");
            }
            for (String probe : PROBES.keySet()) {
                JsonNode port = Stream.of("httpGet", "tcpSocket")
                        .map(kind -> container.path(probe).path(kind).path("port")).filter(p -> !p.isMissingNode()).findFirst()
                        .orElse(container.path("none"));
                check(port.isMissingNode() || pod.port(port.asText()).isPresent(),
                        pod.name() + ": " + probe + " asks port '" + port.asText() + "', which is not there");
            }
        }
        boolean card = pod.containers().stream().anyMatch(c -> c.at("/resources/limits").has("nvidia.com/gpu"));
        boolean placed = pod.spec().path("nodeSelector").has("accelerator")
                && list(pod.spec().path("tolerations")).stream().anyMatch(t -> t.path("key").asText().equals("nvidia.com/gpu"));
        check(card == placed, pod.name() + " has a card and no node with one, or the other way round");
        check(!card || list(pod.spec().path("volumes")).stream().anyMatch(volume -> volume.path("name").asText().equals("tmp")
                && quantity(volume.at("/emptyDir/sizeLimit")) >= 4 * PROVIDERS), pod.name() + " has no room in /tmp to be started again");
        check(card || pod.containers().stream().noneMatch(c -> c.path("image").asText().matches(".*-gpu[:@].*")), pod.name() + " pulls CUDA and has no card");
    }

    // ---- what our processes are told

    private void process(Pod pod) {
        JsonNode container = pod.safelight();
        check(pod.port("http").equals(Optional.of(8080)), pod.name() + " does not listen on the port of config/application.properties");
        PROBES.forEach((probe, path) -> check(container.path(probe).at("/httpGet/path").asText().equals(path),
                pod.name() + " has for its " + probe + " not the path that is made for it"));
        check(container.at("/startupProbe/periodSeconds").asInt() * container.at("/startupProbe/failureThreshold").asInt() >= 60,
                pod.name() + " is given less than a minute to start");
        Map<String, String> variables = variables(pod);
        variables.forEach((name, value) -> {
            Optional<ConfigReference.Key> key = ConfigReference.findByEnvironment(name);
            check(key.isPresent() || OTHER_VARIABLES.containsKey(name), pod.name() + " is told " + name + ", which means nothing to it");
            // what comes from a Secret is not known here
            if (value != null) {
                key.flatMap(k -> k.expected(value)).ifPresent(expected -> faults.add(pod.name() + ": " + name + " is '" + value + "'; write "
                        + expected));
                check(value.matches(OTHER_VARIABLES.getOrDefault(name, ".+")), pod.name() + ": " + name + " is '" + value + "'");
            }
        });
        check(pod.group().equals(variables.get("SAFELIGHT_GROUPS")), pod.name() + " runs another group than its label says");
        check(Files.isDirectory(Path.of("routes", pod.group())), pod.name() + " runs a group that is not there: " + pod.group());
        check("0.0.0.0".equals(variables.get("QUARKUS_HTTP_HOST")), pod.name() + " listens to itself alone");
        check(hasMount(container, variables.getOrDefault("SAFELIGHT_DATA", "")) && hasMount(container, "/tmp"),
                pod.name() + " has no place for work in progress");
        String identity = "SAFELIGHT_STORE_IDENTITIES_";
        String own = identity + pod.group().toUpperCase(Locale.ROOT) + "_";
        check(variables.keySet().stream().filter(n -> n.startsWith(identity)).allMatch(n -> n.startsWith(own)),
                pod.name() + " has the identity of another group");
        String collector = variables.getOrDefault("SAFELIGHT_TRACES_ENDPOINT", COLLECTOR);
        check(collector.equals(COLLECTOR), pod.name() + " sends traces to " + collector + ", where no policy lets it");
        boolean database = pod.group().equals("metadata");
        check(variables.containsKey("SAFELIGHT_DATABASE_URL") == database, pod.name() + (database ? " lacks the database" : " knows the database"));
        boolean broker = !Set.of("serving", "classify").contains(pod.group());
        check(variables.containsKey("SAFELIGHT_BROKER_URI") == broker, pod.name() + (broker ? " lacks the broker" : " knows the broker"));
        boolean store = !Set.of("scaler", "classify").contains(pod.group());
        check(variables.containsKey("SAFELIGHT_STORE_ENDPOINT") == store
                && variables.keySet().stream().filter(n -> n.startsWith(identity)).count() == (store ? 2 : 0),
                pod.name() + (store ? " lacks the store" : " knows the store"));
    }

    private static boolean hasMount(JsonNode container, String path) {
        return list(container.path("volumeMounts")).stream()
                .anyMatch(mount -> mount.path("mountPath").asText().equals(path) && !mount.path("readOnly").asBoolean());
    }

    /** By name; null where the value is a secret. */
    private Map<String, String> variables(Pod pod) {
        Map<String, String> variables = new TreeMap<>();
        for (JsonNode variable : pod.safelight().path("env")) {
            JsonNode shared = variable.at("/valueFrom/configMapKeyRef");
            String value = find("ConfigMap", shared.path("name").asText()).map(map -> map.path("data").path(shared.path("key").asText()).asText(null))
                    .orElse(variable.path("value").asText(null));
            variables.put(variable.path("name").asText(), value);
        }
        return variables;
    }

    /** docs/production.md, Memory: the heap, a quarter of a gigabyte beside it, and as much as each decoder may take, one more than work at once. */
    private void memory(Pod pod) {
        Map<String, String> variables = variables(pod);
        Matcher heap = Pattern.compile("-Xmx(\\d+)([mg])").matcher(variables.getOrDefault("JAVA_OPTS", ""));
        if (!heap.find()) {
            faults.add(pod.name() + " has no -Xmx in JAVA_OPTS, so a quarter of its limit is its heap");
            return;
        }
        double needed = Long.parseLong(heap.group(1)) * (heap.group(2).equals("g") ? 1024 : 1) * MIB;
        boolean decodes = Set.of("processing", "moderation", "classify").contains(pod.group())
                || pod.group().equals("serving") && !"false".equals(variables.get("SAFELIGHT_SERVING_ON_THE_FLY"));
        if (decodes) {
            int concurrency = number(variables.getOrDefault("SAFELIGHT_ENGINE_CONCURRENCY", "0"));
            check(concurrency > 0, pod.name() + " has as many decoders as the node has processors, whatever its memory is");
            needed += 256 * MIB + (concurrency + 1) * (bytes(variables.getOrDefault("SAFELIGHT_ENGINE_MAX_MEMORY", "1G")) + 256 * MIB);
        } else {
            needed += 160 * MIB;
        }
        double limit = quantity(pod.safelight().at("/resources/limits/memory"));
        check(limit >= needed, pod.name() + " may need " + Math.round(needed / MIB) + " MiB and has a limit of " + Math.round(limit / MIB));
    }

    /** 0 where it is none, which is found elsewhere. */
    private static int number(String text) {
        return text.matches("\\d{1,9}") ? Integer.parseInt(text) : 0;
    }

    private static double bytes(String size) {
        return number(size.replaceAll("\\D", "")) * (size.endsWith("G") ? 1024.0 : 1) * MIB;
    }

    /** Each file of the checkout that the process reads is at its place, byte for byte; but a canary has the routes and kamelets of its image. */
    private void files(Pod pod) {
        Map<String, byte[]> mounted = new HashMap<>();
        for (JsonNode mount : pod.safelight().path("volumeMounts")) {
            String map = list(pod.spec().path("volumes")).stream()
                    .filter(v -> v.path("name").equals(mount.path("name"))).map(v -> v.at("/configMap/name").asText()).findFirst().orElse("");
            find("ConfigMap", map).ifPresent(found -> contents(found).forEach((key, content) -> {
                String path = mount.path("mountPath").asText();
                if (mount.path("subPath").isMissingNode()) {
                    mounted.put(path + "/" + key, content);
                } else if (mount.path("subPath").asText().equals(key)) {
                    mounted.put(path, content);
                }
            }));
        }
        boolean canary = pod.name().endsWith("-canary");
        mounted.keySet().stream().filter(path -> canary && OF_THE_IMAGE.stream().anyMatch(folder -> path.startsWith(HOME + folder + "/")))
                .forEach(path -> check(false, pod.name() + " gets " + path + " of this checkout, and not what its image has"));
        Stream.of(files(Path.of("routes")), files(Path.of("routes", pod.group())), files(Path.of("kamelets")), files(Path.of("config")),
                files(Path.of("config/watermarks")))
                .flatMap(List::stream).filter(file -> !file.equals(CALENDAR) || pod.group().equals("scaler"))
                .filter(file -> !canary || !OF_THE_IMAGE.contains(file.getName(0).toString())).forEach(file -> {
                    byte[] content = mounted.get(HOME + file);
                    check(content != null, pod.name() + " does not get " + file + "; name it in the kustomization.yaml beside it, and mount it");
                    check(content == null || Arrays.equals(content, HERE.computeIfAbsent(file, Rules::read)),
                            pod.name() + " gets another " + file + " than is here");
                });
    }

    private static Map<String, byte[]> contents(JsonNode map) {
        Map<String, byte[]> contents = new HashMap<>();
        map.path("data").properties().forEach(e -> contents.put(e.getKey(), e.getValue().asText().getBytes(StandardCharsets.UTF_8)));
        map.path("binaryData").properties().forEach(e -> contents.put(e.getKey(), Base64.getMimeDecoder().decode(e.getValue().asText())));
        return contents;
    }

    private static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> Files.isRegularFile(f) && !f.endsWith("kustomization.yaml") && !f.endsWith("README.md")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A drain is given the time it takes: docs/decisions/drain-before-stop.md. */
    private void stop(Pod pod) {
        int pause = pod.safelight().at("/lifecycle/preStop/sleep/seconds").asInt();
        check(pod.spec().path("terminationGracePeriodSeconds").asInt() >= 30 + pause, pod.name() + " is killed before it has drained");
        boolean answersClients = manifests.all("Service").stream().anyMatch(s -> name(s).equals(pod.name())) && !pod.name().equals("scaler");
        check(!answersClients || pause > 0, pod.name() + " refuses requests while it is still sent some");
        JsonNode strategy = pod.owner().at("/spec/strategy");
        boolean alone = pod.owner().at("/spec/replicas").asInt() == 1 && strategy.path("type").asText().equals("Recreate")
                && !strategy.has("rollingUpdate");
        String surge = pod.group().equals("metadata") ? "1" : "25%";
        boolean rolling = strategy.path("type").asText().equals("RollingUpdate") && strategy.at("/rollingUpdate/maxSurge").asText().equals(surge)
                && strategy.at("/rollingUpdate/maxUnavailable").asText().equals("0");
        check(pod.name().equals("scaler") ? alone : rolling, pod.name() + " has not the rollout that suits it");
    }

    /** Those of which one at a time is at work hold a lease, may hold it, and nobody may more. */
    private void leases() {
        Set<String> holders = pods.stream().filter(this::holdsLeases).map(Pod::name).collect(Collectors.toCollection(TreeSet::new));
        Set<String> wanted = pods.stream().map(Pod::name).filter(HOLDERS::contains).collect(Collectors.toCollection(TreeSet::new));
        check(holders.equals(wanted), "leases are held by " + holders + " and not by " + wanted);
        Set<String> bound = manifests.all("RoleBinding").stream().flatMap(binding -> list(binding.path("subjects")).stream())
                .map(subject -> subject.path("name").asText()).collect(Collectors.toCollection(TreeSet::new));
        check(bound.equals(wanted), "a role is bound to " + bound + " and not to " + wanted);
        for (ObjectNode binding : manifests.all("RoleBinding")) {
            check(find("Role", binding.at("/roleRef/name").asText()).isPresent(), name(binding) + " binds a role that is not there");
        }
        for (ObjectNode role : manifests.all("Role")) {
            Set<String> rights = list(role.path("rules")).stream().flatMap(rule -> texts(rule.path("resources")).stream()
                    .flatMap(resource -> texts(rule.path("verbs")).stream().map(verb -> verb + " " + resource))
                    .flatMap(right -> rule.has("resourceNames") ? texts(rule.path("resourceNames")).stream().map(name -> right + " " + name) : Stream.of(right)))
                    .collect(Collectors.toSet());
            check(rights.equals(RIGHTS), "the role " + name(role) + " gives " + new TreeSet<>(rights));
        }
        check(manifests.all("ClusterRole").isEmpty() && manifests.all("ClusterRoleBinding").isEmpty(), "there are roles for the whole cluster");
    }

    private boolean holdsLeases(Pod pod) {
        return pod.isOurs() && "kubernetes".equals(variables(pod).get("SAFELIGHT_LEASES"));
    }

    /** Addresses within the namespace lead to a Service and a port of it. */
    private void addresses() {
        List<String> addresses = new ArrayList<>();
        find("ConfigMap", "servers").ifPresent(servers -> servers.path("data").forEach(value -> addresses.add(value.asText())));
        pods.stream().filter(Pod::isOurs).forEach(pod -> Optional.ofNullable(variables(pod).get("SAFELIGHT_LIFECYCLE_METADATA_URL"))
                .ifPresent(addresses::add));
        for (ObjectNode secret : manifests.all("Secret")) {
            Optional.ofNullable(secret.path("data").get("broker-uri")).map(uri -> new String(Base64.getMimeDecoder().decode(uri.asText()))).ifPresent(uri -> {
                addresses.add(uri);
                String path = URI.create(uri).getPath();
                check(find("ConfigMap", "servers").filter(servers -> servers.at("/data/broker-vhost").asText().equals(path.isEmpty() ? "/" : path.substring(1)))
                        .isPresent(), "the broker-uri of Secret " + name(secret) + " names another virtual host than setup-rabbitmq sets up");
            });
        }
        for (String address : addresses) {
            URI uri = URI.create(address.replaceFirst("^jdbc:", ""));
            if (uri.getHost() != null && !uri.getHost().contains(".")) {
                check(isService(uri.getHost(), uri.getPort()), "no Service listens at " + uri.getHost() + ":" + uri.getPort());
            }
        }
    }

    private boolean isService(String name, int port) {
        return find("Service", name).filter(s -> list(s.at("/spec/ports")).stream().anyMatch(p -> p.path("port").asInt() == port)).isPresent();
    }

    /** The Jobs run scripts that they have, and may run again. */
    private void setup() {
        for (String job : List.of("setup-rabbitmq", "setup-buckets")) {
            Optional<Pod> pod = pods.stream().filter(p -> p.name().equals(job)).findFirst();
            check(pod.isPresent(), "there is no Job " + job);
            pod.ifPresent(p -> {
                JsonNode container = p.containers().getFirst();
                check(container.path("args").toString().contains("exec " + HOME + "scripts/" + job + " "), job + " runs another script");
                check(list(container.path("volumeMounts")).stream().anyMatch(m -> m.path("mountPath").asText().equals(HOME + "scripts")), job
                        + " has no script");
                check(find("ConfigMap", "setup-scripts").filter(m -> m.path("data").has(job)).isPresent(), "setup-scripts lacks " + job);
                check(p.spec().path("restartPolicy").asText().equals("Never"), job + " loses the log of each failed try");
                check(find("Job", job).orElseThrow().at("/spec/backoffLimit").asInt() >= HOUR_OF_RETRIES, job + " is tried for less than an hour");
                Matcher used = Pattern.compile("\\$([A-Z_]+)").matcher(container.path("args").toString());
                Set<String> told = list(container.path("env")).stream().map(v -> v.path("name").asText()).collect(Collectors.toSet());
                used.results().forEach(r -> check(told.contains(r.group(1)), job + " is not told " + r.group(1)));
            });
        }
    }

    /** Where the overlay makes the broker's users, each that a process logs in as is made, with the tag that the management API asks for. */
    private void users() {
        Optional<String> script = find("ConfigMap", "local-scripts").map(scripts -> scripts.path("data").path("users.sh").asText());
        script.ifPresent(users -> pods.stream().filter(Pod::isOurs).map(this::variables).filter(v -> v.containsKey("SAFELIGHT_BROKER_URI")).forEach(v -> {
            String tag = v.containsKey("SAFELIGHT_BROKER_MANAGEMENT_URL") ? " management" : "";
            check(Pattern.compile("(?m)^user " + v.get("SAFELIGHT_GROUPS") + " '\\S+' '\\S+'" + tag + "$").matcher(users).find(),
                    "users.sh makes no user " + v.get("SAFELIGHT_GROUPS") + tag);
        }));
    }

    // ---- how many there are

    private void autoscalers() {
        Map<String, String> scaled = new HashMap<>();
        for (String kind : List.of("HorizontalPodAutoscaler", "ScaledObject")) {
            for (ObjectNode scaler : manifests.all(kind)) {
                String target = scaler.at("/spec/scaleTargetRef/name").asText();
                String at = kind + " " + name(scaler);
                Optional<ObjectNode> deployment = manifests.all("Deployment").stream().filter(d -> name(d).equals(target)).findFirst();
                check(deployment.isPresent(), at + " scales '" + target + "', which is not there");
                check(scaled.put(target, at) == null, target + " is scaled by two");
                check(deployment.isEmpty() || !deployment.get().path("spec").has("replicas"), target
                        + " says how many there are, and so undoes at each apply what " + at + " did");
                check(min(scaler) >= 2 && min(scaler) <= max(scaler), at + ": from " + min(scaler) + " to " + max(scaler) + " replicas");
            }
        }
        for (ObjectNode scaler : manifests.all("HorizontalPodAutoscaler")) {
            check(scaler.at("/spec/behavior/scaleDown/stabilizationWindowSeconds").asInt() >= 300,
                    name(scaler) + " is scaled down at the first lull");
            check(scaler.at("/spec/scaleTargetRef/kind").asText().equals("Deployment"), name(scaler) + " scales no Deployment");
        }
        for (ObjectNode scaler : manifests.all("ScaledObject")) {
            scaledObject(scaler);
        }
        for (ObjectNode vpa : manifests.all("VerticalPodAutoscaler")) {
            check(vpa.at("/spec/updatePolicy/updateMode").asText().equals("Off"), "VPA " + name(vpa) + " does more than recommend");
            check(find("Deployment", vpa.at("/spec/targetRef/name").asText()).isPresent(), "VPA " + name(vpa) + " has no target");
        }
    }

    private void scaledObject(ObjectNode scaler) {
        String at = "ScaledObject " + name(scaler);
        JsonNode fallback = scaler.at("/spec/fallback");
        check(fallback.path("behavior").asText().equals("currentReplicasIfHigher") && fallback.path("replicas").asInt() >= min(scaler)
                && fallback.path("replicas").asInt() <= max(scaler), at + " takes workers away where nothing is known");
        check(!name(scaler).equals("metadata") || (max(scaler) + 1) * connections() <= CONNECTIONS,
                at + ": a rollout of " + max(scaler) + " asks PostgreSQL for more connections than it has");
        check(scaler.at("/spec/cooldownPeriod").asInt() >= 300, at + " cools down in less than five minutes");
        Set<String> own = takesFrom(scaler.at("/spec/scaleTargetRef/name").asText());
        Set<String> uncounted = new TreeSet<>(own);
        for (JsonNode trigger : scaler.at("/spec/triggers")) {
            check(trigger.path("type").asText().equals("external"), at + " does not ask our scaler");
            JsonNode metadata = trigger.path("metadata");
            Matcher address = Pattern.compile("([a-z-]+)\\.safelight\\.svc\\.cluster\\.local:(\\d+)")
                    .matcher(metadata.path("scalerAddress").asText());
            check(address.matches() && isService(address.group(1), Integer.parseInt(address.group(2))) && address.group(1).equals("scaler"),
                    at + " asks nobody");
            String queue = metadata.path("queue").asText();
            check(own.contains(queue), at + " counts the queue '" + queue + "', which it does not take from");
            uncounted.remove(queue);
            check(metadata.path("replicaRate").asText("1").matches("\\d{1,9}(\\.\\d{1,9})?"), at + " has a replicaRate that is no number");
            int each = metadata.path("messagesPerReplica").asInt();
            check(each > 0, at + " has no number of messages a replica");
            check(!queue.equals("moderation") || each >= 2 * batch(), at + ": with " + each + " messages a replica, batches never fill");
        }
        check(uncounted.isEmpty(), at + " is not scaled by " + uncounted + ", which it takes from");
    }

    /** The queues of work that the routes of a group take from. */
    private static Set<String> takesFrom(String group) {
        Set<String> known = Stream.of(Work.values()).map(Work::queue).collect(Collectors.toSet());
        return files(Path.of("routes", group)).stream().map(file -> new String(HERE.computeIfAbsent(file, Rules::read), StandardCharsets.UTF_8))
                .flatMap(routes -> QUEUES.matcher(routes).results()).flatMap(found -> Stream.of(found.group(1).split(",")))
                .filter(known::contains).collect(Collectors.toSet());
    }

    /** Of one process to the database. */
    private static int connections() {
        Matcher size = Pattern.compile("(?m)^quarkus\\.datasource\\.jdbc\\.max-size=(\\d+)$")
                .matcher(new String(HERE.computeIfAbsent(Path.of("config/application.properties"), Rules::read), StandardCharsets.UTF_8));
        return size.find() ? number(size.group(1)) : CONNECTIONS;
    }

    private int batch() {
        return pods.stream().filter(pod -> pod.name().equals("moderation"))
                .map(pod -> variables(pod).getOrDefault("SAFELIGHT_MODERATION_BATCH_SIZE", "1"))
                .mapToInt(Rules::number).findFirst().orElse(1);
    }

    private static int min(JsonNode scaler) {
        return scaler.path("spec").path(scaler.at("/spec").has("minReplicaCount") ? "minReplicaCount" : "minReplicas").asInt();
    }

    private static int max(JsonNode scaler) {
        return scaler.path("spec").path(scaler.at("/spec").has("maxReplicaCount") ? "maxReplicaCount" : "maxReplicas").asInt();
    }

    /** A node can always be drained: one may go, however few run. */
    private void disruption() {
        for (ObjectNode budget : manifests.all("PodDisruptionBudget")) {
            List<Pod> selected = pods.stream().filter(pod -> pod.isSelectedBy(budget.at("/spec/selector"))).toList();
            check(selected.size() == 1, "PodDisruptionBudget " + name(budget) + " selects " + selected.stream().map(Pod::name).toList());
            check(budget.at("/spec/maxUnavailable").asInt() >= 1 && !budget.at("/spec").has("minAvailable"),
                    "PodDisruptionBudget " + name(budget) + " lets no node be drained, or none where fewer run");
            check(selected.stream().mapToInt(this::floor).sum() >= 2, "PodDisruptionBudget " + name(budget) + " watches over a single pod");
        }
    }

    private int floor(Pod pod) {
        return Stream.concat(manifests.all("HorizontalPodAutoscaler").stream(), manifests.all("ScaledObject").stream())
                .filter(s -> s.at("/spec/scaleTargetRef/name").asText().equals(pod.name())).mapToInt(Rules::min).findFirst()
                .orElse(pod.owner().at("/spec/replicas").asInt(1));
    }

    // ---- from outside

    private void gateway() {
        Map<String, String> controllers = new HashMap<>();
        for (ObjectNode gateway : manifests.all("Ingress")) {
            String controller = gateway.at("/spec/ingressClassName").asText();
            JsonNode notes = gateway.at("/metadata/annotations");
            String prefix = "nginx.ingress.kubernetes.io/";
            Set<String> hosts = new HashSet<>();
            gateway.at("/spec/tls").forEach(tls -> hosts.addAll(texts(tls.path("hosts"))));
            check(notes.path(prefix + "limit-rps").asInt() > 0, "Ingress " + name(gateway) + " has no rate limit");
            for (JsonNode rule : gateway.at("/spec/rules")) {
                check(hosts.contains(rule.path("host").asText()),
                        "Ingress " + name(gateway) + " has no certificate for " + rule.path("host").asText());
                check(controller.equals(controllers.computeIfAbsent(rule.path("host").asText(), host -> controller)),
                        rule.path("host").asText() + " is at two gateways, and its name leads to one");
                for (JsonNode path : rule.at("/http/paths")) {
                    String first = path.path("path").asText().replaceFirst("^(/[^/]+).*", "$1");
                    String service = path.at("/backend/service/name").asText();
                    check(service.equals(PATHS.get(first)), "Ingress " + name(gateway) + " leads " + path.path("path").asText() + " to " + service);
                    String port = path.at("/backend/service/port/name").asText();
                    check(find("Service", service).filter(s -> list(s.at("/spec/ports")).stream()
                            .anyMatch(p -> p.path("name").asText().equals(port))).isPresent(),
                            "Ingress " + name(gateway) + " leads to a port that is not there");
                    check(!service.equals("metadata") || notes.has(prefix + "whitelist-source-range") && controller.equals("nginx-internal"),
                            "Ingress " + name(gateway) + " opens the API to the world");
                    check(!first.equals("/upload") || notes.path(prefix + "proxy-body-size").asText().equals("110m")
                            && notes.path(prefix + "proxy-read-timeout").asText().equals("300") && notes.path(prefix
                                    + "proxy-request-buffering").asText().equals("off"),
                            "Ingress " + name(gateway) + " does not let a large upload through");
                    bodies(service, notes.path(prefix + "proxy-body-size").asText());
                    check(first.equals("/upload") || !notes.has(prefix + "proxy-request-buffering"),
                            "Ingress " + name(gateway) + " takes uploads where there are none");
                }
            }
            String allowed = notes.path(prefix + "whitelist-source-range").asText();
            Stream.of(allowed.split(",")).filter(c -> !c.isEmpty()).forEach(c -> check(Edges.isCidr(c),
                    "Ingress " + name(gateway) + ": " + c + " is no CIDR"));
        }
    }

    /** Whoever takes bodies is sent what it takes, with what a multipart adds, and not much more. */
    private void bodies(String service, String size) {
        pods.stream().filter(pod -> pod.name().equals(service) && TAKES_BODIES.contains(service)).forEach(pod -> {
            double most = bytes(variables(pod).getOrDefault("SAFELIGHT_UPLOAD_MAX_BYTES", "100M"));
            check(bytes(size) > most && bytes(size) <= 1.1 * most + 1, "the gateway sends " + service + " bodies of up to '" + size + "', and it takes "
                    + Math.round(most / MIB) + " MiB");
        });
    }

    private void observability() {
        for (ObjectNode monitor : manifests.all("PodMonitor")) {
            check(pods.stream().filter(Pod::isOurs).allMatch(pod -> pod.isSelectedBy(monitor.at("/spec/selector"))),
                    "PodMonitor " + name(monitor) + " misses a process");
            monitor.at("/spec/podMetricsEndpoints").forEach(e -> check(e.path("path").asText().equals("/q/metrics")
                    && e.path("port").asText().equals("http"),
                    "PodMonitor " + name(monitor) + " asks where no metrics are"));
        }
        for (ObjectNode rules : manifests.all("PrometheusRule")) {
            List<JsonNode> all = list(rules.at("/spec/groups")).stream().flatMap(g -> list(g.path("rules")).stream()).toList();
            List<String> recorded = all.stream().map(rule -> rule.path("record").asText()).toList();
            all.forEach(rule -> Queries.metrics(rule.path("expr").asText()).forEach(metric -> check(recorded.contains(metric) || Queries.isExported(metric),
                    rule.path("alert").asText() + " watches " + metric + ", which no page knows")));
        }
    }

    /** Bytes, or processors; NaN where it is none. */
    static double quantity(JsonNode quantity) {
        Matcher parts = Pattern.compile("(\\d+(?:\\.\\d+)?)(m|k|M|G|Ki|Mi|Gi|)").matcher(quantity.asText());
        if (!parts.matches()) {
            return Double.NaN;
        }
        double factor = switch (parts.group(2)) {
            case "m" -> 1e-3;
            case "k" -> 1e3;
            case "M" -> 1e6;
            case "G" -> 1e9;
            case "Ki" -> 1 << 10;
            case "Mi" -> 1 << 20;
            case "Gi" -> 1 << 30;
            default -> 1;
        };
        return Double.parseDouble(parts.group(1)) * factor;
    }

    private Optional<ObjectNode> find(String kind, String name) {
        return name.isEmpty() ? Optional.empty() : manifests.find(kind, name);
    }

    private void check(boolean right, String fault) {
        if (!right && !faults.contains(fault)) {
            faults.add(fault);
        }
    }
}
