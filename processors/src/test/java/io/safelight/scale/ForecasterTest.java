package io.safelight.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class ForecasterTest {
    private static final int FIFTEEN_MINUTES = Forecaster.HORIZONS.size() - 1;
    private static final int AHEAD = Forecaster.HORIZONS.get(FIFTEEN_MINUTES);
    private static final int HOUR = 120;

    @Test
    void saysNothingBeforeAModelHasProvedItself() {
        Forecaster forecaster = after(HOUR, step -> 5);
        assertTrue(forecaster.forecast(0).isEmpty());
        forecaster.observe(5);
        assertTrue(forecaster.forecast(0).isEmpty(), "the last value itself needs two steps");
        forecaster.observe(5);
        assertEquals(5, forecaster.forecast(0).orElseThrow().rate(), 1e-9);
        assertTrue(forecaster.forecast(FIFTEEN_MINUTES).isEmpty());
    }

    @Test
    void seesTheDailyPeakComing() {
        LongToDoubleFunction day = step -> step % History.DAY >= 1_000 && step % History.DAY < 1_200 ? 50 : 5;
        Forecast forecast = after(2 * History.DAY + 1_050 - AHEAD, day).forecast(FIFTEEN_MINUTES).orElseThrow();
        assertTrue(forecast.rate() > 40, forecast::toString);
    }

    @Test
    void knowsSundayFromMonday() {
        LongToDoubleFunction week = step -> step / History.DAY % 7 == 6 ? 2 : 30 + 20 * Math.sin(2 * Math.PI * step / History.DAY);
        Forecaster forecaster = after(3 * History.WEEK - 1_000 - AHEAD, week);
        Forecast forecast = forecaster.forecast(FIFTEEN_MINUTES).orElseThrow();
        assertEquals(week.applyAsDouble(3L * History.WEEK - 1_001), forecast.rate(), 1.5, forecast::toString);
    }

    @Test
    void aLevelThatDoubledDoublesTheCourseOfTheDay() {
        LongToDoubleFunction doubled = step -> (step >= 3 * History.DAY ? 2 : 1) * (20 + 15 * Math.sin(2 * Math.PI * step / History.DAY));
        long now = 3 * History.DAY + 700;
        double asBefore = after(now, doubled).forecast(FIFTEEN_MINUTES, Forecaster.names().indexOf("day")).orElseThrow().rate();
        double atLevel = after(now, doubled).forecast(FIFTEEN_MINUTES, Forecaster.names().indexOf("day-at-level")).orElseThrow().rate();
        assertEquals(2 * asBefore, atLevel, 0.5);
    }

    @Test
    void aLineGoesOn() {
        Forecaster forecaster = after(3 * HOUR, step -> 10 + 0.1 * step);
        assertEquals("trend", forecaster.forecast(FIFTEEN_MINUTES).orElseThrow().model());
        assertEquals(10 + 0.1 * (3 * HOUR - 1 + AHEAD), forecaster.forecast(FIFTEEN_MINUTES).orElseThrow().rate(), 1e-6);
    }

    @Test
    void nothingBelowNothingIsExpected() {
        Forecaster forecaster = after(3 * HOUR, step -> Math.max(0, 30 - 0.09 * step));
        for (int model = 0; model < Forecaster.names().size(); model++) {
            forecaster.forecast(FIFTEEN_MINUTES, model).ifPresent(f -> assertTrue(f.rate() >= 0, f::toString));
        }
    }

    @Test
    void holtWintersLearnsTheDay() {
        LongToDoubleFunction day = step -> 20 + 15 * Math.sin(2 * Math.PI * step / History.DAY);
        int model = Forecaster.names().indexOf("holt-winters");
        assertTrue(after(History.DAY - 1, day).forecast(FIFTEEN_MINUTES, model).isEmpty());
        long steps = 6 * History.DAY;
        Forecast forecast = after(steps, day).forecast(FIFTEEN_MINUTES, model).orElseThrow();
        assertEquals(day.applyAsDouble(steps - 1 + AHEAD), forecast.rate(), 1);
    }

    @Test
    void forecastsOfNoiseLeaveAMargin() {
        Random random = new Random(1);
        Forecaster noisy = after(History.DAY, step -> 10 + 3 * random.nextGaussian());
        Forecaster steady = after(History.DAY, step -> 10);
        Forecast forecast = noisy.forecast(2).orElseThrow();
        assertTrue(forecast.enough() > 1.1 * forecast.rate(), forecast::toString);
        assertEquals(10, steady.forecast(2).orElseThrow().enough(), 1e-6);
    }

    @Test
    void whatIsNotKnownIsNotHeldAgainstAModel() {
        Forecaster forecaster = after(3 * HOUR, step -> 10);
        for (int i = 0; i < HOUR; i++) {
            forecaster.observe(Double.NaN);
        }
        assertTrue(forecaster.forecast(0).isEmpty(), "there is nothing to say where nothing is known");
        forecaster.observe(10);
        forecaster.observe(10);
        assertEquals(10, forecaster.forecast(0).orElseThrow().enough(), 1e-6);
    }

    private static Forecaster after(long steps, LongToDoubleFunction rate) {
        Forecaster forecaster = new Forecaster(new History());
        for (long step = 0; step < steps; step++) {
            forecaster.observe(rate.applyAsDouble(step));
        }
        return forecaster;
    }
}
