package io.safelight.k8s;

import static io.safelight.k8s.Manifests.list;
import static io.safelight.k8s.Manifests.name;

import com.fasterxml.jackson.databind.JsonNode;
import io.safelight.k8s.Manifests.Pod;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Who reaches whom under the network policies of one overlay, worked out as a cluster does, and compared with the design's table. */
final class Edges {
    /** What each group may reach; DNS and traces are everybody's. */
    private static final Map<String, Set<String>> REACHES = Map.of(
            "ingress", Set.of("store", "broker", "kubernetes"),
            "processing", Set.of("store", "broker"),
            "moderation", Set.of("store", "broker"),
            "metadata", Set.of("store", "broker", "database", "webhooks"),
            "serving", Set.of("store"),
            "lifecycle", Set.of("store", "broker", "metadata", "kubernetes"),
            "classify", Set.of(),
            "scaler", Set.of("broker", "management"));
    /** Who is told where one is reaches it. */
    private static final Map<String, String> TOLD = Map.of("SAFELIGHT_STORE_ENDPOINT", "store", "SAFELIGHT_BROKER_URI", "broker",
            "SAFELIGHT_BROKER_MANAGEMENT_URL", "management", "SAFELIGHT_DATABASE_URL", "database", "SAFELIGHT_LIFECYCLE_METADATA_URL", "metadata");
    /** What the Jobs that set servers up reach. */
    private static final Map<String, Set<String>> SETUP = Map.of("setup-rabbitmq", Set.of("management"), "setup-buckets", Set.of("store"),
            "setup-users", Set.of("management", "store"));
    private static final Set<String> LISTENING = Set.of("ingress", "metadata", "serving", "classify");
    private static final Map<String, Integer> PORTS = Map.of("store", 9000, "broker", 5672, "management", 15672, "database", 5432, "metadata", 8080,
            "sftp", 22, "webhooks", 443, "kubernetes", 6443);
    private static final Map<String, Integer> MANAGED_PORTS = Map.of("store", 443, "broker", 5671, "management", 15671);
    private static final Map<String, String> NAMESPACES = Map.of("kube-system", "dns", "ingress-nginx", "gateway", "keda", "keda", "hawtio", "hawtio",
            "monitoring", "monitoring");

    private final Manifests manifests;
    private final List<Pod> pods;
    private final Set<String> found = new TreeSet<>();
    private final List<String> faults = new ArrayList<>();

    private Edges(Manifests manifests) {
        this.manifests = manifests;
        this.pods = manifests.pods();
    }

    /** @param managed whether servers, Hawtio, Prometheus and KEDA are outside the namespace, as in production */
    static List<String> faults(Manifests manifests, boolean managed) {
        Edges edges = new Edges(manifests);
        edges.follow();
        Set<String> expected = edges.expected(managed);
        for (String edge : expected) {
            edges.check(edges.found.contains(edge), "network: missing is " + edge);
        }
        for (String edge : edges.found) {
            edges.check(expected.contains(edge), "network: not in the design is " + edge);
        }
        return edges.faults;
    }

    private Set<String> expected(boolean managed) {
        Map<String, Integer> ports = new TreeMap<>(PORTS);
        if (managed) {
            ports.putAll(MANAGED_PORTS);
        }
        Set<String> expected = new TreeSet<>();
        for (Pod pod : pods) {
            expected.add(pod.name() + " → dns UDP 53");
            expected.add(pod.name() + " → dns TCP 53");
            Set<String> targets = pod.isOurs() ? REACHES.getOrDefault(pod.group(), Set.of()) : SETUP.getOrDefault(pod.name(), Set.of());
            for (JsonNode variable : pod.safelight().path("env")) {
                String told = TOLD.get(variable.path("name").asText());
                check(told == null || targets.contains(told), "network: " + pod.name() + " is told where the " + told + " is, and may not reach it");
            }
            TOLD.forEach((variable, target) -> check(!pod.isOurs() || !targets.contains(target) || isTold(pod, variable),
                    "network: " + pod.name() + " may reach the " + target + ", and is not told where it is"));
            for (String target : targets) {
                expected.add(pod.name() + " → " + target + " TCP " + ports.get(target));
            }
            if (pod.name().equals("ingress-sftp")) {
                expected.add(pod.name() + " → sftp TCP 22");
            }
            if (LISTENING.contains(pod.name())) {
                expected.add("gateway → " + pod.name() + " TCP 8080");
            }
            if (pod.isOurs() && managed) {
                expected.add(pod.name() + " → monitoring TCP 4318");
                expected.add("monitoring → " + pod.name() + " TCP 8080");
                expected.add("hawtio → " + pod.name() + " TCP 8778");
            }
            if (pod.name().equals("scaler")) {
                expected.add("keda → scaler TCP 8080");
            }
        }
        return expected;
    }

    private static boolean isTold(Pod pod, String variable) {
        return list(pod.safelight().path("env")).stream().anyMatch(v -> v.path("name").asText().equals(variable));
    }

    private void follow() {
        for (Pod pod : pods) {
            for (String direction : List.of("Ingress", "Egress")) {
                check(policies(pod, direction).stream().findAny().isPresent(), "network: no policy holds the " + direction + " of " + pod.name());
            }
            for (JsonNode policy : policies(pod, "Egress")) {
                list(policy.at("/spec/egress")).forEach(rule -> leave(pod, policy, rule));
            }
            for (JsonNode policy : policies(pod, "Ingress")) {
                list(policy.at("/spec/ingress")).forEach(rule -> arrive(pod, policy, rule));
            }
        }
        for (JsonNode policy : manifests.all("NetworkPolicy")) {
            check(pods.stream().anyMatch(pod -> pod.isSelectedBy(policy.at("/spec/podSelector"))), "network: " + name(policy) + " selects no pod");
        }
    }

    private List<JsonNode> policies(Pod pod, String direction) {
        return manifests.all("NetworkPolicy").stream().filter(p -> Manifests.texts(p.at("/spec/policyTypes")).contains(direction))
                .filter(p -> pod.isSelectedBy(p.at("/spec/podSelector"))).map(JsonNode.class::cast).toList();
    }

    private void leave(Pod from, JsonNode policy, JsonNode rule) {
        check(!rule.path("to").isEmpty(), "network: " + name(policy) + " lets " + from.name() + " reach everything");
        for (JsonNode peer : rule.path("to")) {
            for (String port : ports(policy, rule)) {
                if (peer.has("ipBlock")) {
                    check(isCidr(peer.at("/ipBlock/cidr").asText()), "network: " + name(policy) + " has no valid, narrow CIDR: " + peer);
                    found.add(from.name() + " → " + role(name(policy).replaceAll("^to-|-for-.*", "")) + " " + port);
                } else if (peer.has("namespaceSelector")) {
                    found.add(from.name() + " → " + namespace(policy, peer) + " " + port);
                } else {
                    within(peer, policy).forEach(to -> meet(from, to, port));
                }
            }
        }
    }

    private void arrive(Pod to, JsonNode policy, JsonNode rule) {
        check(!rule.path("from").isEmpty(), "network: " + name(policy) + " lets everything reach " + to.name());
        for (JsonNode peer : rule.path("from")) {
            for (String port : ports(policy, rule)) {
                if (peer.has("namespaceSelector")) {
                    found.add(namespace(policy, peer) + " → " + to.name() + " " + port);
                } else {
                    within(peer, policy).forEach(from -> check(allows(from, "Egress", "to", to, port),
                            "network: " + name(policy) + " awaits " + from.name() + ", which may not reach " + to.name() + " " + port));
                }
            }
        }
    }

    private void meet(Pod from, Pod to, String port) {
        int number = Integer.parseInt(port.replaceAll("\\D", ""));
        check(to.listensOn(number), "network: " + to.name() + " does not listen on " + port);
        check(allows(to, "Ingress", "from", from, port), "network: " + from.name() + " may reach " + to.name() + " " + port
                + ", which does not let it in");
        String target = to.name().equals("rabbitmq") && number == PORTS.get("management") ? "management" : role(to.name());
        found.add(from.name() + " → " + target + " " + port);
    }

    private boolean allows(Pod pod, String direction, String peers, Pod other, String port) {
        return policies(pod, direction).stream()
                .flatMap(p -> list(p.at("/spec/" + direction.toLowerCase(Locale.ROOT))).stream().filter(rule -> ports(p, rule).contains(port)))
                .flatMap(rule -> list(rule.path(peers)).stream())
                .anyMatch(peer -> peer.has("podSelector") && !peer.has("namespaceSelector") && other.isSelectedBy(peer.path("podSelector")));
    }

    private List<Pod> within(JsonNode peer, JsonNode policy) {
        List<Pod> selected = pods.stream().filter(pod -> pod.isSelectedBy(peer.path("podSelector"))).toList();
        check(!selected.isEmpty() && !peer.path("podSelector").isEmpty(), "network: a peer of " + name(policy) + " is no pod in particular: " + peer);
        return selected;
    }

    private String namespace(JsonNode policy, JsonNode peer) {
        String namespace = peer.at("/namespaceSelector/matchLabels").path("kubernetes.io/metadata.name").asText();
        check(NAMESPACES.containsKey(namespace), "network: " + name(policy) + " names the namespace '" + namespace + "'");
        return NAMESPACES.getOrDefault(namespace, namespace);
    }

    private List<String> ports(JsonNode policy, JsonNode rule) {
        check(!rule.path("ports").isEmpty(), "network: " + name(policy) + " opens every port");
        return list(rule.path("ports")).stream().map(p -> p.path("protocol").asText("TCP") + " " + p.path("port").asText()).toList();
    }

    private static String role(String pod) {
        return switch (pod) {
            case "s3" -> "store";
            case "rabbitmq" -> "broker";
            case "postgresql" -> "database";
            default -> pod;
        };
    }

    /** Not the whole world, nor a large part of it. */
    static boolean isCidr(String cidr) {
        String[] parts = cidr.split("/", -1);
        if (parts.length != 2 || !parts[0].matches("[0-9.]{7,15}|[0-9a-f:]*:[0-9a-f:]*") || !parts[1].matches("\\d{1,3}")) {
            return false;
        }
        try {
            int bits = 8 * InetAddress.getByName(parts[0]).getAddress().length;
            return Integer.parseInt(parts[1]) <= bits && Integer.parseInt(parts[1]) >= bits / 4;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private void check(boolean right, String fault) {
        if (!right && !faults.contains(fault)) {
            faults.add(fault);
        }
    }
}
