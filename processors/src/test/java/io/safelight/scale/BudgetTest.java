package io.safelight.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BudgetTest {
    private static final Target THIRTY_EACH = new Target(30, 1, Duration.ofMinutes(2));

    private final Budget budget = new Budget();

    @Test
    void forecastsThatCostWhatReactiveScalingWouldAreAskedForWhole() {
        for (int i = 0; i < History.WEEK; i++) {
            budget.observe(12, THIRTY_EACH, 12 * budget.share());
        }
        assertEquals(1, budget.share());
    }

    @Test
    void ofForecastsThatAreFarTooHighLittleIsAskedFor() {
        expectTenTimesTooMuch();
        assertTrue(budget.share() < 0.3, () -> "share " + budget.share());
    }

    @Test
    void forecastsThatGotBetterAreAskedForWholeAgain() {
        expectTenTimesTooMuch();
        for (int i = 0; i < History.WEEK; i++) {
            budget.observe(3, THIRTY_EACH, 3 * budget.share());
        }
        assertEquals(1, budget.share());
    }

    @Test
    void whatIsNotKnownCostsNothing() {
        for (int i = 0; i < History.DAY; i++) {
            budget.observe(Double.NaN, THIRTY_EACH, 100);
            budget.observe(3, new Target(30, 0, Duration.ofMinutes(2)), 100);
        }
        assertEquals(1, budget.share());
    }

    private void expectTenTimesTooMuch() {
        for (int i = 0; i < History.WEEK; i++) {
            budget.observe(3, THIRTY_EACH, 30 * budget.share());
        }
    }
}
