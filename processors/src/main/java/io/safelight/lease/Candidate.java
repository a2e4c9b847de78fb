package io.safelight.lease;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * A process that takes a lease of Kubernetes ({@code coordination.k8s.io}) when it is free, renews it while it can, and gives it back at the end.
 *
 * <p>No clock is compared with another. A holder counts from before its last renewal and stops believing in it after two thirds of the term; another counts from
 * when it first saw that renewal, and takes the lease after a whole term without a newer one. What stands in the lease as a time is for people.
 */
public final class Candidate implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Candidate.class);
    /** So often it is looked at in a term. As Kubernetes' own have it: 15 s, believed for 10 s, looked at every 2 s. */
    private static final int LOOKS = 7;
    /** To give a lease back that somebody else writes to at the same time. */
    private static final int TRIES = 3;
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private final NonNamespaceOperation<Lease, ?, Resource<Lease>> leases;
    private final String name;
    private final String identity;
    private final Duration term;
    private final BooleanSupplier fit;
    private final LongSupplier clock;
    private final ScheduledExecutorService timer;

    /** By our clock, before it was last renewed; empty where it is not ours. */
    private volatile OptionalLong renewed = OptionalLong.empty();
    private volatile boolean resting;
    private volatile boolean closed;
    private String seen;
    private long seenAt;
    private boolean held;
    private boolean failing;

    /**
     * @param name     of the lease, in the namespace of the client
     * @param identity of this process, and of no other that ever was
     * @param term     after which a lease is free whose holder was not heard of
     * @param fit      whether this process could do the work; while it could not, it holds nothing
     */
    public Candidate(KubernetesClient kubernetes, String name, String identity, Duration term, BooleanSupplier fit) {
        this(kubernetes, name, identity, term, fit, System::nanoTime);
    }

    Candidate(KubernetesClient kubernetes, String name, String identity, Duration term, BooleanSupplier fit, LongSupplier clock) {
        this.leases = kubernetes.leases().inNamespace(Objects.requireNonNullElse(kubernetes.getNamespace(), "default"));
        this.name = name;
        this.identity = identity;
        this.term = term;
        this.fit = fit;
        this.clock = clock;
        this.timer = Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("lease-" + name).factory());
    }

    /** As the service account of the pod, and with an answer within a third of the term or none, as the client waits twice as long as it is told. */
    public static KubernetesClient client(Duration term) {
        int patience = (int) term.dividedBy(6).toMillis();
        return new KubernetesClientBuilder().withConfig(new ConfigBuilder(Config.autoConfigure(null))
                .withRequestTimeout(patience).withConnectionTimeout(patience).withRequestRetryBackoffLimit(0).build()).build();
    }

    public void start() {
        timer.scheduleWithFixedDelay(this::attempt, 0, term.dividedBy(LOOKS).toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether the work is this process's now. Asks nobody. */
    public boolean holds() {
        OptionalLong since = renewed;
        return since.isPresent() && clock.getAsLong() - since.getAsLong() < term.toNanos() * 2 / 3;
    }

    /** From now on takes no lease; keeps the one it has until it is closed. */
    public void rest() {
        resting = true;
    }

    /** Gives the lease back, so that nobody has to wait for its term; within two seconds, or not at all. */
    @Override
    public void close() {
        closed = true;
        timer.shutdown();
        try {
            if (!Thread.ofVirtual().name("lease-" + name).start(this::giveBack).join(FAREWELL)) {
                LOG.warnf("The lease %s could not be given back in time, and is free in %d s", name, term.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void giveBack() {
        if (!isOurs() || !holds()) {
            return;
        }
        for (int left = TRIES; left > 0; left--) {
            try {
                turn();
                LOG.infof("The lease %s is given back", name);
                return;
            } catch (KubernetesClientException e) {
                if (left == 1 || e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                    LOG.warnf("The lease %s could not be given back, and is free in %d s: %s", name, term.toSeconds(), e.getMessage());
                    return;
                }
            }
        }
    }

    /** Known when the turn is over in which it may just have been taken. */
    private synchronized boolean isOurs() {
        return renewed.isPresent();
    }

    /** Whatever goes wrong, there is a next time: nobody else would begin anew. */
    void attempt() {
        try {
            turn();
            if (failing) {
                failing = false;
                LOG.infof("The lease %s can be asked for again", name);
            }
        } catch (RuntimeException | Error e) {
            // two were after it at once: the next look tells who has it
            if (!(e instanceof KubernetesClientException refusal && refusal.getCode() == HttpURLConnection.HTTP_CONFLICT) && !failing) {
                failing = true;
                LOG.warnf("The lease %s cannot be asked for, and is tried every %d ms (%s). The pod needs a token of its service account, a role that lets it get, "
                        + "create and update leases, and a way to the Kubernetes API.", name, term.dividedBy(LOOKS).toMillis(), e);
            }
        }
        if (held != holds()) {
            held = !held;
            LOG.infof(held ? "The lease %s is held: its work is done here" : "The lease %s is held no more: its work is not begun here", name);
        }
    }

    /** @throws KubernetesClientException where the API does not answer, or refuses */
    synchronized void turn() {
        long now = clock.getAsLong();
        boolean wanted = !closed && fit.getAsBoolean();
        if (!wanted) {
            renewed = OptionalLong.empty();
        }
        Lease lease = leases.withName(name).get();
        boolean ours = holder(lease).filter(identity::equals).isPresent();
        if (!ours) {
            renewed = OptionalLong.empty();
        }
        if (!wanted) {
            if (ours) {
                write(new LeaseBuilder(lease).editSpec().withHolderIdentity(null).endSpec().build());
            }
        } else if (ours || isFree(lease, now) && !resting) {
            take(lease, ours);
            renewed = OptionalLong.of(now);
        }
    }

    private static Optional<String> holder(Lease lease) {
        return Optional.ofNullable(lease).map(Lease::getSpec).map(LeaseSpec::getHolderIdentity).filter(holder -> !holder.isEmpty());
    }

    /** After as long as its holder asked for, if that said anything. */
    private boolean isFree(Lease lease, long now) {
        if (holder(lease).isEmpty()) {
            return true;
        }
        if (!lease.getMetadata().getResourceVersion().equals(seen)) {
            seen = lease.getMetadata().getResourceVersion();
            // not before it was read: it may have been written meanwhile
            seenAt = clock.getAsLong();
        }
        Integer asked = lease.getSpec().getLeaseDurationSeconds();
        return now - seenAt >= (asked == null ? term : Duration.ofSeconds(asked)).toNanos();
    }

    private void take(Lease lease, boolean ours) {
        ZonedDateTime time = ZonedDateTime.now(ZoneOffset.UTC);
        LeaseSpec before = lease == null || lease.getSpec() == null ? new LeaseSpec() : lease.getSpec();
        int changes = Objects.requireNonNullElse(before.getLeaseTransitions(), 0);
        Lease next = (lease == null ? new LeaseBuilder() : new LeaseBuilder(lease))
                .editOrNewMetadata().withName(name).endMetadata()
                .editOrNewSpec().withHolderIdentity(identity).withLeaseDurationSeconds((int) term.plusMillis(999).toSeconds()).withRenewTime(time)
                .withAcquireTime(ours ? before.getAcquireTime() : time).withLeaseTransitions(ours || lease == null ? changes : changes + 1).endSpec().build();
        if (lease == null) {
            leases.resource(next).create();
        } else {
            write(next);
        }
    }

    /** Unless somebody has written to it since it was read. */
    private void write(Lease lease) {
        leases.resource(lease).lockResourceVersion(lease.getMetadata().getResourceVersion()).update();
    }
}
