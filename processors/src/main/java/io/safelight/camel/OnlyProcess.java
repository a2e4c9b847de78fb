package io.safelight.camel;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.support.cluster.AbstractCamelClusterService;
import org.apache.camel.support.cluster.AbstractCamelClusterView;

/** Holds every lease: there is no other process, and nobody is asked. */
public final class OnlyProcess extends AbstractCamelClusterService<OnlyProcess.View> {
    private final MeterRegistry meters;

    public OnlyProcess(MeterRegistry meters) {
        this.meters = meters;
    }

    @Override
    protected View createView(String lease) {
        View view = new View(this, lease);
        Leases.measure(meters, lease, view);
        return view;
    }

    /** One lease and the one member that holds it. */
    public static final class View extends AbstractCamelClusterView implements CamelClusterMember {
        private View(OnlyProcess service, String lease) {
            super(service, lease);
        }

        @Override
        public Optional<CamelClusterMember> getLeader() {
            return Optional.of(this);
        }

        @Override
        public CamelClusterMember getLocalMember() {
            return this;
        }

        @Override
        public List<CamelClusterMember> getMembers() {
            return List.of(this);
        }

        @Override
        public boolean isLeader() {
            return true;
        }

        @Override
        public boolean isLocal() {
            return true;
        }

        @Override
        public String getId() {
            return "only";
        }
    }
}
