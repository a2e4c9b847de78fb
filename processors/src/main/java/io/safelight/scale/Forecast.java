package io.safelight.scale;

/**
 * What a queue may expect.
 *
 * @param model  the name of the model that says so
 * @param ahead  steps from the last one known
 * @param rate   messages per second
 * @param enough the rate to be ready for: the forecast, and as much more as such forecasts lately fell short by, as far as a {@link Budget} allows it
 */
public record Forecast(String model, int ahead, double rate, double enough) {
    /** @param share of {@link #enough} that may be asked for */
    public Forecast within(double share) {
        return new Forecast(model, ahead, rate, enough * share);
    }
}
