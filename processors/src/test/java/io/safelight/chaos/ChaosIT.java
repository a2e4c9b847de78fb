package io.safelight.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A short run of what {@code ./safelight chaos} does for as long as one likes. */
class ChaosIT {
    private static final List<String> PROCESSES = List.of("one", "two");

    @Test
    void nothingIsLostDoneTwiceOrLeakedWhenProcessesAndServersAreHurt() throws Exception {
        assertTrue(Chaos.run("--seed", "7", "--kills", "6", "--uploads", "150"));
    }

    @Test
    void nothingIsLostDoneTwiceOrLeakedWhenTheOneProcessIsKilled() throws Exception {
        assertTrue(Chaos.run("--seed", "7", "--kills", "3", "--uploads", "100", "--embedded"));
    }

    @Test
    void aPlanIsMadeFromItsSeedAlone() {
        List<Fault> plan = plan(7);
        assertEquals(plan, plan(7));
        assertTrue(!plan.equals(plan(8)));
        assertEquals(500, plan.stream().filter(Fault::isKill).mapToInt(fault -> fault.victims().size()).sum());
        assertTrue(plan.stream().map(Fault::kind).distinct().count() > 5, "all kinds of faults");
        assertTrue(plan.stream().flatMap(fault -> fault.victims().stream()).toList().containsAll(Fault.SERVERS), "servers too");
    }

    private static List<Fault> plan(long seed) {
        List<Fault.Kind> besides = Arrays.stream(Fault.Kind.values()).filter(kind -> kind != Fault.Kind.KILL).toList();
        return Fault.plan(new Random(seed), 500, PROCESSES, besides);
    }
}
