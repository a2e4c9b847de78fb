package io.safelight.testing;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A Kubernetes API in this process, which keeps objects and their versions as the real one does, and refuses what a test wants refused. */
public final class KubernetesApi implements AutoCloseable {
    public static final String NAMESPACE = "safelight";

    private final KubernetesMockServer server;
    private final KubernetesClient client;
    private final AtomicInteger asked = new AtomicInteger();
    private volatile Predicate<String> refused = method -> false;
    private volatile int code;

    private KubernetesApi() {
        server = new KubernetesMockServer(new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                asked.incrementAndGet();
                return refused.test(request.getMethod()) ? new MockResponse().setResponseCode(code) : super.dispatch(request);
            }
        }, false);
        server.init();
        client = server.createClient(builder -> builder.editOrNewConfig().withNamespace(NAMESPACE).withRequestRetryBackoffLimit(0).endConfig());
    }

    public static KubernetesApi start() {
        return new KubernetesApi();
    }

    /** In the namespace. */
    public KubernetesClient client() {
        return client;
    }

    /** System properties by which a process finds it. */
    public Map<String, String> settings() {
        return Map.of("kubernetes.master", "http://127.0.0.1:" + server.getPort(), "kubernetes.namespace", NAMESPACE, "kubernetes.auth.tryKubeConfig", "false");
    }

    /** The same as variables of its environment. */
    public Map<String, String> environment() {
        return settings().entrySet().stream().collect(Collectors.toMap(e -> e.getKey().toUpperCase(Locale.ROOT).replace('.', '_'), Map.Entry::getValue));
    }

    /** From now on these methods of HTTP are answered so. */
    public void refuse(int code, Predicate<String> methods) {
        this.code = code;
        this.refused = methods;
    }

    public void answerAgain() {
        refused = method -> false;
    }

    /** Requests so far. */
    public int asked() {
        return asked.get();
    }

    public Resource<Lease> lease(String name) {
        return client.leases().inNamespace(NAMESPACE).withName(name);
    }

    public Optional<String> holder(String name) {
        return Optional.ofNullable(lease(name).get()).map(lease -> lease.getSpec().getHolderIdentity());
    }

    /** As if it had just taken the lease. */
    public void hold(String name, String holder, int seconds) {
        client.leases().inNamespace(NAMESPACE).resource(new LeaseBuilder().withNewMetadata().withName(name).endMetadata()
                .withNewSpec().withHolderIdentity(holder).withLeaseDurationSeconds(seconds).endSpec().build()).create();
    }

    @Override
    public void close() {
        client.close();
        server.destroy();
    }
}
