package io.safelight.camel;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.component.kubernetes.KubernetesHelper;
import org.apache.camel.component.kubernetes.cluster.KubernetesClusterService;
import org.apache.camel.component.kubernetes.cluster.KubernetesClusterView;
import org.apache.camel.component.kubernetes.cluster.LeaseResourceType;
import org.jboss.logging.Logger;

/**
 * Leases of Kubernetes ({@code coordination.k8s.io}), which the pods of Safelight in a namespace hold one after the other. Whose pod is not ready any more has lost
 * them; a process that ends in peace gives them back, so that nobody has to wait until that is seen.
 */
public final class KubernetesLeases extends KubernetesClusterService {
    private static final Logger LOG = Logger.getLogger(KubernetesLeases.class);
    /** Of the names of leases. */
    private static final String PREFIX = "safelight";
    private static final Map<String, String> PODS = Map.of("app.kubernetes.io/part-of", "safelight");
    /** For which whoever takes the lease of a pod that is gone waits: longer than a drain, in which a pod is not ready any more and finishes what it has. */
    private static final Duration WAIT = Duration.ofSeconds(30);
    /** After which a holder that does not reach the API stops its work. */
    private static final Duration UNREACHED = Duration.ofSeconds(20);

    private final MeterRegistry meters;
    private final Set<String> names = ConcurrentHashMap.newKeySet();

    public KubernetesLeases(MeterRegistry meters) {
        this.meters = meters;
        setLeaseResourceType(LeaseResourceType.Lease);
        setKubernetesResourceName(PREFIX);
        setClusterLabels(PODS);
        setLeaseDurationMillis(WAIT.toMillis());
        setRenewDeadlineMillis(UNREACHED.toMillis());
    }

    @Override
    protected KubernetesClusterView createView(String lease) throws Exception {
        KubernetesClusterView view = super.createView(lease);
        names.add(lease);
        Leases.measure(meters, lease, view);
        return view;
    }

    /** After the routes: nothing is at work any more that a lease is needed for. */
    @Override
    protected void doStop() throws Exception {
        super.doStop();
        names.forEach(this::giveBack);
    }

    private void giveBack(String name) {
        var lock = lockConfigWithGroupNameAndDefaults(name);
        try (KubernetesClient kubernetes = KubernetesHelper.getKubernetesClient(setConfigDefaults(configuration.copy(), lock))) {
            var leases = kubernetes.leases().inNamespace(lock.getKubernetesResourcesNamespaceOrDefault(kubernetes));
            Lease lease = leases.withName(PREFIX + "-" + name).get();
            if (lease != null && lease.getSpec() != null && lock.getPodName().equals(lease.getSpec().getHolderIdentity())) {
                leases.resource(new LeaseBuilder(lease).editSpec().withHolderIdentity(null).endSpec().build())
                        .lockResourceVersion(lease.getMetadata().getResourceVersion()).update();
                LOG.infof("The lease %s is given back", name);
            }
        } catch (KubernetesClientException e) {
            LOG.warnf("The lease %s could not be given back, and is free when it is seen that this pod is gone: %s", name, e.getMessage());
        }
    }
}
