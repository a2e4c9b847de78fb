package io.safelight.dashboards;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import org.junit.jupiter.api.Test;

class QueriesTest {
    @Test
    void aQuerysMetricsAreFoundWhateverIsAroundThem() {
        assertEquals(Set.of("a_bucket"), Queries.metrics("histogram_quantile(0.99, sum by (le, b) (rate(a_bucket{c=\"d e\", f=~\"g{2}\"}[5m]))) > 1e3"));
        assertEquals(Set.of("a", "b", "c:d:e_5m"), Queries.metrics("max(a offset 5m) / on (x) group_left (y) b unless c:d:e_5m == bool 1 or vector(0)"));
        assertEquals(Set.of("leader"), Queries.metrics("(group by (task) (max_over_time(leader[6h]) == 1) unless group by(task)(leader == NaN)) or absent(leader{task=\"x\"})"));
        assertEquals(Set.of("up"), Queries.metrics("time() - up"));
    }

    @Test
    void aSeriesThatIsAskedForWithoutAMatcherIsFound() {
        assertEquals(Set.of("b"), Queries.metricsWithout("sum(a{x=\"$y\"}) / sum(b{z=\"1\"}) + b{x=\"$y\"}", matchers -> matchers.contains("x=")));
        assertEquals(Set.of("a"), Queries.metricsWithout("a", matchers -> true));
    }

    @Test
    void aLabelThatNoSeriesHasIsFound() {
        assertEquals(Set.of(), Queries.foreignLabels("sum by (status, namespace) (rate(upload_requests_total{content_type=~\"a{2}\",pod!=\"b\"}[5m]))"));
        assertEquals(Set.of("upload_requests_total{code}"), Queries.foreignLabels("upload_requests_total{content_type=\"}\",code=\"200\"}"));
        assertEquals(Set.of("by (queue)"), Queries.foreignLabels("max by (queue) (broker_alarm) > 0"));
    }
}
