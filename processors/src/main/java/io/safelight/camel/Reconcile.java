package io.safelight.camel;

import io.safelight.config.SafelightConfig;
import io.safelight.lifecycle.Reconciler;
import io.safelight.model.Discrepancy;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;

/** The reconciler, for the routes of the lifecycle group. */
@Named("reconcile")
@Singleton
public class Reconcile {
    private static final String ROUND = "round";

    private final Reconciler reconciler;
    private final SafelightConfig.Lifecycle config;

    public Reconcile(Reconciler reconciler, SafelightConfig config) {
        this.reconciler = reconciler;
        this.config = config.lifecycle();
    }

    /** Keeps what is to be done, if anything, in the property {@code round}. */
    public void begin(Exchange exchange) {
        reconciler.next(config.reconcileEvery(), config.mend(), config.reconcileAge()).ifPresent(round -> exchange.setProperty(ROUND, round));
    }

    /** Body afterwards: what is wrong with the next images. */
    public List<Discrepancy> look(@ExchangeProperty(ROUND) Reconciler.Round round) {
        return round.look();
    }

    public void mend(@ExchangeProperty(ROUND) Reconciler.Round round, List<Discrepancy> body) {
        round.mend(body);
    }

    public void report(@ExchangeProperty(ROUND) Reconciler.Round round) {
        round.report();
    }
}
